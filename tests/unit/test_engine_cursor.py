"""Which action is next: order, `next_id`, jumps, calls, and where it all ends."""

import pytest

from flowgen_core.engine import advance as engine
from flowgen_core.model import state
from flowgen_core.model.flow import NIL_ID, Action, Document, Step
from flowgen_core.model.outcomes import Jump
from flowgen_core.model.run import Cursor, Frame, Pending


def flow(*ids: str, steps: tuple[Step, ...] = ()) -> Document:
    """A flow of actions, each `id` or `id>next_id`."""
    parts = [(id, "", "") if ">" not in id else id.partition(">") for id in ids]
    return Document(
        actions=tuple(Action(id, "any", next_id=next_id) for id, _, next_id in parts), steps=steps
    )


class Walk:
    """Goes through documents by decisions of the engine; `at` is the id of the action that is run now."""

    def __init__(self, **documents: Document) -> None:
        self.documents = documents
        self.cursor = engine.start("main")
        self.turn_moves = 0
        self.decision: engine.Decision = engine.Rest(self.cursor)

    @property
    def at(self) -> str:
        return self.decision.action.id if isinstance(self.decision, engine.Act) else ""

    @property
    def depth(self) -> int:
        return len(self.cursor.frames)

    def advance(self) -> "Walk":
        self.decision = engine.advance(self.cursor, self.documents, self.turn_moves)
        self.cursor = self.decision.cursor
        self.turn_moves += isinstance(self.decision, engine.Act)
        return self

    def next(self) -> "Walk":
        self.cursor = engine.go_on(self.cursor, self.documents)
        return self.advance()

    def jump(self, target: str, limit: int | None = None, *, optional: bool = False) -> "Walk":
        return self._go(engine.jump(self.cursor, self.documents, Jump(target, limit, optional)))

    def call(self, document_id: str) -> "Walk":
        return self._go(engine.call(self.cursor, self.documents, document_id))

    def rest(self) -> list[str]:
        """Goes on until nothing is left and gives the ids on the way."""
        seen = []
        while self.at:
            seen.append(self.at)
            self.next()
        return seen

    def _go(self, target: Cursor | engine.Fail) -> "Walk":
        if isinstance(target, engine.Fail):
            self.decision = target
            return self
        self.cursor = target
        return self.advance()


def walk(*ids: str, **others: Document) -> Walk:
    return Walk(main=flow(*ids), **others).advance()


def failure(here: Walk) -> str:
    return here.decision.reason if isinstance(here.decision, engine.Fail) else ""


# Order and `next_id`.


def test_actions_run_in_order_and_then_nothing_is_left():
    assert walk("a", "b", "c").rest() == ["a", "b", "c"]


def test_a_flow_without_actions_rests_at_once():
    assert isinstance(walk().decision, engine.Rest)


def test_next_id_goes_forwards_past_what_lies_between():
    assert walk("a>c", "b", "c").rest() == ["a", "c"]


def test_next_id_goes_backwards_too():
    here = walk("a", "b>a").next().next()
    assert here.at == "a"


@pytest.mark.parametrize("absent", ["", NIL_ID])
def test_an_empty_or_nil_next_id_is_none(absent):
    assert walk(f"a>{absent}", "b").rest() == ["a", "b"]


def test_an_unknown_next_id_ends_the_run_instead_of_going_on():
    here = walk("a>nowhere", "b").next()
    assert isinstance(here.decision, engine.Rest)
    assert here.cursor.frames == ()


def test_every_arrival_counts_as_a_move():
    here = walk("a", "b").next()
    assert (here.cursor.moves, here.cursor.main_moves) == (2, 2)
    assert here.next().cursor.moves == 2


def test_to_decide_again_decides_the_same():
    documents = {"main": flow("a>c", "b", "c")}
    decisions = [engine.advance(engine.start("main"), documents, 0) for _ in range(2)]
    assert decisions[0] == decisions[1]


# Jumps.


def test_a_jump_goes_to_the_action_of_that_id():
    assert walk("a", "b", "c").jump("c").at == "c"
    assert walk("a", "b", "c").jump("a").at == "a"


def test_a_jump_to_an_unknown_action_fails_the_run():
    here = walk("a", "b").jump("nowhere")
    assert failure(here) == "TARGET_NOT_FOUND"


def test_an_optional_jump_to_an_unknown_action_goes_on():
    assert walk("a", "b").jump("nowhere", optional=True).at == "b"
    assert walk("a>c", "b", "c").jump("nowhere", optional=True).at == "c"


def test_a_jump_and_a_next_id_go_to_the_first_of_two_actions_with_one_id():
    here = Walk(main=Document(actions=(Action("a", "any"), Action("b", "1"), Action("b", "2")))).advance()
    here.jump("b")
    assert (here.at, here.cursor.frames[-1].index) == ("b", 1)


def test_order_goes_by_position_where_ids_are_doubled():
    here = walk("a", "b", "b", "c")
    assert here.rest() == ["a", "b", "b", "c"]


def test_a_limited_jump_is_made_so_many_times_and_then_goes_on():
    here = walk("a", "back", "c")
    seen = []
    while here.at:
        seen.append(here.at)
        here = here.jump("a", 2) if here.at == "back" else here.next()
    assert seen == ["a", "back", "a", "back", "a", "back", "c"]


def test_two_limited_jumps_count_apart():
    here = walk("a", "b", "c").jump("a", 1).next().jump("a", 1)
    assert here.at == "a"
    assert here.cursor.frames[-1].jumps == {"0": 1, "1": 1}


def test_a_used_up_jump_to_an_unknown_action_goes_on():
    here = walk("a", "b")
    assert failure(walk("a", "b").jump("nowhere", 1)) == "TARGET_NOT_FOUND"
    assert here.jump("nowhere", 0).at == "b"


# Calls.


def test_a_call_runs_the_other_flow_and_comes_back():
    here = walk("a", "b", sub=flow("x", "y"))
    assert [here.at, *here.call("sub").rest()] == ["a", "x", "y", "b"]


def test_after_a_call_the_next_id_of_the_calling_action_counts():
    here = walk("a>c", "b", "c", sub=flow("x"))
    assert here.call("sub").rest() == ["x", "c"]


def test_a_call_of_a_flow_without_actions_goes_on():
    here = walk("a", "b", sub=flow()).call("sub")
    assert (here.at, here.depth) == ("b", 1)


def test_an_unknown_next_id_ends_the_whole_run_from_a_called_flow_too():
    here = walk("a", "b", sub=flow("x>nowhere", "y")).call("sub").next()
    assert isinstance(here.decision, engine.Rest)


def test_next_id_is_looked_up_in_the_calling_flow_after_the_called_one():
    here = walk("a", "b", "c", sub=flow("x>c")).call("sub").next()
    assert (here.at, here.depth) == ("c", 1)


def test_a_jump_prefers_the_called_flow_to_the_calling_one():
    here = walk("a", "b", sub=flow("x", "b")).call("sub").jump("b")
    assert (here.at, here.depth) == ("b", 2)


def test_a_jump_outwards_leaves_the_called_flows_behind():
    documents = {"sub": flow("x"), "deeper": flow("p")}
    here = walk("a", "b", "c", **documents).call("sub").call("deeper").jump("c")
    assert (here.at, here.depth) == ("c", 1)
    assert isinstance(here.next().decision, engine.Rest)


def test_a_jump_never_goes_into_a_flow_that_was_called_before():
    here = walk("a", "b", sub=flow("x")).call("sub").next().jump("x")
    assert failure(here) == "TARGET_NOT_FOUND"


def test_a_flow_that_is_called_again_counts_its_jumps_anew():
    here = walk("a", "b>a", sub=flow("x", "again", "z")).call("sub").next().jump("x", 1).next().jump("x", 1)
    assert here.at == "z"
    here.next().next()
    assert here.at == "a"
    assert here.call("sub").next().jump("x", 1).at == "x"


def test_a_hundred_calls_go_into_each_other_and_no_more():
    here = walk("a", sub=flow("x", "y"))
    for _ in range(engine.NESTING):
        here.turn_moves = 0
        here.call("sub")
    assert (here.at, here.depth) == ("x", engine.NESTING + 1)
    assert failure(here.call("sub")) == "NESTING_LIMIT"


def test_calls_at_the_end_of_a_flow_all_come_back():
    here = walk("a", "b", sub=flow("x"), deeper=flow("p"))
    assert here.call("sub").call("deeper").next().at == "b"


# Limits.


def test_a_turn_makes_a_hundred_moves_and_no_more():
    here = walk("a", "b>a")
    while here.at:
        here.next()
    assert failure(here) == "EXECUTION_LIMIT"
    assert here.cursor.moves == engine.MOVES_PER_TURN


def test_a_run_makes_a_thousand_moves_over_many_turns_and_no_more():
    here = walk("a", "b>a")
    while here.at:
        here.turn_moves = 0
        here.next()
    assert failure(here) == "EXECUTION_LIMIT"
    assert here.cursor.moves == engine.MOVES_PER_RUN


def test_a_run_that_has_reached_its_end_is_not_over_a_limit():
    here = walk(*(f"a{number}" for number in range(engine.MOVES_PER_TURN)))
    while here.at:
        here.next()
    assert isinstance(here.decision, engine.Rest)


def test_moves_in_steps_do_not_count_for_the_run():
    document = flow(steps=(Step("s", "INTENT", actions=(Action("a", "any"),)),))
    cursor = Cursor((), moves=5000, main_moves=engine.MOVES_PER_RUN)
    here = Walk(main=document)
    here.cursor = engine.enter_step(cursor, "main", "s")
    assert here.advance().at == "a"
    assert here.cursor.main_moves == engine.MOVES_PER_RUN


# Steps.


def test_a_step_runs_its_own_actions_and_knows_no_others():
    step = Step("s", "INTENT", actions=(Action("x", "any"), Action("y", "any")))
    here = Walk(main=flow("a", steps=(step,)))
    here.cursor = engine.enter_step(here.cursor, "main", "s")
    assert here.advance().at == "x"
    assert failure(Walk.jump(here, "a")) == "TARGET_NOT_FOUND"


def test_a_step_that_is_gone_has_no_actions():
    here = Walk(main=flow("a"))
    here.cursor = engine.enter_step(here.cursor, "main", "gone")
    assert isinstance(here.advance().decision, engine.Rest)


def test_entering_a_step_ends_what_waited():
    waiting = Cursor((Frame("main"),), pending=Pending(None, "a", 1))
    assert engine.enter_step(waiting, "main", "s").pending is None


def test_a_cursor_without_a_wait_comes_back_from_json():
    cursor = walk("a", "b", sub=flow("x")).call("sub").cursor
    assert state.from_json(state.to_json(cursor)) == cursor
