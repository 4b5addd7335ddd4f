"""Chats, messages, their events, inputs, and the purge of it all."""

import asyncio
from dataclasses import replace

import pytest

from flowgen_core.model.chat import Author, ChatState, Failure
from flowgen_core.store import chats, inputs, messages, runs
from flowgen_core.store.paging import Page
from flowgen_core.store.purge import page_of_chat
from flowgen_core.store.streams import Ledger, events_after
from tests.support.rows import NOW, ODD, at, chat, item, message, move, refused, run

EVERYTHING = Page()


async def stored(store, *made):
    for one in made:
        await store.write(lambda tx, one=one: chats.insert(tx, one))
    return made[0]


def get(store, chat_id="c1", project_id=None):
    return store.read(lambda tx: chats.get(tx, chat_id, project_id))


async def say(store, *said, **changes):
    """Adds messages, and changes of the chat, in one transaction."""

    def write(tx):
        ledger = Ledger(chats.get(tx, "c1"), at(5))
        numbered = [ledger.add(one) for one in said]
        if changes:
            ledger.change(**changes)
        return numbered, ledger.save(tx)

    return await store.write(write)


# Chats.


async def test_a_chat_is_read_as_it_was_written(store):
    full = chat(
        name=ODD,
        state=ChatState.FAILED,
        metadata='{"b":7.0,"a":1}',
        variables='{"x":null}',
        prompt=ODD,
        prompt_sender="Critic",
        failure=Failure("INTERNAL", ODD, "a1"),
        queued=3,
        last_seq=2**40,
        run_id="r1",
        activity_time=at(9),
    )
    await stored(store, full)
    assert await get(store) == full


async def test_a_chat_is_of_one_project(store):
    await stored(store, chat())
    assert await get(store, project_id="p1") is not None
    assert await get(store, project_id="p2") is None
    assert await get(store, "c9") is None


async def test_a_saved_chat_keeps_what_never_changes(store):
    await stored(store, chat())
    changed = chat(
        state=ChatState.WAITING, prompt="Name?", floor=4, taken=2, dealt=1, last_input=3, update_time=at(3)
    )
    wild = chat(**{name: getattr(changed, name) for name in ("state", "prompt", "floor", "taken", "dealt")},
        last_input=3, update_time=at(3), name="Other", flow_id="f9", create_time=at(9))  # fmt: skip
    await store.write(lambda tx: chats.save(tx, wild))
    assert await get(store) == changed


async def test_a_deleted_chat_is_hidden(store):
    await stored(store, chat())
    await store.write(lambda tx: chats.save(tx, chat(delete_time=at(1))))
    assert await get(store) is None
    assert (await store.read(lambda tx: chats.select_page(tx, "p1", Page()))).rows == ()


async def test_chats_are_listed_newest_first_or_by_activity(store):
    first, second, third = (
        chat(f"c{n}", create_time=at(n), activity_time=at(-n), flow_id=f"f{n}") for n in range(3)
    )
    await stored(store, first, second, third, chat("other", "p2"))

    async def listed(**options):
        return [
            one.id
            for one in (await store.read(lambda tx: chats.select_page(tx, "p1", Page(), **options))).rows
        ]

    assert await listed() == ["c2", "c1", "c0"]
    assert await listed(by_activity=True) == ["c0", "c1", "c2"]
    assert await listed(flow_id="f1") == ["c1"]


async def test_chats_are_listed_by_state_and_paged(store):
    states = [ChatState.READY, ChatState.WAITING, ChatState.FAILED]
    await stored(store, *(chat(f"c{n}", state=states[n % 3], create_time=at(n)) for n in range(9)))
    wanted = (ChatState.WAITING, ChatState.FAILED)
    found, token = [], ""
    while True:
        page = await store.read(
            lambda tx, token=token: chats.select_page(
                tx, "p1", Page.of(4, token), states=wanted, with_total=True
            )
        )
        found += [one.id for one in page.rows]
        token = page.next_token
        assert page.total == 6
        if not token:
            break
    assert found == ["c8", "c7", "c5", "c4", "c2", "c1"]


# The ledger.


async def test_messages_and_events_are_numbered_without_gaps(store):
    await stored(store, chat())
    (first,), now = await say(store, message("m1"))
    assert (first.seq, first.entry, now.last_seq, now.last_entry) == (1, 1, 1, 1)
    (second, third), now = await say(store, message("m2"), message("m3"), state=ChatState.WAITING)
    assert [(one.seq, one.entry) for one in (second, third)] == [(2, 2), (3, 3)]
    assert (now.last_seq, now.last_entry, now.state) == (4, 3, ChatState.WAITING)
    assert await get(store) == now


async def test_events_tell_what_happened_in_order(store):
    await stored(store, chat())
    await say(store, message("m1", ODD))
    await say(store, message("m2"), state=ChatState.WAITING, prompt="Name?")
    events = await store.read(lambda tx: events_after(tx, "c1", 0, 100))
    assert [(event.seq, event.type) for event in events] == [
        (1, "message.created"),
        (2, "message.created"),
        (3, "chat.state_changed"),
    ]
    assert [event.message.text if event.message else "" for event in events] == [ODD, "Hello", ""]
    assert (events[2].chat.state, events[2].chat.prompt, events[2].chat.last_seq) == (
        ChatState.WAITING,
        "Name?",
        3,
    )
    assert all(event.create_time == at(5) for event in events)


async def test_events_are_read_after_a_number_and_at_most_so_many(store):
    await stored(store, chat())
    await say(store, *(message(f"m{n}") for n in range(5)))
    read = await store.read(lambda tx: events_after(tx, "c1", 1, 2))
    assert [event.message.id for event in read] == ["m1", "m2"]
    assert await store.read(lambda tx: events_after(tx, "c1", 5, 2)) == []
    assert await store.read(lambda tx: events_after(tx, "c9", 0, 2)) == []


async def test_an_event_keeps_the_chat_as_it_was_then(store):
    await stored(store, chat())
    await say(store, state=ChatState.RUNNING)
    await say(store, state=ChatState.COMPLETED, variables='{"x":1}')
    told = await store.read(lambda tx: events_after(tx, "c1", 0, 10))
    assert [event.chat.state for event in told] == [ChatState.RUNNING, ChatState.COMPLETED]
    assert told[0].chat.variables == "{}"


async def test_a_change_that_nobody_sees_is_no_event(store):
    await stored(store, chat())
    _, now = await say(store, taken=3, variables='{"x":1}')
    assert (now.last_seq, now.variables, now.activity_time) == (0, '{"x":1}', at(5))


async def test_a_transaction_that_fails_leaves_no_hole(store):
    await stored(store, chat())

    def break_off(tx):
        ledger = Ledger(chats.get(tx, "c1"), NOW)
        ledger.add(message("lost"))
        ledger.save(tx)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.write(break_off)
    (said,), _ = await say(store, message("m1"))
    assert said.seq == 1
    assert await store.read(lambda tx: messages.get(tx, "lost")) is None


async def test_writers_at_the_same_time_get_numbers_of_their_own(store):
    await stored(store, chat())
    await asyncio.gather(*(say(store, message(f"m{n}")) for n in range(40)))
    told = await store.read(lambda tx: events_after(tx, "c1", 0, 100))
    assert [event.seq for event in told] == list(range(1, 41))
    assert (await get(store)).last_seq == 40


# Messages.


async def test_a_message_is_read_as_it_was_written(store):
    await stored(store, chat())
    full = message(
        "m1",
        ODD,
        author=Author.MODERATOR,
        sender="Ann",
        receiver="Writer",
        run_id="r1",
        internal=True,
        fallback=ODD,
        responses='[{"type":"card","payload":{"n":7.0}}]',
        profile='{"a":1}',
        metadata='{"b":[]}',
        origin='{"reply_to":"m0"}',
        input=0,
    )
    (numbered,), _ = await say(store, full)
    assert await store.read(lambda tx: messages.get(tx, "m1")) == numbered
    assert await store.read(lambda tx: messages.get(tx, "m9")) is None


@pytest.fixture
async def spoken(store):
    """Seven messages, numbered 1 to 7: m1 and m4 are the user's, m3 and m6 internal."""
    await stored(store, chat(), chat("c2"))
    said = [
        message(
            f"m{n}",
            author=Author.USER if n in (1, 4) else Author.BOT,
            internal=n in (3, 6),
            run_id="r1" if n < 5 else "r2",
        )
        for n in range(1, 8)
    ]
    await say(store, *said)
    return store


async def listed(store, page=EVERYTHING, **window):
    found = await store.read(lambda tx: messages.select_page(tx, "c1", page, **window))
    return " ".join(one.id[1:] for one in found.rows), found


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({}, "7 6 5 4 3 2 1"),
        ({"after_seq": 0}, "1 2 3 4 5 6 7"),
        ({"after_seq": 5}, "6 7"),
        ({"after_seq": 7}, ""),
        ({"before_seq": 3}, "2 1"),
        ({"before_seq": 0}, ""),
        ({"after_seq": 2, "before_seq": 6}, "3 4 5"),
        ({"first_entry": 5}, "7 6 5"),
        ({"last_entry": 2}, "2 1"),
        ({"without_internal": True}, "7 5 4 2 1"),
        ({"without_internal": True, "after_seq": 2}, "4 5 7"),
    ],
)
async def test_messages_are_read_by_window(spoken, window, expected):
    assert (await listed(spoken, **window))[0] == expected


@pytest.mark.parametrize("window", [{}, {"after_seq": 0}])
async def test_messages_are_paged_both_ways(spoken, window):
    everything, _ = await listed(spoken, **window)
    found, token = [], ""
    while True:
        ids, page = await listed(spoken, Page.of(3, token), with_total=True, **window)
        found.append(ids)
        token = page.next_token
        assert page.total == 7
        if not token:
            break
    assert " ".join(found) == everything


async def test_replies_are_what_the_bot_said_since(spoken):
    asked = message("m1", seq=1, input=0)
    replies = await spoken.read(lambda tx: messages.replies(tx, asked, 3))
    assert [one.id for one in replies] == ["m2", "m3", "m5"]
    assert await spoken.read(lambda tx: messages.replies(tx, replace(asked, input=7), 3)) == []
    assert await spoken.read(lambda tx: messages.replies(tx, replace(asked, chat_id="c2"), 3)) == []


async def test_the_last_messages_are_read_oldest_first(spoken):
    assert [one.id for one in await spoken.read(lambda tx: messages.last(tx, "c1", 3))] == ["m5", "m6", "m7"]
    assert await spoken.read(lambda tx: messages.last(tx, "c1", 0)) == []


# Inputs.


async def test_inputs_are_taken_in_order_and_dropped(store):
    await stored(store, chat(), chat("c2"))
    (said,), _ = await say(store, message("m1", input=1, author=Author.USER))
    queue = [item(1, said), item(2, data={"name": "GO", "params": {"x": [1, None, ODD]}}), item(3)]
    for one in [*queue, item(1, chat_id="c2")]:
        await store.write(lambda tx, one=one: inputs.insert(tx, one))
    assert await store.read(lambda tx: inputs.first(tx, "c1", 0)) == queue[0]
    assert await store.read(lambda tx: inputs.first(tx, "c1", 1)) == queue[1]
    await store.write(lambda tx: inputs.drop(tx, "c1", 2))
    assert await store.read(lambda tx: inputs.first(tx, "c1", 0)) == queue[2]
    await store.write(lambda tx: inputs.drop(tx, "c1", 99))
    assert await store.read(lambda tx: inputs.first(tx, "c1", 0)) is None
    assert await store.read(lambda tx: inputs.first(tx, "c2", 0)) is not None


async def test_a_number_is_queued_once(store):
    await stored(store, chat())
    await store.write(lambda tx: inputs.insert(tx, item(1)))
    with refused():
        await store.write(lambda tx: inputs.insert(tx, item(1)))


# The purge.


async def test_a_deleted_chat_is_purged_page_by_page_and_others_stay(store):
    await stored(store, chat(), chat("c2"))
    for page in range(3):
        await say(store, *(message(f"m{page}-{n}") for n in range(300)))
    await store.write(lambda tx: messages.insert_all(tx, [message("keep", chat_id="c2", seq=1)]))
    await store.write(lambda tx: runs.insert(tx, run()))
    await store.write(lambda tx: runs.save_moves(tx, [move(n) for n in range(1, 4)]))
    await store.write(lambda tx: inputs.insert(tx, item(1)))
    await store.write(lambda tx: chats.save(tx, chat(delete_time=at(1))))
    pages = 0
    while await store.write(lambda tx: page_of_chat(tx, "c1")):
        pages += 1
    assert 4 <= pages <= 10

    def left(tx):
        tables = ("chats", "messages", "events", "runs", "moves", "inputs")
        return {table: len(tx.all(f"SELECT * FROM {table}")) for table in tables}

    assert await store.read(left) == {
        "chats": 1, "messages": 1, "events": 0, "runs": 0, "moves": 0, "inputs": 0,
    }  # fmt: skip
