"""What holds for any flow, whatever its jumps and loops."""

import asyncio
import time
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from flowgen_core.engine.advance import MOVES_PER_RUN, MOVES_PER_TURN, NESTING
from flowgen_core.model import documents, state
from flowgen_core.model.outcomes import WaitKind
from flowgen_core.model.run import Cursor, Frame, Pending
from flowgen_core.registry import load
from tests.support.stage import Stage, act

TYPES = load().action_types

# Cursors.

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
COUNTS = st.integers(0, 2**53)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
FRAMES = st.builds(
    Frame, TEXTS, TEXTS, COUNTS, st.dictionaries(st.integers(0, 999).map(str), COUNTS, max_size=3)
)
WAITS = st.builds(
    Pending,
    st.none() | st.sampled_from(WaitKind),
    TEXTS,
    COUNTS,
    TEXTS,
    TEXTS,
    st.none() | TIMES,
    JSON,
    st.integers(-1, 2**53),
)
CURSORS = st.builds(
    Cursor,
    st.lists(FRAMES, max_size=5).map(tuple),
    st.none() | WAITS,
    COUNTS,
    COUNTS,
    TEXTS,
    st.lists(TEXTS, max_size=20).map(tuple),
)


@given(CURSORS)
@settings(deadline=None)
def test_a_cursor_comes_back_from_json_as_it_was(cursor):
    text = state.to_json(cursor)
    assert state.from_json(text) == cursor
    assert state.to_json(state.from_json(text)) == text


# Flows of a few actions that lead to each other in every way.

IDS = [f"a{number}" for number in range(6)]
PLACES = st.sampled_from([*IDS, "", "nowhere"])
FLOWS = ["sub", "deep", "gone"]
VALUES = st.sampled_from(["", "1", "yes", "${x}", "${text_input}"])
ACTIONS = st.one_of(
    st.builds(lambda text: act("say", text=text), VALUES),
    st.builds(lambda key, value: act("variable_set", key=key, value=value), st.sampled_from("xy"), VALUES),
    st.builds(lambda target: act("goto", target_id=target), PLACES),
    st.builds(
        lambda target, count: act("goto", target_id=target, loop_count=count), PLACES, st.integers(0, 200)
    ),
    st.builds(
        lambda first, other: act("branch", variable="x", target_ids={"1": first}, default_target_id=other),
        PLACES,
        PLACES,
    ),
    st.builds(
        lambda value, target: act(
            "condition_variable",
            condition="==",
            variable="x",
            value_type="string",
            value_string=value,
            false_target_id=target,
        ),
        VALUES,
        PLACES,
    ),
    st.builds(lambda flow: act("fetch_flow", flow_id=flow), st.sampled_from(FLOWS)),
    st.builds(lambda milliseconds: act("sleep", duration=milliseconds), st.sampled_from([0, 5])),
    st.builds(
        lambda kind: act("ask", text="?", kind=kind, variable="x"), st.sampled_from(["text", "yes_no"])
    ),
    st.just(act("stop")),
    st.just(act("no_such_type")),
)


@st.composite
def lists_of_actions(draw):
    found = draw(st.lists(ACTIONS, max_size=len(IDS)))
    return [{**action, "id": draw(st.sampled_from(IDS)), "next_id": draw(PLACES)} for action in found]


STEP_TYPES = st.sampled_from(["INTENT", "ANYTHING", "SLOT", "UNKNOWN"])
STEPS = st.lists(
    st.builds(
        lambda id, type, contexts, query, actions: {
            "id": id,
            "type": type,
            "contexts": contexts,
            "intent": {"examples": [query]},
            "actions": actions,
        },
        st.sampled_from(["s1", "s2", "s3"]),
        STEP_TYPES,
        st.lists(st.sampled_from(["s1", "s2"]), max_size=1),
        st.sampled_from(["yes", "1"]),
        lists_of_actions(),
    ),
    max_size=3,
)
DOCUMENTS = st.fixed_dictionaries({"actions": lists_of_actions(), "steps": st.just([]) | STEPS})
SUBFLOWS = st.fixed_dictionaries(
    {id: st.fixed_dictionaries({"actions": lists_of_actions()}) for id in FLOWS[:2]}
)
INPUTS = st.lists(st.sampled_from(["yes", "1", "", "what?", "${x}"]), min_size=1, max_size=6)


async def happen(here: Stage, text: str) -> None:
    """Lets time pass until somebody may say something, and says it."""
    for _ in range(MOVES_PER_RUN):
        if here.pending is None or here.waits:
            break
        await timed(here, here.time_pass())
    await timed(here, here.hear(text))


async def timed(here: Stage, turn) -> None:
    before, began = here.cursor.moves if here.pending else 0, time.perf_counter()
    await turn
    assert time.perf_counter() - began < 1
    if here.pending:
        assert here.cursor.moves - before <= MOVES_PER_TURN
        assert here.cursor.main_moves <= MOVES_PER_RUN
        assert len(here.cursor.frames) <= NESTING + 1


async def play(document, flows, inputs) -> Stage:
    here = Stage(document, flows, TYPES)
    for text in inputs:
        await happen(here, text)
    return here


@given(DOCUMENTS, SUBFLOWS, INPUTS)
@settings(max_examples=150, deadline=None)
def test_every_flow_ends_or_waits_within_its_limits(document, flows, inputs):
    here = asyncio.run(play(document, flows, inputs))
    if here.ending is None:
        assert here.pending is not None or document["steps"]
    else:
        assert (here.ending.failure is not None) == (here.ending.state == "FAILED")


@given(DOCUMENTS, SUBFLOWS, INPUTS)
@settings(max_examples=60, deadline=None)
def test_the_same_inputs_give_the_same_moves_messages_and_state(document, flows, inputs):
    records = [asyncio.run(play(document, flows, inputs)).record() for _ in range(2)]
    assert records[0] == records[1]


@given(DOCUMENTS)
@settings(max_examples=60, deadline=None)
def test_a_document_comes_back_from_its_text_as_it_was(raw):
    document = documents.from_json(raw)
    assert documents.from_text(documents.to_text(document)) == document
