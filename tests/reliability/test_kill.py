"""A killed server loses nothing that it acknowledged and says nothing twice."""

import random
import shutil
import time

import pytest

from tests.reliability.history import History, check_file, conversed, echoed
from tests.reliability.load import Crowd, Grpc, Place, Rest, poll
from tests.support.flowgen_chats import ECHO, Api, ask, say
from tests.support.servers import folder, serve

KILLS = 30
REST, GRPC = 8, 4
CONVERSATION = {
    "name": "Conversation",
    "actions": [say("You said ${text_input}."), ask("More?", "more"), say("You also said ${more}.")],
}


@pytest.mark.timeout(400)
def test_thirty_kills_under_load_lose_no_acknowledged_message_and_double_no_answer():
    data, chance = folder(), random.Random(20240108)
    place, history = Place(), History()
    crowd = Crowd(place, history)
    server = serve(data, "--demo")
    try:
        with Api(server.http, server.api_key) as api:
            flows = [(server.create_flow(ECHO), echoed), (server.create_flow(CONVERSATION), conversed)]
            # Fewer chats than clients: some are written to by several, over REST and gRPC alike.
            expect = {api.chat(flow)["id"]: answers for flow, answers in flows * 5}
        chats = list(expect)
        place.open(server)
        for number in range(REST + GRPC):
            sender = Rest() if number < REST else Grpc()
            own = [chats[number % len(chats)], chats[(number * 3 + 1) % len(chats)]]
            crowd.add(f"client {number}", sender, own, wait=1)
        for _ in range(KILLS):
            end = time.monotonic() + chance.uniform(0.02, 0.45)
            poll(lambda end=end: time.monotonic() > end, every=0.005)
            place.close()
            server.kill()
            server = serve(data, "--demo")
            place.open(server)
        crowd.stop()
        with Api(server.http, server.api_key) as api:
            poll(lambda: all(_rests(api, chat) for chat in chats), 20, 0.1)
            there = {chat: _messages(api, chat) for chat in chats}
        assert server.stop() == 0
        assert history.check(there, expect) == []
        assert check_file(data) == []
        # The kills must have hit the moments that matter.
        assert len(history.sent) > KILLS * 10
        assert any(each.tries and each.ack.replayed for each in history.sent), (
            "none fell between commit and answer"
        )
    finally:
        server.__exit__(None, None, None)
        shutil.rmtree(data.parent, ignore_errors=True)


def _rests(api, chat):
    answer = api.get(f"/chats/{chat}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] != "error", answer.text
    return answer.json()["status"] != "running"


def _messages(api, chat):
    found, after = [], 0
    while page := api.history(chat, after=after, limit=1000):
        found += page
        after = page[-1]["seq"]
    return found
