"""Each chat's messages one at a time and in order; no chat holds another up; nothing computed too late counts."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from flowgen_core.pb.v1 import chat_pb2, chat_pb2_grpc
from tests.reliability.load import poll
from tests.support.flowgen_chats import ECHO, say, status_of, texts

pytestmark = pytest.mark.timeout(60)

CHATS, MESSAGES, CLIENTS = 40, 20, 10
HELD = {"type": "slow", "option": {"seconds": 60}}


def slow(seconds):
    return {"name": "Slow", "actions": [{"type": "slow", "option": {"seconds": seconds}}]}


SLUGGISH = {
    "name": "Sluggish",
    "actions": [{"type": "slow", "option": {"seconds": 0.15}}, say("You said ${text_input}.")],
}


@pytest.fixture
def api(shared):
    with shared.api as client:
        yield client


@pytest.fixture(scope="module")
def flows(shared):
    documents = {"echo": ECHO, "held": slow(60), "sluggish": SLUGGISH, "brief": slow(1)}
    return {name: shared.server.create_flow(document) for name, document in documents.items()}


def rests(api, chat):
    return status_of(api, chat) != "running"


def post(api, chat, text, **more):
    return api.post(f"/chats/{chat}/messages", json={"message": text}, **more)


# Order.


def test_every_chat_is_answered_in_order_while_one_of_them_computes(shared, api, flows):
    held = api.chat(flows["held"])["id"]
    post(api, held, "begin")
    kinds = ["echo"] * (CHATS - 2) + ["sluggish"]
    chats = [api.chat(flows[kind])["id"] for kind in kinds]

    def talk(client):
        own = chats[client::CLIENTS]
        with shared.api as mine:
            for number in range(MESSAGES):
                for chat in own:
                    assert post(mine, chat, f"message {number}").status_code == 200

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(talk, range(CLIENTS)))
    poll(lambda: all(rests(api, chat) for chat in chats), 30)
    assert status_of(api, held) == "running", "a chat that computes for a minute has held the others up"
    api.post(f"/chats/{held}/abort")
    wanted = [f"message {number}" for number in range(MESSAGES)]
    for kind, chat in zip(kinds, chats, strict=True):
        there = api.history(chat)
        assert texts([each for each in there if each["type"] == "user"]) == wanted
        said = texts([each for each in there if each["type"] == "assistant" and each["content"] != "done"])
        assert said == [f"You said {text}." for text in wanted], kind


def test_an_answer_never_comes_later_because_another_chat_computes(api, flows):
    held, quick = (api.chat(flows[name])["id"] for name in ("held", "echo"))
    post(api, held, "begin")
    times = []
    for number in range(50):
        began = time.monotonic()
        assert api.say(quick, f"message {number}")["status"] == "completed"
        times.append(time.monotonic() - began)
    assert status_of(api, held) == "running"
    assert sorted(times)[45] < 1
    api.delete(f"/chats/{held}")


# The same request again.


def test_fifty_identical_posts_at_once_are_one_message(shared, api, flows):
    chat = api.chat(flows["echo"])["id"]
    together = threading.Barrier(50)

    def send(_):
        with shared.api as mine:
            together.wait(30)
            return post(mine, chat, "only once", headers={"Idempotency-Key": "fifty"})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({(answer.json()["id"], answer.json()["seq"]) for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    poll(lambda: rests(api, chat))
    assert texts(api.history(chat)) == ["only once", "You said only once."]


def test_a_key_with_another_body_is_refused_and_nothing_is_stored(api, flows):
    chat, other = (api.chat(flows["echo"])["id"] for _ in range(2))
    key = {"Idempotency-Key": "one-body"}
    assert post(api, chat, "first", headers=key).status_code == 200
    for place, text in ((chat, "second"), (other, "first")):
        refused = post(api, place, text, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "REQUEST_ID_REUSED")
    poll(lambda: rests(api, chat))
    assert texts(api.history(chat)) == ["first", "You said first."]
    assert api.history(other) == []


# A turn that is no longer wanted.


def test_an_aborted_turn_leaves_nothing_behind(api, flows):
    chat = api.chat(flows["brief"])["id"]
    for text in ("first", "queued"):
        assert post(api, chat, text).status_code == 200
    assert api.post(f"/chats/{chat}/abort").json()["status"] == "ready"
    seq = api.get(f"/chats/{chat}").json()["last_seq"]
    # The next turn ends after the aborted one would have.
    assert api.say(chat, "third")["status"] == "completed"
    assert texts(api.history(chat)) == ["first", "queued", "third", "done"]
    assert texts(api.history(chat, after=seq)) == ["third", "done"]


def test_a_deleted_chat_answers_its_waiting_sender_and_never_comes_back(shared, api, flows):
    chat = api.chat(flows["brief"])["id"]
    with shared.api as other, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(post, other, chat, "begin", params={"wait": 20})
        poll(lambda: status_of(api, chat) == "running")
        began = time.monotonic()
        assert api.delete(f"/chats/{chat}").status_code == 204
        assert waiting.result(10).status_code == 404
        assert time.monotonic() - began < 3
    poll(lambda: time.monotonic() - began > 1.3)
    assert api.get(f"/chats/{chat}").status_code == 404


def test_messages_and_aborts_that_meet_leave_a_chat_that_still_answers(shared, api, flows):
    chats = [api.chat(flows["echo"])["id"] for _ in range(4)]
    with shared.server.channel() as channel:
        stub = chat_pb2_grpc.ChatServiceStub(channel)
        calls = []
        for number in range(100):
            for chat in chats:
                ref = chat_pb2.ChatRef(id=chat)
                send = chat_pb2.SendMessageRequest(chat=ref, author=chat_pb2.AUTHOR_USER, text=f"{number}")
                more = {"metadata": shared.server.metadata, "timeout": 20}
                calls.append(stub.SendMessage.future(send, **more))
                calls.append(stub.AbortChat.future(chat_pb2.AbortChatRequest(chat=ref), **more))
        assert {call.code() for call in calls} == {grpc.StatusCode.OK}
    for chat in chats:
        api.post(f"/chats/{chat}/abort")
        assert api.say(chat, "still there?", wait=5)["status"] == "completed", (
            "the chat takes no turns any more"
        )
        assert texts(api.history(chat))[-2:] == ["still there?", "You said still there?."]


# The queue.


def test_a_hundred_messages_queue_behind_the_one_that_computes_and_the_next_is_refused(api, flows):
    chat = api.chat(flows["held"])["id"]
    for number in range(101):
        assert post(api, chat, f"message {number}").status_code == 200
    refused = post(api, chat, "one too many")
    assert (refused.status_code, refused.json()["code"]) == (429, "CHAT_QUEUE_FULL")
    assert int(refused.headers["Retry-After"]) > 0
    assert api.get(f"/chats/{chat}").json()["queued"] == 100
    assert texts(api.history(chat))[-1] == "message 100"
    assert api.post(f"/chats/{chat}/abort").json()["queued"] == 0
    assert post(api, chat, "there is room again").status_code == 200
    api.delete(f"/chats/{chat}")
