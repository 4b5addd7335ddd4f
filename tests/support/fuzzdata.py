"""Hostile values: what the internet sends to servers that it wants to see fall."""

NIL = "00000000-0000-0000-0000-000000000000"
BIG = 10 * 1024 * 1024

# Texts that are UTF-8, and so reach the code behind the wire.
TEXTS: dict[str, str] = {
    "empty": "",
    "blank": " \t\r\n\u00a0\u2028\u3000",
    "nul": "a\x00b",
    "control": "\x1b[2J\x07\x08\x7f\x9b",
    "bidi": "\u202egnp.exe\u2066\u2069\u200f",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 50,
    "combining": "a" + "\u0301\u0323" * 5000,
    "noncharacters": "\ufffe\uffff\U0010ffff\ufdd0",
    "folding": "ßİıſKΣς",
    "digits": "9" * 5000,
    "two_to_63": "9223372036854775808",
    "not_a_number": "NaN",
    "path": "../../../../etc/passwd",
    "encoded_path": "..%2f..%2fetc%2fpasswd%00",
    "sql": "'; DROP TABLE chats; --",
    "wildcards": "%_[*]?",
    "places": "${${${a}}}",
    "unclosed_places": "${" * 2000,
    "format": "{0.__class__.__mro__} %s %n {{7*7}}",
    "line_breaks": "a\r\nX-Injected: yes\r\n\r\n",
    "html": "<script>alert(1)</script>",
    "xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    "quotes": '"' + '\\"' * 2000,
    "nil": NIL,
    "upper_nil": NIL.replace("0", "F"),
    "braced": "{" + NIL + "}",
    "long": "x" * 70_000,
    "long_wide": "\U0001f4a9" * 40_000,
}

# Texts of `*_json` fields, and with them bodies of requests: what is no JSON, or is more than it seems.
JSON_TEXTS: dict[str, str] = {
    "null": "null",
    "true": "true",
    "number": "7",
    "string": '"x"',
    "array": "[]",
    "open": "{",
    "trailing_comma": '{"a":1,}',
    "trailing_text": "{} {}",
    "comment": "{/* */}",
    "single_quotes": "{'a':1}",
    "bom": "\ufeff{}",
    "nan": '{"a":NaN}',
    "infinity": '{"a":-Infinity}',
    "overflow": '{"a":1e999}',
    "underflow": '{"a":1e-999999}',
    "two_to_63": '{"a":9223372036854775808}',
    "two_to_64": '{"a":18446744073709551616}',
    "digits": '{"a":' + "9" * 5000 + "}",
    "fraction": '{"a":0.' + "1" * 5000 + "}",
    "nul": '{"a":"\\u0000"}',
    "nul_key": '{"\\u0000":1}',
    "surrogate": '{"a":"\\ud800"}',
    "surrogate_key": '{"\\udfff":1}',
    "swapped_surrogates": '{"a":"\\udc00\\ud800"}',
    "duplicate": '{"a":1,"a":{"a":2},"a":[]}',
    "prototype": '{"__proto__":{"x":1},"constructor":{"__class__":1},"__dict__":{}}',
    "deep_array": "[" * 2000 + "]" * 2000,
    "deep_object": '{"a":' * 2000 + "1" + "}" * 2000,
    "deep_open": "[" * 100_000,
    "nested_65": '{"a":' * 65 + "1" + "}" * 65,
    "escaped_quotes": "[" * 65 + '"' + '\\"' * 100_000,
    "wide": '{"a":[' + "0," * 100_000 + "0]}",
    "many_keys": "{" + ",".join(f'"k{n}":{n}' for n in range(20_000)) + "}",
    "long_key": '{"' + "k" * 100_000 + '":1}',
    "raw_control": '{"a":"\x01\n"}',
    "ref": '{"$ref":"http://127.0.0.1:1/schema"}',
    "ref_file": '{"$ref":"file:///etc/passwd"}',
    "redos": '{"properties":{"text_input":{"type":"string","pattern":"^(a+)+$"}}}',
}

# Bodies of HTTP requests that no text can be.
RAW_BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t",
    "nul": b"\x00",
    "form": b"a=b&c=d",
    "latin_1": b'{"name": "\xe9"}',
    "invalid_utf_8": b'{"name": "\xff\xfe"}',
    "overlong_utf_8": b'{"name": "\xc0\xaf"}',
    "raw_surrogate": b'{"name": "\xed\xa0\x80"}',
    "utf_16": '{"name": "x"}'.encode("utf-16"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    "multipart": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    "binary": bytes(range(256)) * 16,
}
BODIES: dict[str, bytes] = {**{name: text.encode() for name, text in JSON_TEXTS.items()}, **RAW_BODIES}
BIG_BODIES: dict[str, bytes] = {
    "big_string": b'{"name":"' + b"x" * BIG + b'"}',
    "big_array": b"[" + b"0," * (BIG // 2) + b"0]",
    "big_depth": b"[" * BIG,
}

MEDIA_TYPES = [
    "",
    "text/html",
    "application/xml",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-7",
    "application/vnd.api+json; ext=x",
    "/",
    "a" * 2000,
]

# Ids as they stand in a path: already percent-encoded.
PATH_IDS = [
    NIL,
    "x",
    "-1",
    "..",
    ".",
    "%2e%2e%2f%2e%2e",
    "%00",
    "%ff",
    "%ed%a0%80",
    "%E2%80%AE",
    "%F0%9F%92%A9",
    "%25",
    "%",
    "a;b=c",
    "a%3Fb",
    "a%0d%0aX-Injected:%20yes",
    "{chat_id}",
    "9" * 5000,
    "a" * 30_000,
    "%cc%81" * 2000,
]

# Values of query parameters, already percent-encoded.
QUERY_VALUES = [
    "",
    "x",
    "-1",
    "0",
    "1e999",
    "NaN",
    "-Infinity",
    "1_0",
    "%D9%A3",
    "9223372036854775808",
    "9" * 5000,
    "%00",
    "%ff",
    "%ed%a0%80",
    "%zz",
    "a%26b%3Dc",
    "${a}",
    ",,,",
    "0001-01-01T00:00:00%2B23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30",
    "b" * 20_000,
]

# Headers beside the credential; as bytes, for the worst of them.
HEADERS: dict[str, list[tuple[bytes, bytes]]] = {
    "long_key": [(b"idempotency-key", b"k" * 256)],
    "empty_key": [(b"idempotency-key", b"")],
    "high_key": [(b"idempotency-key", b"\xff\x80")],
    "blank_key": [(b"idempotency-key", b"a b")],
    "two_keys": [(b"idempotency-key", b"a"), (b"idempotency-key", b"b")],
    "request_id": [(b"x-request-id", b"\xff' OR 1=1")],
    "long_request_id": [(b"x-request-id", b"r" * 5000)],
    "last_event_id": [(b"last-event-id", b"-1")],
    "digits_event_id": [(b"last-event-id", b"9" * 5000)],
    "high_event_id": [(b"last-event-id", b"\xc2\xb2")],
    "languages": [(b"accept-language", b"nl;q=NaN," * 500)],
    "accept": [(b"accept", b"application/xml;q=1e999")],
    "encodings": [(b"accept-encoding", b"gzip;q=-1,br," * 200)],
    "content_encoding": [(b"content-encoding", b"gzip, deflate, br")],
    "range": [(b"range", b"bytes=0-,0-,0-,0-")],
    "forwarded": [(b"x-forwarded-for", b"127.0.0.1," * 500), (b"x-forwarded-proto", b"javascript")],
    "host_override": [(b"x-forwarded-host", b"evil.example"), (b"x-original-url", b"/admin/api-keys")],
    "override": [(b"x-http-method-override", b"DELETE")],
    "expect": [(b"expect", b"200-ok")],
    "cookies": [(b"cookie", b"a=b;" * 1000)],
    "many": [(b"x-h%d" % n, b"v") for n in range(2000)],
    "huge": [(b"x-huge", b"v" * 60_000)],
}

INTS_32 = [0, 1, -1, 2**31 - 1, -(2**31)]
INTS_64 = [0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)]
DOUBLES = [0.0, -0.0, float("nan"), float("inf"), -float("inf"), 5e-324, 1.7976931348623157e308]
ENUMS = [0, 1, 2, 99, -1, 2**31 - 1, -(2**31)]
# Seconds and nanoseconds of timestamps and durations, most of them outside of what those may be.
TIMES = [
    (0, 0),
    (1, -1),
    (-1, 2_000_000_000),
    (0, -(2**31)),
    (0, 2**31 - 1),
    (-62_135_596_801, 0),
    (253_402_300_799, 999_999_999),
    (253_402_300_800, 0),
    (2**63 - 1, 999_999_999),
    (-(2**63), 0),
]

# Bytes where a protobuf message is expected.
WIRE_GARBAGE: dict[str, bytes] = {
    "ones": b"\xff" * 64,
    "truncated": b"\x0a\x7f",
    "endless_varint": b"\x08" + b"\x80" * 20,
    "bad_utf_8": b"\x0a\x02\xff\xfe",
    "surrogate": b"\x0a\x03\xed\xa0\x80",
    "negative_length": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    "open_group": b"\x0b",
    "deep_groups": b"\x0b" * 5000,
    "field_zero": b"\x02\x00",
    "bad_wire_type": b"\x0f",
    "unknown_fields": b"\xfa\x7f\x04abcd" * 1000,
    "json": b'{"id": "x"}',
}

# What HTTP is not, one connection each.
MALFORMED_HTTP: dict[str, bytes] = {
    "nothing": b"\r\n\r\n",
    "garbage": bytes(range(256)),
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    "http_2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http_9": b"GET /chats HTTP/9.9\r\nHost: x\r\n\r\n",
    "no_version": b"GET /chats\r\n\r\n",
    "unknown_method": b"BREW /chats HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw_target": b"GET /chats/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "absolute_target": b"GET http://evil.example/chats HTTP/1.1\r\nHost: x\r\n\r\n",
    "star_target": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "blank_header_name": b"GET /chats HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "nul_header": b"GET /chats HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "folded_header": b"GET /chats HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n",
    "no_host": b"GET /chats HTTP/1.1\r\n\r\n",
    "word_length": b"POST /chats HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    "negative_length": b"POST /chats HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "huge_length": b"POST /chats HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "length_2_64": b"POST /chats HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n",
    "two_lengths": b"POST /chats HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length_and_chunks": (
        b"POST /chats HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"
    ),
    "bad_chunk": b"POST /chats HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "huge_chunk": (
        b"POST /chats HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n"
    ),
    "unknown_coding": b"POST /chats HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x-evil\r\n\r\n{}",
    "bad_upgrade": b"GET /chats/x/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "other_upgrade": b"GET /chats HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "pipeline": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 200,
}
