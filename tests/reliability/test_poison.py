"""A turn that ends the process does not do so for ever, and nobody else pays for it."""

from contextlib import suppress

import pytest

from tests.reliability.load import poll
from tests.support.flowgen_chats import ECHO, say, status_of, texts

pytestmark = pytest.mark.timeout(60)

ATTEMPTS = 4


@pytest.fixture
def switch(tmp_path):
    """A file; while it is there, the poison works."""
    path = tmp_path / "poison"
    path.touch()
    return path


@pytest.fixture
def poison(life, switch):
    exits = {"type": "exit", "option": {"path": str(switch)}}
    return life.server.create_flow({"name": "Poison", "actions": [say("Now."), exits, say("Survived.")]})


def dies(life):
    """Tells whether the present server dies of what it finds to do."""
    poll(lambda: life.server.process.poll() is not None, 5)


def start(life):
    """Starts a server on what the last one left. Tells whether it came up, and died of nothing."""
    try:
        life.again()
    except RuntimeError:
        return False
    return True


def test_a_turn_that_kills_the_process_is_tried_four_times_and_its_run_fails(life, poison):
    with life.api as api:
        bystander = api.chat(life.server.create_flow(ECHO))["id"]
        chat = api.chat(poison)["id"]
        api.say(bystander, "before")
        with suppress(Exception):
            api.say(chat, "begin", wait=0)
    deaths = 1
    poll(lambda: life.server.process.poll() is not None, 5)
    while True:
        if start(life):
            with life.api as api:
                settled = poll(lambda: _settled(life, api, chat), 10)
            if settled == "error":
                break
        deaths += 1
        assert deaths <= ATTEMPTS, "the turn is tried for ever"
    assert deaths == ATTEMPTS
    with life.api as api:
        failed = api.get(f"/chats/{chat}").json()
        assert failed["error"]["code"] == "INTERNAL"
        assert texts(api.history(chat)) == ["begin"]
        assert api.say(bystander, "after")["status"] == "completed"
        assert texts(api.history(bystander)) == ["before", "You said before.", "after", "You said after."]


def test_a_chat_whose_turn_was_given_up_is_usable_again(life, poison, switch):
    with life.api as api:
        chat = api.chat(poison)["id"]
        with suppress(Exception):
            api.say(chat, "begin", wait=0)
    for _ in range(ATTEMPTS - 1):
        poll(lambda: life.server.process.poll() is not None, 10)
        start(life)
    poll(lambda: life.server.process.poll() is not None, 10)
    switch.unlink()
    life.again()
    with life.api as api:
        poll(lambda: status_of(api, chat) == "error")
        assert api.say(chat, "again")["status"] == "completed"
        assert texts(api.history(chat)) == ["begin", "again", "Now.", "Survived."]


def _settled(life, api, chat):
    if life.server.process.poll() is not None:
        return "dead"
    with suppress(Exception):
        return "error" if status_of(api, chat) == "error" else None
    return None
