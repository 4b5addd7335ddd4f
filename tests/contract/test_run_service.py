"""RunService: what a run did, where it is, and how it ended."""

import json
from datetime import UTC, datetime

import grpc
import pytest

from flowgen_core.pb.v1 import run_pb2, run_pb2_grpc
from tests.support.doors import GrpcDoor, Refused, refusal
from tests.support.stage import act, say

NOBODY = "7c0f2a52-3f0e-4b39-9a55-2f6f0f0f6a01"
ASKING = {
    "name": "Asking",
    "actions": [
        act("variable_set", "set", key="who", value="<${text_input}>"),
        act("ask", "ask", text="Name?", variable="name"),
        say("Hi ${name}.", "hi"),
    ],
}


class Runs:
    """RunService and a door to chats, on one project."""

    def __init__(self, server):
        self.server, self.door = server, GrpcDoor(server)
        self._channel = server.channel()
        self._stub = run_pb2_grpc.RunServiceStub(self._channel)

    def close(self):
        self.door.close()
        self._channel.close()

    def chat(self, flow, *texts):
        """Begins a chat and says some texts; gives the ids of flow and chat."""
        flow_id = flow if isinstance(flow, str) else self.server.create_flow(flow)
        chat_id = self.door.begin(flow_id, template=False)
        for text in texts:
            self.say(chat_id, text)
        return flow_id, chat_id

    def say(self, chat_id, text):
        self.door.say(chat_id, text, answers=False, wait=20, sender="")

    def get(self, run_id, **fields):
        return self._call(self._stub.GetRun, run_pb2.GetRunRequest(id=run_id, **fields))

    def list(self, **fields):
        return self._call(self._stub.ListRuns, run_pb2.ListRunsRequest(**fields))

    def only(self, chat_id, **fields):
        """The one run of a chat."""
        (found,) = self.list(chat_id=chat_id).runs
        return self.get(found.id, with_moves=True, **fields)

    def _call(self, method, request):
        try:
            return method(request, metadata=self.server.metadata, timeout=20)
        except grpc.RpcError as error:
            raise Refused(refusal(error)) from None


@pytest.fixture(scope="module")
def runs(server):
    opened = Runs(server)
    yield opened
    opened.close()


def trace(run):
    return [(move.action_id, run_pb2.MoveOutcome.Name(move.outcome)[13:]) for move in run.moves]


def state(run):
    return run_pb2.RunState.Name(run.state)[10:]


def when(timestamp):
    return timestamp.ToDatetime(UTC)


# One run.


def test_a_run_that_waits_tells_for_what(runs):
    flow_id, chat_id = runs.chat(ASKING, "Hello")
    run = runs.only(chat_id)
    assert (run.flow_id, run.chat_id, state(run)) == (flow_id, chat_id, "WAITING")
    assert (run.waiting.kind, run.waiting.prompt, run.waiting.action_id) == (
        run_pb2.WAIT_KIND_INPUT,
        "Name?",
        "ask",
    )
    assert not run.waiting.HasField("until_time")
    assert trace(run) == [("set", "DONE"), ("ask", "UNSPECIFIED")]
    assert run.move_count == 2
    assert not run.HasField("end_time")
    assert (run.end_reason, run.output_json, run.HasField("failure")) == ("", "", False)


def test_a_run_that_ended_tells_how_and_what_it_knew(runs):
    _, chat_id = runs.chat(ASKING, "Hello", "Ann")
    run = runs.only(chat_id)
    assert (state(run), run.end_reason, run.HasField("waiting")) == ("COMPLETED", "completed", False)
    assert trace(run) == [("set", "DONE"), ("ask", "DONE"), ("hi", "DONE")]
    assert json.loads(run.input_json) == {"text_input": "Hello"}
    assert json.loads(run.variables_json) == {"text_input": "Hello", "who": "<Hello>", "name": "Ann"}
    assert when(run.create_time) <= when(run.start_time) <= when(run.end_time) <= datetime.now(UTC)
    assert len(run.message_ids) == 2
    assert run.user_message_id
    assert run.root_id == run.id
    assert run.kind == run_pb2.RUN_KIND_FLOW


def test_moves_show_their_options_filled_in(runs):
    _, chat_id = runs.chat(ASKING, "Hello", "Ann")
    moves = runs.only(chat_id).moves
    assert json.loads(moves[0].option_json) == {"key": "who", "value": "<Hello>"}
    assert json.loads(moves[2].option_json) == {"text": "Hi Ann."}
    assert [move.type for move in moves] == ["variable_set", "ask", "say"]
    assert [when(move.arrive_time) for move in moves] == sorted(when(move.arrive_time) for move in moves)


def test_moves_come_only_where_they_are_asked_for(runs):
    _, chat_id = runs.chat(ASKING, "Hello", "Ann")
    (listed,) = runs.list(chat_id=chat_id).runs
    assert (len(listed.moves), listed.move_count) == (0, 3)
    assert len(runs.get(listed.id).moves) == 0
    (listed,) = runs.list(chat_id=chat_id, with_moves=True).runs
    assert len(listed.moves) == 3


def test_a_sleeping_run_waits_for_time(runs):
    flow = {"name": "Nap", "actions": [act("sleep", "nap", duration=3_600_000)]}
    _, chat_id = runs.chat(flow)
    runs.door.say(chat_id, "Hello", answers=False, wait=0, sender="")
    run = until_waiting(runs, chat_id)
    assert (run.waiting.kind, run.waiting.prompt, run.waiting.action_id) == (
        run_pb2.WAIT_KIND_TIME,
        "",
        "nap",
    )
    left = when(run.waiting.until_time) - when(run.start_time)
    assert left.total_seconds() == pytest.approx(3600, abs=5)


def until_waiting(runs, chat_id):
    end = datetime.now(UTC).timestamp() + 20
    while not (found := runs.list(chat_id=chat_id).runs):
        assert datetime.now(UTC).timestamp() < end, "the run never began"
    return runs.get(found[0].id)


def test_a_listening_run_waits_for_nothing_in_particular(runs):
    step = {"id": "s", "type": "UNKNOWN", "actions": [say("Pardon?", "p")]}
    _, chat_id = runs.chat({"name": "Listens", "steps": [step]}, "Hello", "Hello")
    run = runs.only(chat_id)
    assert (state(run), run.HasField("waiting"), trace(run)) == ("LISTENING", False, [("p", "DONE")] * 2)


@pytest.mark.parametrize(
    ("actions", "reason", "action_id"),
    [
        ([act("raise", "bad")], "INTERNAL", "bad"),
        ([act("goto", "bad", target_id="${text_input}")], "TARGET_NOT_FOUND", "bad"),
        ([act("fetch_flow", "bad", flow_id="${text_input}")], "FLOW_NOT_FOUND", "bad"),
        ([act("goto", "bad", target_id="bad")], "EXECUTION_LIMIT", "bad"),
        ([act("ask", "bad", text="?", kind="${text_input}")], "BAD_OPTION", "bad"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_failed_run_names_the_reason_and_the_action(runs, actions, reason, action_id):
    _, chat_id = runs.chat({"name": "Fails", "actions": actions}, "Hello")
    run = runs.only(chat_id)
    assert (state(run), run.end_reason) == ("FAILED", "error")
    assert (run.failure.reason, run.failure.action_id) == (reason, action_id)
    assert run.failure.message
    assert "hunter2" not in str(run)


def test_an_action_that_fails_alone_is_told_in_the_trace(runs):
    flow = {"name": "Goes on", "actions": [act("sleep", "nap", duration="${text_input}"), say("On.", "on")]}
    _, chat_id = runs.chat(flow, "Hello")
    run = runs.only(chat_id)
    assert (state(run), trace(run)) == ("COMPLETED", [("nap", "FAILED"), ("on", "DONE")])
    assert "duration" in run.moves[0].message


def test_an_output_is_kept_as_it_was_given(runs):
    flow = {"name": "Out", "actions": [act("application_end", "end", outcome="accepted", text="Bye.")]}
    _, chat_id = runs.chat(flow, "Hello")
    run = runs.only(chat_id)
    assert (run.end_reason, json.loads(run.output_json)["outcome"]) == ("application_accepted", "accepted")


def test_an_aborted_run_is_stopped(runs):
    _, chat_id = runs.chat(ASKING, "Hello")
    runs.door.abort(chat_id)
    run = runs.only(chat_id)
    assert (state(run), run.end_reason, run.HasField("waiting")) == ("STOPPED", "chat_closed", False)
    assert json.loads(run.variables_json)["who"] == "<Hello>"


# Lists.


def test_runs_are_listed_newest_first_and_by_chat_and_flow(runs):
    flow_id, one = runs.chat(ASKING, "Hello", "Ann", "Hello", "Ann")
    _, two = runs.chat(flow_id, "Hello")
    listed = runs.list(flow_id=flow_id, with_total=True)
    assert [run.chat_id for run in listed.runs] == [two, one, one]
    assert listed.total_size == 3
    times = [when(run.create_time) for run in listed.runs]
    assert times == sorted(times, reverse=True)
    assert [run.id for run in runs.list(chat_id=one).runs] == [run.id for run in listed.runs[1:]]
    assert runs.list(chat_id=two.upper(), flow_id=flow_id.upper()).runs == listed.runs[:1]


def test_runs_are_listed_by_the_time_they_were_made(runs):
    flow_id, _ = runs.chat(ASKING, "Hello", "Ann", "Hello", "Ann")
    newer, older = runs.list(flow_id=flow_id).runs
    ids = lambda **fields: [run.id for run in runs.list(flow_id=flow_id, **fields).runs]  # noqa: E731
    assert ids(create_time_from=newer.create_time) == [newer.id]
    assert ids(create_time_to=newer.create_time) == [older.id]
    assert ids(create_time_from=older.create_time, create_time_to=newer.create_time) == [older.id]


def test_runs_are_paged(runs):
    flow_id, _ = runs.chat(ASKING, *["Hello", "Ann"] * 3)
    everything = [run.id for run in runs.list(flow_id=flow_id).runs]
    paged, token = [], ""
    while True:
        page = runs.list(flow_id=flow_id, page_size=2, page_token=token)
        paged += [run.id for run in page.runs]
        token = page.next_page_token
        if not token:
            break
    assert paged == everything
    assert len(everything) == 3


def test_unknown_chats_and_flows_have_no_runs(runs):
    for name in ("chat_id", "flow_id"):
        assert not runs.list(**{name: NOBODY}).runs
        assert not runs.list(**{name: "no id"}).runs


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"page_size": -1}, "INVALID_ARGUMENT"), ({"page_token": "junk"}, "INVALID_PAGE_TOKEN")],
)
def test_a_list_that_cannot_be_is_refused(runs, fields, reason):
    with pytest.raises(Refused, match=f"^{reason}$"):
        runs.list(**fields)


@pytest.mark.parametrize("id", ["", "no id", NOBODY])
def test_an_unknown_run_is_not_found(runs, id):
    with pytest.raises(Refused, match=r"^RUN_NOT_FOUND$"):
        runs.get(id)


def test_a_run_is_found_by_its_id_in_any_case(runs):
    _, chat_id = runs.chat(ASKING, "Hello")
    run = runs.only(chat_id)
    assert runs.get(run.id.upper()).id == run.id


def test_other_projects_have_other_runs(neighbour):
    mine, other = Runs(neighbour[0]), Runs(neighbour[1])
    flow_id, chat_id = mine.chat(ASKING, "Hello")
    run = mine.only(chat_id)
    with pytest.raises(Refused, match=r"^RUN_NOT_FOUND$"):
        other.get(run.id)
    assert run.id not in {one.id for one in other.list().runs}
    assert not other.list(chat_id=chat_id, flow_id=flow_id).runs
    mine.close()
    other.close()
