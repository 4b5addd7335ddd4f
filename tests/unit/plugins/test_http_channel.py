"""The channel type `http`."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from flowgen_core.api import Address, HttpAnswer, OutboundMessage
from flowgen_plugins.channels.http import Http, NotTaken

URL = "https://gateway.example/messages"
MESSAGE = OutboundMessage("m-1", Address("tel", "+1"), Address("tel", "+2"), 'Say "hi"\\ &\n${from} 👋')
FORM = "application/x-www-form-urlencoded"


class FakeHttp:
    def __init__(self, status: int = 200) -> None:
        self.status, self.requests = status, []

    async def request(self, method: str, url: str, **options: Any) -> HttpAnswer:
        self.requests.append((method, url, options))
        return HttpAnswer(self.status, {}, b"")


async def sent(status: int = 200, **config: Any) -> tuple[dict[str, str], bytes]:
    http = FakeHttp(status)
    ctx = SimpleNamespace(id="key", attempt=1, now=datetime.now(UTC), http=http)
    await Http().send(ctx, Http.Config.model_validate({"url": URL, **config}), MESSAGE)
    ((method, url, options),) = http.requests
    assert (method, url) == ("POST", URL)
    return options["headers"], options["body"]


async def test_a_message_is_a_json_request_by_default():
    headers, body = await sent(headers={"Authorization": "Bearer s3cret"})
    assert headers == {
        "Authorization": "Bearer s3cret",
        "Content-Type": "application/json",
        "Idempotency-Key": "key",
    }
    assert json.loads(body) == {"id": "m-1", "from": "+1", "to": "+2", "text": MESSAGE.text}


async def test_places_in_json_are_escaped_wherever_they_stand():
    _, body = await sent(
        body='{"a": ["x ${text} y"], "${to}": "\\\\${text}"}', content_type="application/x+json"
    )
    assert json.loads(body) == {"a": [f"x {MESSAGE.text} y"], "+2": f"\\{MESSAGE.text}"}


async def test_places_in_a_form_are_encoded():
    _, body = await sent(body="To=${to}&Body=${text}&Kind=${to_type}", content_type=f"{FORM}; charset=utf-8")
    assert parse_qs(body.decode()) == {"To": ["+2"], "Body": [MESSAGE.text], "Kind": ["tel"]}


async def test_any_other_body_is_text_as_it_is():
    _, body = await sent(body="${from_type}: ${text}", content_type="text/plain")
    assert body.decode() == f"tel: {MESSAGE.text}"


@pytest.mark.parametrize("status", [199, 301, 400, 429, 500])
async def test_every_answer_but_2xx_is_a_failure(status):
    with pytest.raises(NotTaken, match=str(status)):
        await sent(status)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"url": "ftp://gateway.example"},
        {"url": "gateway.example"},
        {"url": "https://me:secret@gateway.example"},
        {"url": f"https://gateway.example/{'x' * 2048}"},
        {"url": "http://[::1"},
        {"url": f"{URL}/a b"},
        {"url": "https://gateway.example:99999"},
        {"url": URL, "other": 1},
        {"url": URL, "headers": {"Content-Type": "x"}},
        {"url": URL, "headers": {"idempotency-key": "x"}},
        {"url": URL, "headers": {"Content-Length": "x"}},
        {"url": URL, "headers": {"A b": "x"}},
        {"url": URL, "headers": {"A": "x\r\nB: y"}},
        {"url": URL, "headers": {"A": 7}},
        {"url": URL, "headers": {f"A{n}": "x" for n in range(51)}},
        {"url": URL, "content_type": "json"},
        {"url": URL, "content_type": "text/plain\r\nA: b"},
        {"url": URL, "body": '{"text": ${text}}'},
        {"url": URL, "body": '{"text": "\\${text}"}'},
        {"url": URL, "body": '{"text": "\\u00${text}"}'},
        {"url": URL, "body": "${text}"},
        {"url": URL, "body": '{"text": "${name}"}'},
        {"url": URL, "body": "[" * 30_000},
        {"url": URL, "addresses": [{"type": "tel"}]},
        {"url": URL, "addresses": [{"type": "tel", "target": ""}]},
    ],
)
def test_a_bad_configuration_is_refused(config):
    with pytest.raises(ValidationError):
        Http.Config.model_validate(config)


def test_a_channel_owns_its_addresses_letter_by_letter():
    config = Http.Config.model_validate({"url": URL, "addresses": [{"type": "tel", "target": "+1"}]})
    assert Http().owns(config, Address("tel", "+1"))
    assert not any(
        Http().owns(config, Address(*one)) for one in (("sip", "+1"), ("tel", "+12"), ("TEL", "+1"))
    )
