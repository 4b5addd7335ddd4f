"""The flow API as its clients use it, and flows that were made for calls."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc
from tests.support.servers import Server

NIL = "00000000-0000-0000-0000-000000000000"
START = "00000000-0000-0000-0000-000000000001"
FINISH = "00000000-0000-0000-0000-000000000002"
NEVER = "9999-01-01 00:00:00.000000"
NOBODY = "0c7f7e52-5d0c-4f0e-9d1b-2f7a0f4b8a11"
SECONDS = 20
_MARKS = {"done": "", "skipped": "s", "failed": "f"}
Json = Any  # whatever a test sends or gets


class Voipbin(httpx.Client):
    """A client with a key; its methods check that what they do is answered with 200."""

    def __init__(self, server: Server, key: str = "") -> None:
        headers = {"Authorization": f"Bearer {key or server.api_key}"}
        super().__init__(base_url=server.http, headers=headers, timeout=SECONDS)

    def flow(self, *actions: Json, **fields: Json) -> Json:
        return good(self.post("/v1.0/flows", json={"actions": actions, **fields}))

    def start(self, *actions: Json, **fields: Json) -> Json:
        body = {**({"actions": actions} if actions else {}), **fields}
        return good(self.post("/v1.0/activeflows", json=body))

    def look(self, id: str) -> Json:
        return good(self.get(f"/v1.0/activeflows/{id}"))

    def play(self, *actions: Json, **fields: Json) -> Json:
        """Starts a run and gives it as it is when it waits or has ended."""
        return self.rest(self.start(*actions, **fields)["id"])

    def rest(self, id: str) -> Json:
        return self.until(id, is_at_rest)

    def until(self, id: str, fits: Callable[[Json], bool]) -> Json:
        """Polls, as clients do, until a run is as it should be."""
        end = time.monotonic() + SECONDS
        while not fits(seen := self.look(id)):
            assert time.monotonic() < end, f"the run stays {seen}"
            time.sleep(0.02)
        return seen

    def variables(self, id: str) -> Json:
        return good(self.get(f"/v1.0/activeflows/{id}/variables"))["variables"]


class Talk:
    """A chat beside the flow API: its owner speaks, and hears what runs in it say."""

    def __init__(self, server: Server) -> None:
        self._channel, self._metadata = server.channel(), server.metadata
        self._stub = chat_pb2_grpc.ChatServiceStub(self._channel)
        flow_id = server.create_flow({"name": "Nothing", "actions": []})
        asked = chat_pb2.CreateChatRequest(chat=chat_pb2.Chat(flow_id=flow_id))
        self.id = self._stub.CreateChat(asked, metadata=self._metadata, timeout=SECONDS).id
        self._ref = chat_pb2.ChatRef(id=self.id)

    def say(self, text: str) -> None:
        asked = chat_pb2.SendMessageRequest(chat=self._ref, text=text)
        self._stub.SendMessage(asked, metadata=self._metadata, timeout=SECONDS)

    def heard(self) -> list[str]:
        asked = chat_pb2.ListMessagesRequest(chat=self._ref, after_seq=0, page_size=1000)
        found = self._stub.ListMessages(asked, metadata=self._metadata, timeout=SECONDS).messages
        return [one.text for one in found if one.author == chat_pb2.AUTHOR_BOT]

    def resume(self) -> None:
        asked = chat_pb2.ResumeChatRequest(chat=self._ref)
        self._stub.ResumeChat(asked, metadata=self._metadata, timeout=SECONDS)

    def close(self) -> None:
        self._channel.close()


def good(answer: httpx.Response) -> Json:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-request-id"]
    return answer.json()


def refusal(answer: httpx.Response) -> Json:
    """Gives what an error answer tells, and checks its shape."""
    assert answer.status_code >= 400, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    (name, error), *others = answer.json().items()
    assert (name, others) == ("error", [])
    assert error.pop("request_id") == answer.headers["x-request-id"]
    return answer.status_code, error.pop("status"), error.pop("reason"), error


def told(answer: httpx.Response) -> tuple[int, str]:
    status, _, reason, _ = refusal(answer)
    return status, reason


def is_at_rest(run: Json) -> bool:
    """Whether a run has ended, or stands at an action that is not over: then it waits."""
    return run["status"] == "ended" or (
        run["current_action"]["id"] != START and "outcome" not in run["current_action"]
    )


def ended(run: Json) -> bool:
    return bool(run["status"] == "ended")


def named(actions: Sequence[Json]) -> list[Json]:
    """Gives the actions ids that are their positions, from 1, where they have none."""
    return [{"id": str(number), **action} for number, action in enumerate(actions, 1)]


def walk(run: Json) -> str:
    """Writes where a run has been: the actions' ids, with `s` for skipped and `f` for failed."""
    start, *left = run["executed_actions"]
    assert start == {"id": START, "next_id": NIL, "type": ""}
    return " ".join(one["id"] + _MARKS[one["outcome"]] for one in left)


# Flows for calls, with the positions of their actions as ids.

SUPPORT_IVR = named(
    [
        {"type": "talk", "option": {"text": "Press 1 for sales, 2 for support or 3 for billing."}},
        {"type": "digits_receive", "option": {"duration": 5000, "length": 1}},
        {
            "type": "branch",
            "option": {
                "variable": "voipbin.call.digits",
                "default_target_id": "13",
                "target_ids": {"1": "4", "2": "7", "3": "10"},
            },
        },
        {"type": "talk", "option": {"text": "Sales."}},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "talk", "option": {"text": "Support."}},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "talk", "option": {"text": "Billing."}},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "talk", "option": {"text": "That was none of them."}},
        {"type": "goto", "option": {"target_id": "1", "loop_count": 2}},
        {"type": "talk", "option": {"text": "Goodbye."}},
        {"type": "hangup"},
    ]
)
SAMPLE_CALL = [
    {"id": "9c8ebac0-f05e-11ef-b9ae-4b8aecc935fe", "type": "answer"},
    {
        "id": "9c30642a-f05e-11ef-8674-ebba44c5cb0f2",
        "type": "talk",
        "option": {"text": "Welcome to VoIPBIN", "language": "en-US"},
    },
    {
        "id": "9c659370-f05e-11ef-b141-63708262508b",
        "type": "digits_receive",
        "option": {"duration": 5000, "length": 1},
    },
    {
        "id": "9cb2962a-f05e-11ef-ae35-2374e1ae16df",
        "type": "branch",
        "option": {
            "variable": "voipbin.call.digits",
            "target_ids": {"1": "9c30642a-f05e-11ef-8674-ebba44c5cb0f2"},
        },
    },
]
MAIN_IVR = named(
    [
        {"type": "answer"},
        {"type": "talk", "option": {"text": "Welcome."}},
        {"type": "digits_receive", "option": {"duration": 5000, "length": 1}},
        {
            "type": "branch",
            "option": {"default_target_id": "8", "target_ids": {"1": "5", "2": "6", "3": "7"}},
        },
        {"type": "fetch_flow", "option": {"flow_id": NOBODY}},
        {"type": "fetch_flow", "option": {"flow_id": NOBODY}},
        {"type": "fetch_flow", "option": {"flow_id": NOBODY}},
        {"type": "talk", "option": {"text": "Once more."}},
        {"type": "goto", "option": {"target_id": "2", "loop_count": 3}},
        {"type": "talk", "option": {"text": "Goodbye."}},
        {"type": "hangup"},
    ]
)
CONSENT = named(
    [
        {"type": "answer"},
        {"type": "talk", "option": {"text": "Press 1 to agree."}},
        {"type": "digits_receive", "option": {"duration": 5000, "length": 1}},
        {"type": "branch", "option": {"default_target_id": "2", "target_ids": {"1": "5", "2": "6"}}},
        {"type": "recording_start", "option": {"format": "mp3"}},
        {"type": "hangup"},
    ]
)
LANGUAGES = named(
    [
        {"type": "answer"},
        {"type": "talk", "option": {"text": "<speak>For English, press 1.</speak>"}},
        {"type": "digits_receive", "option": {"duration": 5000, "length": 1}},
        {
            "type": "branch",
            "option": {"default_target_id": "5", "target_ids": {"1": "5", "2": "7", "3": "9"}},
        },
        {"type": "variable_set", "option": {"key": "language", "value": "en-US"}},
        {"type": "goto", "option": {"target_id": "11"}},
        {"type": "variable_set", "option": {"key": "language", "value": "es-ES"}},
        {"type": "goto", "option": {"target_id": "11"}},
        {"type": "variable_set", "option": {"key": "language", "value": "fr-FR"}},
        {"type": "goto", "option": {"target_id": "11"}},
        {"type": "fetch_flow", "option": {"flow_id": NOBODY}},
    ]
)
_NO_STATUS = {"condition": "==", "variable": "voipbin.call.status", "value_type": "string"}
FAILOVER = named(
    [
        {"type": "answer"},
        {"type": "talk", "option": {"text": "One moment."}},
        {"type": "connect", "option": {"destinations": [{"type": "tel", "target": "+31616818985"}]}},
        {
            "type": "condition_variable",
            "option": {**_NO_STATUS, "value_string": "hangup", "false_target_id": "6"},
        },
        {"type": "hangup"},
        {"type": "talk", "option": {"text": "Another moment."}},
        {"type": "connect", "option": {"destinations": [{"type": "tel", "target": "+31616818985"}]}},
        {
            "type": "condition_variable",
            "option": {**_NO_STATUS, "value_string": "hangup", "false_target_id": "10"},
        },
        {"type": "hangup"},
        {"type": "talk", "option": {"text": "Leave a message."}},
        {"type": "recording_start", "option": {"format": "mp3", "duration": 120}},
        {"type": "hangup"},
    ]
)
CUSTOMER_SERVICE = named(
    [
        {"type": "answer"},
        {"type": "ai_talk", "option": {"ai_id": NOBODY, "language": "en-US", "duration": 300}},
        {
            "type": "branch",
            "option": {
                "variable": "voipbin.aicall.status",
                "default_target_id": "11",
                "target_ids": {"billing": "4", "technical": "7", "cancel": "9", "complete": "13"},
            },
        },
        {"type": "talk", "option": {"text": "I'll transfer you to our billing department."}},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "talk", "option": {"text": "Thank you for calling. Have a great day!"}},
        {"type": "hangup"},
    ]
)
# Refused at once, as all private addresses are.
_ASK = {"uri": "http://127.0.0.1:9/customer", "method": "POST", "data_type": "application/json", "data": "{}"}
_KNOWN = {"condition": "!=", "variable": "customer.name", "value_type": "string", "value_string": ""}
RESILIENT = named(
    [
        {"type": "answer"},
        {"type": "webhook_send", "option": {"sync": True, **_ASK}},
        {"type": "condition_variable", "option": {**_KNOWN, "false_target_id": "6"}},
        {"type": "talk", "option": {"text": "Hello ${customer.name}, welcome back."}},
        {"type": "goto", "option": {"target_id": "7"}},
        {"type": "talk", "option": {"text": "Hello, welcome to our service."}},
        {"type": "talk", "option": {"text": "Press 1 for sales, 2 for support."}},
    ]
)
DEBUGGED = named(
    [
        {"type": "webhook_send", "option": _ASK},
        {"type": "answer"},
        {"type": "talk", "option": {"text": "Welcome. Press 1 or 2."}},
        {"type": "digits_receive", "option": {"duration": 5000, "length": 1}},
        {"type": "webhook_send", "option": _ASK},
        {"type": "branch", "option": {"target_ids": {"1": "7", "2": "nowhere"}}},
        {"type": "webhook_send", "option": _ASK},
    ]
)
_OPEN = {"minute": 0, "day": -1, "month": 0, "weekdays": [1, 2, 3, 4, 5], "false_target_id": "7"}
OFFICE_HOURS = named(
    [
        {"type": "answer"},
        {"type": "condition_datetime", "option": {"condition": ">=", "hour": 9, **_OPEN}},
        {"type": "condition_datetime", "option": {"condition": "<", "hour": 17, **_OPEN}},
        {"type": "talk", "option": {"text": "Connecting you to an agent."}},
        {"type": "queue_join", "option": {"queue_id": NOBODY}},
        {"type": "hangup"},
        {"type": "talk", "option": {"text": "Our office is currently closed."}},
        {"type": "beep"},
        {"type": "recording_start", "option": {"format": "mp3"}},
        {"type": "talk", "option": {"text": "Goodbye."}},
        {"type": "hangup"},
    ]
)
