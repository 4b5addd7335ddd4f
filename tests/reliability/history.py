"""What clients saw acknowledged, held against what the server has."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from flowgen_core.store.sqlite import FILE

# Gives what the bot must have said, in order, to what a person said.
Expect = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True)
class Ack:
    """A message that the server said it has."""

    chat_id: str
    text: str
    message_id: str
    seq: int
    replayed: bool = False


@dataclass(frozen=True)
class Sent:
    """An acknowledgement, and the tries that came before it."""

    client: str
    number: int
    ack: Ack
    tries: Sequence[Exception]


class History:
    """Collects what all clients saw."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: list[Sent] = []
        self.problems: list[str] = []

    def acknowledged(self, client: str, number: int, ack: Ack, tries: Sequence[Exception]) -> None:
        """Notes a message that a client knows to be stored."""
        with self._lock:
            self.sent.append(Sent(client, number, ack, tries))

    def note(self, problem: str) -> None:
        """Notes what a client could not make sense of."""
        with self._lock:
            self.problems.append(problem)

    def check(
        self, chats: Mapping[str, Sequence[Mapping[str, Any]]], expect: Mapping[str, Expect]
    ) -> list[str]:
        """Names everything that is wrong in the messages that the server has, by chat."""
        sent = defaultdict(list)
        for each in self.sent:
            sent[each.ack.chat_id].append(each)
        found = [
            problem for chat, there in chats.items() for problem in _check(sent[chat], there, expect[chat])
        ]
        return self.problems + found


def _check(sent: Sequence[Sent], there: Sequence[Mapping[str, Any]], expect: Expect) -> Iterator[str]:
    people = [message for message in there if message["type"] == "user"]
    bot = [message["content"] for message in there if message["type"] == "assistant"]
    kept = {message["id"]: (message["content"], message["seq"]) for message in people}
    for each in sent:
        if kept.get(each.ack.message_id) != (each.ack.text, each.ack.seq):
            yield f"lost, or not as acknowledged: {each}"
    counted = Counter(message["content"] for message in people)
    yield from (f"stored {count} times: {text}" for text, count in counted.items() if count > 1)
    unknown = counted.keys() - {each.ack.text for each in sent}
    yield from (f"stored, but never acknowledged: {text}" for text in unknown)
    seqs = [message["seq"] for message in there]
    if seqs != sorted(set(seqs)):
        yield f"numbers do not grow: {seqs}"
    yield from _out_of_order(sent)
    wanted = expect([message["content"] for message in people])
    if bot != wanted:
        at = next((at for at, pair in enumerate(zip(bot, wanted, strict=False)) if pair[0] != pair[1]), -1)
        yield f"the bot said {len(bot)} of {len(wanted)}, wrong from {at}: {bot[at:][:3]} for {wanted[at:][:3]}"


def _out_of_order(sent: Sequence[Sent]) -> Iterator[str]:
    by_client = defaultdict(list)
    for each in sent:
        by_client[each.client].append(each)
    for client, own in by_client.items():
        numbers = [each.number for each in sorted(own, key=lambda each: each.ack.seq)]
        if numbers != sorted(numbers):
            yield f"out of order for {client}: {numbers}"


def check_file(folder: Path) -> list[str]:
    """Names everything that is wrong in the file of a server that has ended."""
    # The driver that the server uses: another SQLite in this process would break the file's locks.
    connection = apsw.Connection(str(folder / FILE))
    try:
        said = connection.execute("PRAGMA integrity_check").fetchall()
        problems = [] if said == [("ok",)] else [f"integrity_check: {said}"]
        streams = connection.execute(
            "SELECT stream, MIN(seq), MAX(seq), COUNT(*), COUNT(DISTINCT seq) FROM events GROUP BY stream"
        )
        for stream, first, last, count, distinct in streams:
            if not (first == 1 and last == count == distinct):
                problems.append(f"gaps in {stream}: {first}…{last}, {count} events, {distinct} numbers")
        behind = connection.execute(
            "SELECT chats.id, last_seq, MAX(seq) FROM chats JOIN events ON stream = 'chat/' || chats.id"
            " GROUP BY chats.id HAVING last_seq != MAX(seq)"
        ).fetchall()
        return problems + [f"chat and events differ: {row}" for row in behind]
    finally:
        connection.close()


def echoed(texts: Sequence[str]) -> list[str]:
    """What a flow of one `say` answers."""
    return [f"You said {text}." for text in texts]


def conversed(texts: Sequence[str]) -> list[str]:
    """What a flow answers that says, asks, and says something else to the answer."""
    said = []
    for number, text in enumerate(texts):
        said += [f"You also said {text}."] if number % 2 else [f"You said {text}.", "More?"]
    return said
