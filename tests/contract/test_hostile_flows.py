"""Flows that mean harm: refused when they are made, or stopped by a limit when they run."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from tests.support.fuzzdata import JSON_TEXTS
from tests.support.rpcs import Told, invoke, request_of
from tests.support.servers import Server, folder, serve

MOST_MEMORY = 600 * 1024 * 1024
# What a chat may take of a turn, here where two processors are busy with other tests.
SLOWEST = 10.0
LIMITS = {"EXECUTION_LIMIT", "NESTING_LIMIT"}
WIDE = "\U0001f4a9"


def action(type: str, id: str = "", next_id: str = "", **option: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "option_json": json.dumps(option), "next_id": next_id}


def say(text: str, id: str = "", next_id: str = "") -> dict[str, Any]:
    return action("say", id, next_id, text=text)


def put(key: str, value: Any) -> dict[str, Any]:
    return action("variable_set", key=key, value=value)


class Attacker:
    """Makes flows and chats on a server that may be ruined."""

    def __init__(self, server: Server) -> None:
        self.server = server
        options = [("grpc.max_receive_message_length", 64 * 1024 * 1024)]
        self.channel = grpc.insecure_channel(server.grpc, options=options)

    def call(self, name: str, **fields: Any) -> Told:
        return invoke(self.channel, name, request_of(name, **fields), self.server.metadata)

    def create(self, actions: Any, lenient: bool = False, **fields: Any) -> Told:
        flow = {"name": "Hostile", "actions": actions, **fields}
        return self.call("CreateFlow", flow=flow, lenient=lenient)

    def chat(self, flow: Told) -> str:
        assert flow.code == "OK", flow
        made = self.call("CreateChat", chat={"flow_id": flow.answer.id})
        assert made.code == "OK", made
        return str(made.answer.id)

    def say(self, chat_id: str, text: str = "Hello") -> Any:
        started = time.monotonic()
        told = self.call("SendMessage", chat={"id": chat_id}, text=text, wait={"seconds": 15})
        assert told.code == "OK" and told.answer.complete, told.refusal
        assert time.monotonic() - started < SLOWEST
        return told.answer

    def play(self, actions: Any, text: str = "Hello", lenient: bool = False, **fields: Any) -> Any:
        chat_id = self.chat(self.create(actions, lenient, **fields))
        answer = self.say(chat_id, text)
        self.read_all(chat_id)
        return answer

    def read_all(self, chat_id: str) -> None:
        """Reads the chat in every way that there is: what was stored must be possible to send."""
        assert self.call("GetChat", chat={"id": chat_id}).code == "OK"
        assert self.call("ListChats").code == "OK"
        assert self.call("WatchChat", chat={"id": chat_id}, after_seq=0).code == "OK"
        token, pages = "", 0
        while token or not pages:
            page = self.call("ListMessages", chat={"id": chat_id}, page_token=token, page_size=1000)
            assert page.code == "OK", page.refusal
            token, pages = page.answer.next_page_token, pages + 1
        runs = self.call("ListRuns", chat_id=chat_id, with_moves=True)
        assert runs.code == "OK", runs.refusal
        for run in runs.answer.runs:
            assert self.call("GetRun", id=run.id, with_moves=True).code == "OK"


@pytest.fixture(scope="module")
def attacker() -> Iterator[Attacker]:
    data = folder()
    with serve(data, "--demo") as server:
        yield Attacker(server)
    shutil.rmtree(data.parent, ignore_errors=True)


@pytest.fixture(autouse=True)
def the_server_lives_on_within_its_memory(attacker: Attacker) -> Iterator[None]:
    yield
    server = attacker.server
    assert server.process is not None and server.process.poll() is None, "the server has ended"
    started = time.monotonic()
    assert attacker.call("GetCaller").code == "OK"
    assert time.monotonic() - started < 2
    taken = int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(server.process.pid)])) * 1024
    assert taken < MOST_MEMORY, f"the server holds {taken >> 20} MiB"


def test_a_flow_of_more_than_1_mib_is_refused(attacker: Attacker) -> None:
    told = attacker.create([say("x" * 60_000) for _ in range(20)])
    assert (told.code, told.reason) == ("INVALID_ARGUMENT", "INVALID_FLOW")
    assert ("TOO_LARGE" in {reason for _, reason, _ in told.violations}) or told.facts, told


def test_more_than_1000_actions_are_refused_and_1000_are_not(attacker: Attacker) -> None:
    assert attacker.create([say("Hi")] * 1001).code == "INVALID_ARGUMENT"
    answer = attacker.play([say("Hi")] * 1000)
    assert answer.chat.failure.reason == "EXECUTION_LIMIT"


def test_a_flow_with_a_hundred_thousand_problems_is_refused_soon(attacker: Attacker) -> None:
    actions = [{"id": "same", "type": "nonsense", "next_id": "nowhere"}] * 100_000
    for name in ("CreateFlow", "ValidateFlow"):
        started = time.monotonic()
        told = attacker.call(name, flow={"name": "Hostile", "actions": actions})
        assert told.code in {"OK", "INVALID_ARGUMENT"}, told.refusal
        assert time.monotonic() - started < SLOWEST


def test_an_option_nested_too_deep_is_refused(attacker: Attacker) -> None:
    for depth in (65, 2000, 100_000):
        option = '{"text":' + "[" * depth + "]" * depth + "}"
        assert attacker.create([{"type": "say", "option_json": option}]).code == "INVALID_ARGUMENT"


def test_an_option_at_the_deepest_works_in_every_place(attacker: Attacker) -> None:
    deep: Any = "${text_input}"
    for _ in range(60):
        deep = [deep]
    answer = attacker.play([put("deep", deep), say("${deep}")])
    assert answer.replies[0].text == "[" * 60 + '"Hello"' + "]" * 60


@pytest.mark.parametrize("name", JSON_TEXTS)
def test_hostile_json_as_a_schema_is_refused_or_harmless(attacker: Attacker, name: str) -> None:
    for field in ("input_schema_json", "output_schema_json"):
        told = attacker.create([say("Hi")], **{field: JSON_TEXTS[name]})
        assert told.code in {"OK", "INVALID_ARGUMENT"}, told.refusal
        assert "Error" not in told.text
        if told.code == "OK" and attacker.call("CreateChat", chat={"flow_id": told.answer.id}).code == "OK":
            attacker.say(attacker.chat(told), "a" * 32_000 + "!")


def test_an_evil_pattern_does_not_hold_the_server(attacker: Attacker) -> None:
    patterns = [r"^(a+)+$", r"^(a|a)*$", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(x+x+)+y", r"^(a?){99}a{99}$"]
    for pattern in patterns:
        schema = {"properties": {"text_input": {"type": "string", "pattern": pattern}}}
        answer = attacker.play([say("Hi")], "a" * 32_000 + "!", input_schema_json=json.dumps(schema))
        assert answer.chat.failure.reason == "INVALID_INPUT"


def test_patterns_that_take_all_memory_are_refused_or_bounded(attacker: Attacker) -> None:
    for pattern in (
        r"((a{0,1000}){0,1000}){0,1000}",
        r"(\w{1000}){1000}",
        r"(a)\1",
        "(" * 10_000,
        "[" * 10_000,
    ):
        schema = json.dumps({"properties": {"text_input": {"type": "string", "pattern": pattern}}})
        assert attacker.create([say("Hi")], input_schema_json=schema).code == "INVALID_ARGUMENT"
    parts = [{"pattern": rf"\w{{{90 + n % 9}}}{n}"} for n in range(200)]
    schema = json.dumps({"properties": {"text_input": {"type": "string", "allOf": parts}}})
    told = attacker.create([say("Hi")], input_schema_json=schema)
    assert told.code in {"OK", "INVALID_ARGUMENT"}


def test_references_that_double_are_refused(attacker: Attacker) -> None:
    parts: dict[str, Any] = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    schema = {"$defs": {**parts, "d40": {"type": "number"}}, "properties": {"text_input": {"type": "string"}}}
    told = attacker.create([say("Hi")], input_schema_json=json.dumps({**schema, "$ref": "#/$defs/d0"}))
    assert told.code == "INVALID_ARGUMENT"


def test_a_circle_of_actions_ends_at_a_limit(attacker: Attacker) -> None:
    circles = [
        [say("a", id="a", next_id="a")],
        [action("say", "a", "b", text="a"), action("say", "b", "a", text="b")],
        [action("goto", "a", target_id="a")],
        [action("goto", "a", target_id="b"), action("goto", "b", target_id="a")],
        [action("branch", "a", variable="x", default_target_id="a")],
        [action("goto", "a", "a", target_id="a", loop_count=2**62)],
    ]
    for actions in [[say("start"), *circle] for circle in circles]:
        answer = attacker.play(actions)
        assert answer.chat.failure.reason in LIMITS, answer.chat.failure


def test_a_flow_that_calls_itself_ends_at_a_limit(attacker: Attacker) -> None:
    for before, after in (([], []), ([say("again")], [say("never")])):
        made = attacker.create([say("Hi")])
        call = action("fetch_flow", flow_id=made.answer.id)
        flow = {"id": made.answer.id, "name": "Hostile", "actions": [*before, call, *after]}
        assert attacker.call("UpdateFlow", flow=flow).code == "OK"
        answer = attacker.say(attacker.chat(made))
        assert answer.chat.failure.reason in LIMITS


def test_flows_that_call_each_other_twice_end_at_a_limit(attacker: Attacker) -> None:
    ids = [attacker.create([say("Hi")]).answer.id for _ in range(3)]
    for number, flow_id in enumerate(ids):
        call = action("fetch_flow", flow_id=ids[(number + 1) % 3])
        assert (
            attacker.call("UpdateFlow", flow={"id": flow_id, "name": "x", "actions": [call, call]}).code
            == "OK"
        )
    chat = attacker.call("CreateChat", chat={"flow_id": ids[0]}).answer
    assert attacker.say(chat.id).chat.failure.reason in LIMITS


def test_a_variable_that_doubles_stays_within_its_limit(attacker: Attacker) -> None:
    doubling = [put("bomb", WIDE * 30_000), *[put("bomb", "${bomb}${bomb}")] * 90, say("${bomb}")]
    answer = attacker.play(doubling)
    assert len(answer.replies[0].text) <= 64 * 1024


def test_a_value_that_grows_tenfold_at_each_step_stays_within_its_limit(attacker: Attacker) -> None:
    growing = [put("bomb", ["x" * 1000] * 10), *[put("bomb", ["${bomb}"] * 10)] * 90]
    attacker.play(growing)
    attacker.play([put("a", "x" * 60_000), *[put("b", ["${a}"] * 100_000)]])


def test_a_text_of_places_only_is_cut_and_not_built(attacker: Attacker) -> None:
    answer = attacker.play([say("${text_input}" * 70_000)], "x" * 32_000, lenient=True)
    assert len(answer.replies[0].text) == 64 * 1024


def test_half_places_do_not_hold_the_server(attacker: Attacker) -> None:
    attacker.play([say("${" * 400_000)], lenient=True)
    attacker.play([say(("${" * 1000 + "\n") * 400 + "}")], lenient=True)


def test_variables_of_many_names_are_limited_together(attacker: Attacker) -> None:
    for letter in ("x", WIDE):
        many = [put(f"v{n}", "${text_input}") for n in range(60)]
        answer = attacker.play(many, letter * 30_000)
        assert answer.chat.failure.reason == "ACTION_FAILED"
    nearly = [put(f"v{n}", "${text_input}") for n in range(7)]
    assert not attacker.play(nearly, WIDE * 30_000).chat.HasField("failure")


def test_a_turn_that_says_megabytes_can_be_read_page_by_page(attacker: Attacker) -> None:
    long = [say("${text_input}${text_input}")] * 50
    answer = attacker.play(long, WIDE * 32_000)
    assert 0 < len(answer.replies) <= 50
    step = {"id": "s", "type": "UNKNOWN", "actions": long}
    answer = attacker.play([], WIDE * 32_000, steps=[step])
    assert answer.replies and answer.message.text


def test_responses_of_megabytes_are_refused(attacker: Attacker) -> None:
    chat_id = attacker.chat(attacker.create([say("Hi")]))
    for payload in ('{"a":"' + WIDE * 20_000 + '"}', '{"a":[' + "1e15," * 20_000 + "1]}"):
        parts = [{"type": "card", "payload_json": payload}] * 40
        told = attacker.call("SendMessage", chat={"id": chat_id}, responses=parts)
        assert (told.code, told.violations[0][0]) == ("INVALID_ARGUMENT", "responses")
    attacker.read_all(chat_id)


def test_a_run_of_a_thousand_long_moves_can_be_read(attacker: Attacker) -> None:
    long = WIDE * 250
    loop = [say(WIDE * 400, id=f"{long}{n}", next_id=f"{long}{n + 1}") for n in range(90)]
    question = {**action("ask", text="More?", variable="more"), "id": f"{long}90"}
    chat_id = attacker.chat(attacker.create([*loop, question, action("goto", target_id=f"{long}0")]))
    for _ in range(12):
        answer = attacker.say(chat_id)
        if answer.chat.HasField("failure"):
            break
    assert answer.chat.failure.reason == "EXECUTION_LIMIT"
    attacker.read_all(chat_id)


def test_a_run_that_listens_for_long_can_be_read(attacker: Attacker) -> None:
    step = {"id": "s", "type": "UNKNOWN", "actions": [say(WIDE * 400)] * 60}
    chat_id = attacker.chat(attacker.create([], steps=[step]))
    for _ in range(25):
        attacker.say(chat_id)
    attacker.read_all(chat_id)


def test_one_chat_in_circles_keeps_no_other_waiting(attacker: Attacker) -> None:
    busy = attacker.chat(attacker.create([put("bomb", "\\" * 60_000), *[put("bomb", ["${bomb}"] * 10)] * 90]))
    assert attacker.call("SendMessage", chat={"id": busy}, text="Go").code == "OK"
    slowest = 0.0
    for _ in range(20):
        started = time.monotonic()
        assert attacker.call("GetCaller").code == "OK"
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 1
