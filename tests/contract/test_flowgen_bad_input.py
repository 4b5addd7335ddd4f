import uuid

import pytest

from tests.support.flowgen_chats import ECHO, GREETER, NOBODY, SLEEPER, Api, status_of, texts, until

UNAUTHENTICATED = {"detail": "Could not validate credentials", "code": "UNAUTHENTICATED"}
FLOW_NOT_FOUND = {
    "detail": "Flow not found: from_flow must be the id of a flow of this project.",
    "code": "FLOW_NOT_FOUND",
}
TEMPLATE_NOT_FOUND = {
    "detail": "Template not found: from_template must be the id of a flow marked as template.",
    "code": "TEMPLATE_NOT_FOUND",
}
CHAT_NOT_FOUND = {"detail": "Chat not found.", "code": "CHAT_NOT_FOUND"}
DEEP = b'{"name": ' + b"[" * 32 + b"]" * 32 + b"}"


@pytest.fixture(scope="module")
def api(server):
    with Api(server.http, server.api_key) as client:
        yield client


@pytest.fixture(scope="module")
def echo(server):
    return server.create_flow(ECHO)


@pytest.fixture(scope="module")
def chat(api, echo):
    return api.chat(echo)["id"]


def problems(answer, status=422):
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == "INVALID_ARGUMENT"
    entries = answer.json()["detail"]
    assert all(set(entry) == {"type", "loc", "msg"} for entry in entries)
    return [(entry["type"], entry["loc"]) for entry in entries]


def refusal(answer):
    return answer.status_code, answer.json()


# Credentials.


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-KEY": "fg_test_nonsense"},
        {"X-API-KEY": ""},
        {"X-API-KEY": "a" * 20_000},
        {"X-API-KEY": b"\xff\xfe"},
        {"Authorization": "Bearer fg_test_nonsense"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Ticket abc"},
    ],
)
def test_without_a_valid_credential_everything_is_401(server, headers):
    with Api(server.http, None) as client:
        for method, path in [("GET", "/chats"), ("GET", f"/chats/{NOBODY}"), ("GET", "/admin/api-keys")]:
            answer = client.request(method, path, headers=headers)
            assert refusal(answer) == (401, UNAUTHENTICATED)
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_deleted_key_is_401(api, server):
    key = api.key("read")
    api.delete(f"/admin/api-keys/{key['id']}")
    with Api(server.http, key["key"]) as client:
        assert until(lambda: refusal(client.get("/chats")) == (401, UNAUTHENTICATED), 1)


def test_a_bad_key_beside_a_good_bearer_is_401(server):
    with Api(server.http, "fg_test_nonsense") as client:
        answer = client.get("/chats", headers={"Authorization": f"Bearer {server.api_key}"})
        assert refusal(answer) == (401, UNAUTHENTICATED)


def test_a_key_without_the_scope_is_403(api, server, echo, chat):
    with Api(server.http, api.key("read")["key"]) as reader:
        body = {"name": "x", "from_type": "flow", "from_flow": echo}
        lacking = {"detail": "This key lacks the scope write.", "code": "PERMISSION_DENIED"}
        assert refusal(reader.post("/chats", json=body)) == (403, lacking)
        assert refusal(reader.post(f"/chats/{chat}/messages", json={"message": "x"})) == (403, lacking)
        assert refusal(reader.delete(f"/chats/{chat}")) == (403, lacking)
        assert refusal(reader.get("/admin/api-keys"))[1]["detail"] == "This key lacks the scope admin."
        template = {"name": "x", "from_type": "template", "from_template": NOBODY}
        assert refusal(reader.post("/chats", json=template)) == (403, lacking)
    with Api(server.http, api.key("write")["key"]) as writer:
        assert refusal(writer.get("/chats"))[1]["detail"] == "This key lacks the scope read."


def test_the_shape_of_a_request_is_judged_before_its_credential(server):
    with Api(server.http, None) as client:
        assert client.post("/chats", content=b"{").status_code == 422
        assert client.put("/chats").status_code == 405


# JSON.


@pytest.mark.parametrize(
    "body",
    [
        b'{ \\\n"name": "My Chatbot", \\\n"from_type": "flow", \\\n"from_flow": "flow_id", \\\n}',
        b'{"name": "\xff"}',
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": 9223372036854775808}',
        DEEP,
        b"a=b",
        b"[" * 100_000,
        b'{"name": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_422(api, body):
    ((kind, loc),) = problems(api.post("/chats", content=body))
    assert kind == "json_invalid"
    assert loc[0] == "body"
    assert isinstance(loc[1], int)


def test_the_place_of_the_first_fault_is_told(api):
    assert problems(api.post("/chats", content=b'{ \\\n"name": 1}')) == [("json_invalid", ["body", 2])]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", [("missing", ["body"])]),
        (b"[]", [("model_attributes_type", ["body"])]),
        (b'"text"', [("model_attributes_type", ["body"])]),
        (b"null", [("model_attributes_type", ["body"])]),
        (b"7", [("model_attributes_type", ["body"])]),
        (b"{}", [("missing", ["body", "name"]), ("missing", ["body", "from_type"])]),
    ],
)
def test_a_body_that_is_no_object_or_lacks_everything_is_422(api, body, expected):
    assert problems(api.post("/chats", content=body)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ""}, [("string_too_short", ["body", "name"])]),
        ({"name": "x" * 201}, [("string_too_long", ["body", "name"])]),
        ({"name": 5}, [("string_type", ["body", "name"])]),
        ({"from_type": "project"}, [("literal_error", ["body", "from_type"])]),
        ({"from_flow": None}, [("missing", ["body", "from_flow"])]),
        ({"from_flow": ""}, [("missing", ["body", "from_flow"])]),
        ({"from_flow": 7}, [("string_type", ["body", "from_flow"])]),
        ({"from_template": "x"}, [("not_allowed", ["body", "from_template"])]),
        (
            {"from_type": "template"},
            [("not_allowed", ["body", "from_flow"]), ("missing", ["body", "from_template"])],
        ),
    ],
)
def test_a_chat_with_bad_fields_is_422(api, echo, fields, expected):
    body = {"name": "x", "from_type": "flow", "from_flow": echo, **fields}
    assert problems(api.post("/chats", json=body)) == expected


def test_a_chat_without_its_flow_is_422(api):
    assert problems(api.post("/chats", json={"name": "x", "from_type": "flow"})) == [
        ("missing", ["body", "from_flow"])
    ]


@pytest.mark.parametrize("flow", [NOBODY, "flow_id", "é" * 300, "../..", "%00"])
def test_an_unknown_flow_is_404(api, flow):
    body = {"name": "x", "from_type": "flow", "from_flow": flow}
    assert refusal(api.post("/chats", json=body)) == (404, FLOW_NOT_FOUND)
    template = {"name": "x", "from_type": "template", "from_template": flow}
    assert refusal(api.post("/chats", json=template)) == (404, TEMPLATE_NOT_FOUND)


def test_a_flow_without_the_mark_is_no_template(api, echo):
    body = {"name": "x", "from_type": "template", "from_template": echo}
    assert refusal(api.post("/chats", json=body)) == (404, TEMPLATE_NOT_FOUND)


@pytest.mark.parametrize("source", ["flow", "template"])
def test_a_flow_that_cannot_talk_is_422_at_the_field_that_named_it(api, server, source):
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    flow = server.create_flow(
        {**ECHO, "actions": [], "input_schema": schema, "properties": {"template": True}}
    )
    answer = api.post("/chats", json={"name": "x", "from_type": source, f"from_{source}": flow})
    assert (answer.status_code, answer.json()["code"]) == (422, "FLOW_NOT_CHAT_COMPATIBLE")
    (entry,) = answer.json()["detail"]
    assert (entry["type"], entry["loc"]) == ("flow_not_chat_compatible", ["body", f"from_{source}"])


# Messages.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("missing", ["body", "message"])),
        ({"message": "  "}, ("string_too_short", ["body", "message"])),
        ({"message": ""}, ("string_too_short", ["body", "message"])),
        ({"message": ["a"]}, ("string_type", ["body", "message"])),
        ({"message": None}, ("string_type", ["body", "message"])),
        ({"message": "x" * 32_769}, ("string_too_long", ["body", "message"])),
        ({"content": "x" * 32_769}, ("string_too_long", ["body", "message"])),
        ({"message": "a", "content": "b"}, ("conflict", ["body", "content"])),
        ({"message": "a", "type": "assistant"}, ("literal_error", ["body", "type"])),
        ({"message": "a", "sender": ""}, ("string_too_short", ["body", "sender"])),
        ({"message": "a", "sender": "x" * 65}, ("string_too_long", ["body", "sender"])),
        ({"message": "a", "metadata": []}, ("dict_type", ["body", "metadata"])),
        ({"message": "a", "metadata": {"x": "y" * 16_384}}, ("too_long", ["body", "metadata"])),
    ],
)
def test_a_message_with_bad_fields_is_422(api, chat, body, expected):
    assert problems(api.post(f"/chats/{chat}/messages", json=body)) == [expected]


def test_input_of_white_space_is_422(api, chat):
    assert problems(api.post(f"/chats/{chat}/input", json={"message": " \t\n"})) == [
        ("string_too_short", ["body", "message"])
    ]


@pytest.mark.parametrize("text", [b"\\u0000", b"\\ud800", b"a\\udfffb"])
def test_strings_that_no_database_takes_are_422_wherever_they_stand(api, chat, text):
    path = f"/chats/{chat}/messages"
    body = b'{"message": "%s"}' % text
    assert problems(api.post(path, content=body)) == [("string_unicode", ["body", "message"])]
    body = b'{"message": "a", "metadata": {"k": [1, "%s"]}}' % text
    assert problems(api.post(path, content=body)) == [("string_unicode", ["body", "metadata", "k", 1])]
    body = b'{"message": "a", "metadata": {"%s": 1}}' % text
    assert problems(api.post(path, content=body)) == [("string_unicode", ["body", "metadata"])]
    body = b'{"message": "a", "nobody knows": "%s"}' % text
    assert problems(api.post(path, content=body)) == [("string_unicode", ["body", "nobody knows"])]


@pytest.mark.parametrize(
    ("wait", "kind"),
    [
        ("61", "less_than_equal"),
        ("-1", "greater_than_equal"),
        ("soon", "float_parsing"),
        ("", "float_parsing"),
        ("nan", "finite_number"),
        ("inf", "finite_number"),
    ],
)
def test_a_bad_wait_is_422(api, chat, wait, kind):
    answer = api.post(f"/chats/{chat}/messages", params={"wait": wait}, json={"message": "a"})
    assert problems(answer) == [(kind, ["query", "wait"])]


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("messages", "after=x", ("int_parsing", ["query", "after"])),
        ("messages", "after=-1", ("greater_than_equal", ["query", "after"])),
        ("messages", "limit=0", ("greater_than_equal", ["query", "limit"])),
        ("messages", "after=1&before=9", ("conflict", ["query", "before"])),
        ("messages", "internal=perhaps", ("bool_parsing", ["query", "internal"])),
        ("events", "after=x", ("int_parsing", ["query", "after"])),
    ],
)
def test_a_bad_query_is_422(api, chat, path, query, expected):
    assert problems(api.get(f"/chats/{chat}/{path}?{query}")) == [expected]


@pytest.mark.parametrize("path", ["/chats", "/admin/api-keys"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("page_token=junk", ("page_token", ["query", "page_token"])),
        ("page_token=%00", ("page_token", ["query", "page_token"])),
        ("limit=0", ("greater_than_equal", ["query", "limit"])),
        ("limit=x", ("int_parsing", ["query", "limit"])),
    ],
)
def test_a_bad_page_is_422(api, path, query, expected):
    assert problems(api.get(f"{path}?{query}")) == [expected]


def test_an_unknown_status_is_422(api):
    assert problems(api.get("/chats?status=asleep")) == [("literal_error", ["query", "status"])]


@pytest.mark.parametrize("last", ["x", "-1", "1.5"])
def test_a_bad_last_event_id_is_422(api, chat, last):
    answer = api.get(f"/chats/{chat}/events?after=1", headers={"Last-Event-ID": last})
    ((_, loc),) = problems(answer)
    assert loc == ["header", "last-event-id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", b"\xe9"])
def test_a_bad_idempotency_key_is_422(api, echo, key):
    body = {"name": "x", "from_type": "flow", "from_flow": echo}
    answer = api.post("/chats", json=body, headers={"Idempotency-Key": key})
    assert problems(answer) == [("string_pattern_mismatch", ["header", "idempotency-key"])]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("missing", ["body", "name"])),
        ({"name": "x" * 101}, ("string_too_long", ["body", "name"])),
        ({"name": "x", "scopes": []}, ("too_short", ["body", "scopes"])),
        ({"name": "x", "scopes": ["operator"]}, ("literal_error", ["body", "scopes", 0])),
        ({"name": "x", "scopes": "read"}, ("list_type", ["body", "scopes"])),
    ],
)
def test_an_api_key_with_bad_fields_is_422(api, body, expected):
    assert problems(api.post("/admin/api-keys", json=body)) == [expected]


# Nothing there.


@pytest.mark.parametrize("chat_id", [NOBODY, "nobody", "%00", "%ff", "é", "a" * 3000, "null", "..%2f.."])
def test_an_unknown_chat_is_404_on_every_path(api, chat_id):
    for method, path in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/messages"),
        ("POST", "/messages"),
        ("POST", "/input"),
        ("POST", "/abort"),
        ("GET", "/events"),
    ]:
        answer = api.request(method, f"/chats/{chat_id}{path}", json={"message": "x"})
        # A slash, even an encoded one, ends a path's part.
        unknown = (404, CHAT_NOT_FOUND) if "%2f" not in chat_id else (404, answer.json())
        assert refusal(answer) == unknown, (method, path)


def test_an_unknown_api_key_is_404(api):
    gone = {"detail": "API key not found.", "code": "API_KEY_NOT_FOUND"}
    for key in (NOBODY, "nobody", "%00"):
        assert refusal(api.delete(f"/admin/api-keys/{key}")) == (404, gone)


def test_another_projects_things_are_as_unknown_as_none(neighbour):
    mine, theirs = neighbour
    echo = mine.create_flow(ECHO)
    with Api(mine.http, mine.api_key) as api, Api(theirs.http, theirs.api_key) as other:
        chat = api.chat(echo)["id"]
        assert refusal(other.get(f"/chats/{chat}")) == (404, CHAT_NOT_FOUND)
        assert refusal(other.post(f"/chats/{chat}/messages", json={"message": "x"})) == (404, CHAT_NOT_FOUND)
        assert refusal(other.delete(f"/chats/{chat}")) == (404, CHAT_NOT_FOUND)
        body = {"name": "x", "from_type": "flow", "from_flow": echo}
        assert refusal(other.post("/chats", json=body)) == (404, FLOW_NOT_FOUND)
        key = api.key("read")["id"]
        assert other.delete(f"/admin/api-keys/{key}").status_code == 404
        assert other.get("/chats").json() == []


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/chats/{chat}", "GET, DELETE"),
        ("PATCH", "/v1/chats", "GET, POST"),
        ("GET", "/chats/{chat}/abort", "POST"),
        ("GET", "/admin/api-keys/x", "DELETE"),
        ("DELETE", "/chats/{chat}/messages", "GET, POST"),
    ],
)
def test_an_unknown_method_is_405_and_told_which_are_known(api, chat, method, path, allow):
    answer = api.request(method, path.format(chat=chat))
    assert refusal(answer) == (405, {"detail": "Method not allowed.", "code": "METHOD_NOT_ALLOWED"})
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path", ["/chats/{chat}/nothing", "/nothing", "/", "/v1", "/chats//", "/v1/admin", "/admin/api-keys/a/b"]
)
def test_an_unknown_path_is_404(api, chat, path):
    answer = api.get(path.format(chat=chat))
    assert refusal(answer) == (404, {"detail": "Not found.", "code": "ROUTE_NOT_FOUND"})


@pytest.mark.parametrize(
    "path", ["/chats", "/chats/{chat}/messages", "/chats/{chat}/input", "/chats/{chat}/abort"]
)
def test_a_body_of_two_mebibytes_is_413(api, chat, path):
    too_large = (413, {"detail": "The body is larger than 1 MiB.", "code": "PAYLOAD_TOO_LARGE"})
    body = b'{"message": "' + b"x" * 2 * 2**20 + b'"}'
    assert refusal(api.post(path.format(chat=chat), content=body)) == too_large
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    assert refusal(api.post(path.format(chat=chat), content=pieces)) == too_large


# Wrong moments.


@pytest.mark.parametrize("status", ["ready", "running", "completed"])
def test_input_in_another_status_is_409(api, server, status):
    flow = server.create_flow(SLEEPER if status == "running" else ECHO)
    chat = api.chat(flow)["id"]
    if status != "ready":
        api.say(chat, "Hello", wait=0)
    until(lambda: status_of(api, chat) == status)
    answer = api.post(f"/chats/{chat}/input", json={"message": "x"})
    assert refusal(answer) == (
        409,
        {
            "detail": f"The chat is not waiting for human input (status: {status}); send it to /messages.",
            "code": "CHAT_NOT_WAITING",
        },
    )
    assert "x" not in texts(api.history(chat))


def test_an_idempotency_key_for_another_request_is_409(api, server, echo):
    reused = {
        "detail": "This idempotency key was used for another request; use a new one.",
        "code": "REQUEST_ID_REUSED",
    }
    chat, other = api.chat(echo)["id"], api.chat(echo)["id"]
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    api.post(f"/chats/{chat}/messages", json={"message": "one"}, headers=headers)
    for path, body in [
        (f"/chats/{chat}/messages", {"message": "two"}),
        (f"/chats/{chat}/messages", {"message": "one", "sender": "Ann"}),
        (f"/chats/{other}/messages", {"message": "one"}),
        (f"/chats/{chat}/input", {"message": "one"}),
        ("/admin/api-keys", {"name": "one"}),
    ]:
        assert refusal(api.post(path, json=body, headers=headers)) == (409, reused), path
    assert api.post(f"/chats/{chat}/messages", json={"message": "one"}, headers=headers).status_code == 200


def test_of_two_inputs_at_once_one_wins(api, server):
    chat = api.chat(server.create_flow(GREETER))["id"]
    api.say(chat, "Hello")
    first = api.post(f"/chats/{chat}/input", json={"message": "Ann"})
    second = api.post(f"/chats/{chat}/input", json={"message": "Bob"})
    assert (first.status_code, second.status_code) == (200, 409)
