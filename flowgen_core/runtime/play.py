"""The second part of a turn: ask the engine, run the action, apply its outcome, until the run rests."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pydantic import ValidationError

from flowgen_core.api import ActionError, ActionType, Medium
from flowgen_core.engine import advance as engine
from flowgen_core.engine import matching, text
from flowgen_core.model import jsontext
from flowgen_core.model.chat import Failure, InputKind
from flowgen_core.model.flow import Action, Document, Step, StepType
from flowgen_core.model.outcomes import Call, Cause, End, EndState, Jump, Next, Outcome, Wait, Yield
from flowgen_core.model.run import Cursor, Move, MoveOutcome, Pending
from flowgen_core.runtime import trace
from flowgen_core.runtime.context import ActionContext, Collected, Surroundings
from flowgen_core.runtime.frames import Phase
from flowgen_core.runtime.options import known
from flowgen_core.runtime.outcome_checks import checked

log = structlog.get_logger(__name__)
SECONDS_AN_ACTION = 120

PHASES = {
    MoveOutcome.DONE: Phase.ENDED,
    MoveOutcome.SKIPPED: Phase.SKIPPED,
    MoveOutcome.FAILED: Phase.FAILED,
}

# What a run lacks that an action needs, by where the run happens.
_WANTED = {Medium.NONE: "chat", Medium.CHAT: "call"}

# Gives revision and document of a flow of the run's project, or None.
LoadFlow = Callable[[str], Awaitable[tuple[str, Document] | None]]


@dataclass(slots=True)
class Heard:
    """What a person did that steps may match; None once it has been dealt with."""

    kind: InputKind
    text: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run ended."""

    state: EndState
    reason: str
    output: dict[str, Any] | None = None
    failure: Failure | None = None


class Play:
    """One turn of a run, computed. Nothing here touches the store."""

    def __init__(
        self,
        cursor: Cursor,
        root_id: str,
        documents: dict[str, Document],
        action_types: dict[str, ActionType],
        around: Surroundings,
        collected: Collected,
        load_flow: LoadFlow,
    ) -> None:
        self.cursor, self.collected = cursor, collected
        self.ending: Ending | None = None
        self.listening = False
        # The move of an action that waited and was left for a step.
        self.interrupted = 0
        self.moves: dict[int, Move] = {}
        self._root_id, self._documents, self._types = root_id, documents, action_types
        self._around, self._load_flow = around, load_flow
        self.given: dict[str, Any] = {}
        self._first_move = cursor.moves
        self._shown: dict[int, Action] = {}
        self._rests = False

    @property
    def root(self) -> Document:
        """The run's own document; an empty one where the flow is gone."""
        return self._documents.get(self._root_id) or Document()

    def tell_missed(self) -> None:
        """Tells what was said to those who came in the middle of the turn."""
        said = self.collected.said
        self._around.show.missed((one.sender, one.text) for one in said if not one.internal)

    def give(self, values: dict[str, Any]) -> None:
        """Gives a new run its input; its properties are variables too."""
        self.given = values
        self.collected.variables.update(values)
        self.collected.changed = True

    async def run(self, cause: Cause | None, heard: Heard | None) -> None:
        """Plays until the run waits, yields, listens or ends; `cause` wakes the action that waits.

        What an action has taken as its answer is not matched against steps too. An event is no answer: it enters
        its step wherever the run is, and where there is none the action goes on waiting.
        """
        if heard is not None and heard.kind is InputKind.EVENT and self.cursor.pending is not None:
            self._interrupt(heard)
        elif cause is not None:
            heard = None
            await self._resume(cause)
        while not self._rests:
            await self._step(heard)
            # A hundred moves that wait for nothing must not keep every other chat waiting.
            await asyncio.sleep(0)

    def fail(self, reason: str, message: str, action_id: str = "") -> None:
        """Ends the run in failure."""
        self.ending = Ending(EndState.FAILED, "error", failure=Failure(reason, message[:1000], action_id))
        self._rests = True

    async def _step(self, heard: Heard | None) -> None:
        decision = engine.advance(self.cursor, self._documents, self.cursor.moves - self._first_move)
        self.cursor = decision.cursor
        match decision:
            case engine.Act(action=action):
                await self._act(action)
            case engine.Fail(reason=reason, message=message):
                self._fail_at_last(reason, message)
            case engine.Rest():
                self._nothing_left(heard)

    def _nothing_left(self, heard: Heard | None) -> None:
        document = self.root
        if not document.steps:
            self.ending = Ending(EndState.COMPLETED, "completed")
        elif (step := self._match(document, heard)) is not None:
            self._enter(document, step)
            return
        else:
            self.listening = True
        self._rests = True

    def _interrupt(self, heard: Heard) -> None:
        document, pending = self.root, self.cursor.pending
        step = self._match(document, heard)
        if step is None:
            self._rests = True
            return
        if pending is not None:
            self.interrupted = pending.move
        self._enter(document, step)

    def _match(self, document: Document, heard: Heard | None) -> Step | None:
        if heard is None or not (heard.text or heard.event):
            return None
        found = (
            matching.match_event(document, self.cursor, heard.event)
            if heard.kind is InputKind.EVENT
            else matching.match_text(document, self.cursor, heard.text)
        )
        if found is not None and found.type in {StepType.SLOT, StepType.ANYTHING}:
            self._capture(found, heard.text)
        heard.text = heard.event = ""
        return found

    def _capture(self, step: Step, said: str) -> None:
        label = (step.slot.label if step.slot else "") or "anything"
        known = self.collected.variables.get(label)
        values = known if isinstance(known, list) else []
        self.collected.variables[label] = [*values, {"value": said.strip(), "match": said}]
        self.collected.changed = True

    def _enter(self, document: Document, step: Step) -> None:
        self.cursor = matching.moved_to(self.cursor, document, step)
        self.cursor = engine.enter_step(self.cursor, self._root_id, step.id)
        self.collected.new_group()

    async def _act(self, action: Action) -> None:
        kind = self._types.get(action.type)
        if not self.cursor.frames[0].step_id:
            self.collected.new_group()
        if kind is None:
            self._trace(action, MoveOutcome.FAILED, "unknown type")
            self.fail(
                "INVALID_ACTION_TYPE", f"`{action.type[:80]}` is no action type of this server.", action.id
            )
        elif self._around.medium not in kind.media:
            self._trace(action, MoveOutcome.SKIPPED, _skip_message(kind, self._around.medium))
            self.cursor = engine.go_on(self.cursor, self._documents)
        else:
            await self._perform(kind, action, self.cursor.moves, None, None)

    async def _resume(self, cause: Cause) -> None:
        pending, frame = self.cursor.pending, self.cursor.frames[-1]
        assert pending is not None, "only a run that waits is resumed"  # noqa: S101  the caller's promise
        action = engine.actions_of(frame, self._documents)[frame.index]
        kind = self._types.get(action.type)
        if kind is None:
            self.fail(
                "INVALID_ACTION_TYPE", f"`{action.type[:80]}` is no action type of this server.", action.id
            )
            return
        await self._perform(kind, action, pending.move, pending.data, cause)

    async def _perform(
        self, kind: ActionType, action: Action, move: int, data: Any, cause: Cause | None
    ) -> None:
        context = ActionContext(self._around, self.collected, action, move, data, self._around.input)
        option: Any = action.option
        try:
            self._around.show.progress(action, Phase.STARTED)
            option = self._filled(kind, action)
            self._trace(action, None, option=option, number=move)
            model = (kind.Lenient or kind.Option).model_validate(known(kind, option))
            async with asyncio.timeout(SECONDS_AN_ACTION):
                outcome = await (
                    kind.run(context, model) if cause is None else kind.resume(context, model, cause)
                )
            await self._apply(checked(outcome), action, move)
        except Exception as error:
            found = self._judge(error, action, move)
            if found.skip or not kind.fatal:
                self._finish(move, MoveOutcome.SKIPPED if found.skip else MoveOutcome.FAILED, found.message)
                self.cursor = engine.go_on(self.cursor, self._documents)
            else:
                self._broken(action, move, found.reason, found.message)

    def _filled(self, kind: ActionType, action: Action) -> Any:
        if not kind.literal & action.option.keys():
            return text.substitute(action.option, self._around.lookup)
        open_fields = {name: value for name, value in action.option.items() if name not in kind.literal}
        return {**action.option, **text.substitute(open_fields, self._around.lookup)}

    def _judge(self, error: Exception, action: Action, move: int) -> ActionError:
        match error:
            case ActionError():
                return error
            case ValidationError():
                return ActionError(_first_problem(error), reason="BAD_OPTION")
            case text.TooMuch():
                return ActionError(str(error), reason="BAD_OPTION")
            case TimeoutError():
                return ActionError(f"The action took more than {SECONDS_AN_ACTION} seconds.")
        log.error(
            "action_failed",
            action_type=action.type,
            run_id=self._around.run_id,
            move=move,
            exc_info=error,
        )
        return ActionError(f"The action raised {type(error).__name__}.", reason="INTERNAL")

    async def _apply(self, outcome: Outcome, action: Action, move: int) -> None:
        match outcome:
            case Wait() | Yield():
                self._wait(outcome, action, move)
                return
            case End(state=state, output=output, reason=reason):
                self.ending = Ending(state, reason, output, _failure_of(state, reason, action))
                self._rests = True
            case Jump():
                self._go(engine.jump(self.cursor, self._documents, outcome), action, move)
            case Call():
                await self._call(outcome, action, move)
            case _:
                self.cursor = engine.go_on(self.cursor, self._documents)
        if self.moves[move].outcome is None:
            self._finish(move, MoveOutcome.DONE, outcome.message if isinstance(outcome, Next) else "")

    def _wait(self, outcome: Wait | Yield, action: Action, move: int) -> None:
        jsontext.dump(outcome.data)
        if isinstance(outcome, Yield):
            pending = Pending(None, action.id, move, data=outcome.data)
        else:
            sender = self.collected.said[-1].sender if self.collected.said else "assistant"
            pending = Pending(
                outcome.kind, action.id, move, outcome.prompt or "", sender, outcome.until, outcome.data,
                # The commit knows how many inputs there are by then.
                after_input=-1 if outcome.fresh else 0,
            )  # fmt: skip
        self.cursor = replace(self.cursor, pending=pending)
        self._rests = True

    async def _call(self, outcome: Call, action: Action, move: int) -> None:
        if not outcome.flow_id:
            self._go(self._call_inline(outcome, move), action, move)
            return
        found = await self._load_flow(outcome.flow_id)
        if found is None:
            raise ActionError(f"There is no flow `{outcome.flow_id[:80]}`.", reason="FLOW_NOT_FOUND")
        revision_id, document = found
        self._documents[revision_id] = document
        self._go(engine.call(self.cursor, self._documents, revision_id), action, move)

    def _call_inline(self, outcome: Call, move: int) -> Cursor | engine.Fail:
        unknown = next((one.type for one in outcome.actions if one.type not in self._types), None)
        if unknown is not None:
            raise ActionError(
                f"`{unknown[:80]}` is no action type of this server.", reason="INVALID_ACTION_TYPE"
            )
        # The same in every repetition of the turn, so that a document is stored once.
        id = str(uuid.uuid5(uuid.UUID(self._around.run_id), f"called/{move}"))
        actions = tuple(replace(one, id=one.id or f"{id}/{n}") for n, one in enumerate(outcome.actions))
        self._documents[id] = self.collected.documents[id] = Document(actions=actions)
        return engine.call(self.cursor, self._documents, id)

    def _go(self, target: Cursor | engine.Fail, action: Action, move: int) -> None:
        if isinstance(target, engine.Fail):
            self._broken(action, move, target.reason, target.message)
        else:
            self.cursor = target

    def _broken(self, action: Action, move: int, reason: str, message: str) -> None:
        self._finish(move, MoveOutcome.FAILED, message)
        self.fail(reason, message, action.id)

    def _trace(
        self,
        action: Action,
        outcome: MoveOutcome | None,
        message: str = "",
        *,
        option: Any = None,
        number: int = 0,
    ) -> None:
        number = number or self.cursor.moves
        self._shown[number] = action
        if outcome is not None:
            self._around.show.progress(action, PHASES[outcome], message)
        self.moves[number] = Move(
            run_id=self._around.run_id,
            number=number,
            action_id=action.id,
            type=action.type,
            arrive_time=self._around.now,
            next_id=action.next_id,
            option=trace.shown(option if option is not None else action.option),
            outcome=outcome,
            message=message,
        )

    def _finish(self, move: int, outcome: MoveOutcome, message: str = "") -> None:
        if move in self.moves:
            self._around.show.progress(self._shown[move], PHASES[outcome], message)
            self.moves[move] = replace(self.moves[move], outcome=outcome, message=message[:1000])

    def _fail_at_last(self, reason: str, message: str) -> None:
        # The cursor was refused where it wanted to go: the run ends where it arrived last.
        last = max(self.moves, default=0)
        self._finish(last, MoveOutcome.FAILED, message)
        self.fail(reason, message, self.moves[last].action_id if last else "")


def _skip_message(kind: ActionType, medium: Medium) -> str:
    if medium is Medium.VOICE:
        return "not for voice"
    return "voice only" if kind.media == {Medium.VOICE} and medium is Medium.CHAT else f"no {_WANTED[medium]}"


def _failure_of(state: EndState, reason: str, action: Action) -> Failure | None:
    return Failure("ACTION_FAILED", reason, action.id) if state is EndState.FAILED else None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "option"
    return f"`{where}`: {first['msg']}"


def medium_of(chat_id: str) -> Medium:
    """Tells where a run happens."""
    return Medium.CHAT if chat_id else Medium.NONE
