"""What falls due is done once, whatever happened to the server meanwhile."""

import time

import pytest

from tests.reliability.load import poll
from tests.support.flowgen_chats import ask, say, status_of, texts

pytestmark = pytest.mark.timeout(60)

SLEEPER = {
    "name": "Sleeper",
    "actions": [say("Good night."), {"type": "sleep", "option": {"duration": 3000}}, say("Good morning.")],
}
FORGETFUL = {
    "name": "Forgetful",
    "actions": [
        {
            "type": "ask",
            "option": {
                "text": "Are you there?",
                "variable": "answer",
                "reminder": {"after_seconds": 2, "text": "Hello?"},
                "timeout_seconds": 4,
            },
        },
        say("Too late."),
    ],
}
SESSION = {"name": "Session", "session_timeout": 3, "actions": [ask("Are you there?", "answer")]}
AWAKE = ["begin", "Good night.", "Good morning."]
TIMED_OUT = ["begin", "Are you there?", "Hello?", "Too late."]


@pytest.mark.parametrize("ending", ["stopped", "killed"])
@pytest.mark.parametrize("down", [0, 5], ids=["due after the start", "due while the server is down"])
def test_timers_go_off_once_after_a_restart(life, ended, ending, down):
    flows = {name: life.server.create_flow(flow) for name, flow in FLOWS.items()}
    with life.api as api:
        chats = {name: api.chat(flow)["id"] for name, flow in flows.items()}
        for chat in chats.values():
            api.say(chat, "begin", wait=0)
        began = time.monotonic()
        poll(lambda: all(len(api.history(chat)) == 2 for chat in chats.values()))
    ended[ending](life.server)
    poll(lambda: time.monotonic() - began > down)
    life.again()
    with life.api as api:
        poll(lambda: all(status_of(api, chat) == "completed" for chat in chats.values()), 15)
        told = {name: texts(api.history(chat)) for name, chat in chats.items()}
        assert told["sleeper"] == AWAKE
        # Of a reminder and a time limit that are both over, as after a slow start, the limit counts.
        assert told["forgetful"] in (TIMED_OUT, [*TIMED_OUT[:2], TIMED_OUT[-1]])
        assert told["session"] == ["begin", "Are you there?"]
        # A second look at the clock has come and gone: nothing goes off twice.
        now = time.monotonic()
        poll(lambda: time.monotonic() - now > 1.2)
        assert {name: texts(api.history(chat)) for name, chat in chats.items()} == told


def test_a_timer_goes_off_while_a_turn_that_the_last_server_left_still_computes(life):
    slow = life.server.create_flow(
        {"name": "Slow", "actions": [{"type": "slow", "option": {"seconds": 60}}, say("At last.")]}
    )
    sleeper = life.server.create_flow(SLEEPER)
    with life.api as api:
        busy, asleep = api.chat(slow)["id"], api.chat(sleeper)["id"]
        for chat in (busy, asleep):
            api.say(chat, "begin", wait=0)
        poll(lambda: len(api.history(asleep)) == 2)
    life.server.kill()
    life.again()
    with life.api as api:
        poll(lambda: texts(api.history(asleep)) == AWAKE)
        assert status_of(api, busy) == "running"


FLOWS = {"sleeper": SLEEPER, "forgetful": FORGETFUL, "session": SESSION}
