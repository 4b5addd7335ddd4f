"""Every rpc under hostile requests: each is answered in the contract's words, and the server lives on."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from tests.support import fuzzdata
from tests.support.rpcs import RPCS, FieldPath, Told, fields_of, message_of, name_of, put
from tests.support.servers import Server, folder, serve
from tests.support.world import World

# What may refuse a request: the caller's fault, never ours.
FAIR = {
    "OK", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION", "ABORTED",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
}  # fmt: skip
INTERNALS = (
    "Traceback",
    'File "',
    "Error:",
    "Exception",
    "apsw",
    "sqlite",
    "SQL",
    "peewee",
    "pydantic",
    "0x7f",
)
# No call may hold the server for longer, here where two processors are busy with other tests.
SLOWEST = 3.0
MOST_MEMORY = 300 * 1024 * 1024
MANY = 40_000


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    # A server of its own, for others count what there is; its key is an operator's, so that no rpc is out of reach.
    data = folder()
    with serve(data) as server:
        yield World(server)
    shutil.rmtree(data.parent, ignore_errors=True)


def memory(server: Server) -> int:
    """The bytes that a server holds."""
    assert server.process is not None
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(server.process.pid)])) * 1024


def values_for(path: FieldPath) -> Iterator[tuple[str, Any]]:
    """Hostile values for a field, with their names."""
    field = path[-1]
    if field.is_repeated:
        yield from _lists(path)
    elif field.message_type is None:
        yield from _scalars(path)
    elif field.message_type.full_name == "google.protobuf.Timestamp":
        for seconds, nanos in fuzzdata.TIMES:
            yield f"{seconds}s{nanos}n", Timestamp(seconds=seconds, nanos=nanos)
    elif field.message_type.full_name == "google.protobuf.Duration":
        for seconds, nanos in fuzzdata.TIMES:
            yield f"{seconds}s{nanos}n", Duration(seconds=seconds, nanos=nanos)
    elif field.message_type.full_name == "google.protobuf.FieldMask":
        for name, text in fuzzdata.TEXTS.items():
            yield name, FieldMask(paths=[text])
        yield "many", FieldMask(paths=["name"] * MANY)
        for name in ("*", "id", "flow.name", "actions.0.option", "create_time", "etag", "name,name"):
            yield name, FieldMask(paths=[name])
    else:
        yield "empty_message", message_of(field.message_type)


def _scalars(path: FieldPath) -> Iterator[tuple[str, Any]]:
    field = path[-1]
    kinds: dict[int, list[Any]] = {
        field.CPPTYPE_INT32: fuzzdata.INTS_32,
        field.CPPTYPE_INT64: fuzzdata.INTS_64,
        field.CPPTYPE_ENUM: fuzzdata.ENUMS,
        field.CPPTYPE_DOUBLE: fuzzdata.DOUBLES,
        field.CPPTYPE_BOOL: [True, False],
    }
    if field.cpp_type != field.CPPTYPE_STRING:
        yield from ((str(value), value) for value in kinds[field.cpp_type])
        return
    yield from fuzzdata.TEXTS.items()
    if field.name.endswith("_json"):
        yield from fuzzdata.JSON_TEXTS.items()


def _lists(path: FieldPath) -> Iterator[tuple[str, Any]]:
    field = path[-1]
    if field.message_type is not None:
        yield "many", [message_of(field.message_type)] * MANY
        return
    values = list(_scalars(path)) if field.cpp_type != field.CPPTYPE_STRING else list(fuzzdata.TEXTS.items())
    yield from ((name, [value]) for name, value in values)
    yield "all", [value for name, value in values if not name.startswith("long")]
    yield "many", [values[1][1]] * MANY


def complaint(told: Told, seconds: float) -> str:
    """What is wrong with an answer; empty when it is one that the contract knows."""
    if told.code not in FAIR:
        return f"{told.code}: {told.text[:200]}"
    if seconds > SLOWEST:
        return f"took {seconds:.1f} s"
    if told.code == "OK":
        return ""
    words = f"{told.text} {told.facts} {told.violations}"
    if any(internal in words for internal in INTERNALS):
        return f"tells of the inside: {words[:300]}"
    if told.code == "RESOURCE_EXHAUSTED" and "larger than max" in told.text:
        return ""  # gRPC itself refused the size before we saw the request
    if not told.reason or not dict(told.trailing).get("x-request-id"):
        return f"{told.code} without reason or request id: {told.text[:200]}"
    return ""


def judge(world: World, name: str, request: Message | bytes) -> str:
    started = time.monotonic()
    told = world.call(name, request)
    return complaint(told, time.monotonic() - started)


def assert_alive(world: World) -> None:
    told = world.call("SendMessage", world.request("SendMessage"))
    assert told.code == "OK" and told.answer.complete, told
    assert world.server.process is not None and world.server.process.poll() is None
    assert memory(world.server) < MOST_MEMORY


@pytest.mark.parametrize("name", RPCS)
def test_hostile_values_in_every_field_are_answered_in_the_contracts_words(world: World, name: str) -> None:
    wrong = []
    for path in fields_of(RPCS[name].input_type):
        for label, value in values_for(path):
            request = world.request(name)
            put(request, path, value)
            found = judge(world, name, request)
            wrong += [f"{name_of(path)} = {label}: {found}"] if found else []
    assert not wrong, "\n".join(wrong[:30])
    assert_alive(world)


@pytest.mark.parametrize("name", RPCS)
def test_bytes_that_are_no_message_are_refused(world: World, name: str) -> None:
    wrong = {label: judge(world, name, raw) for label, raw in fuzzdata.WIRE_GARBAGE.items()}
    assert not any(wrong.values()), wrong
    assert_alive(world)
