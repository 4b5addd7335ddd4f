"""The action `ask`."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from flowgen_core.api import ActionType, Answer, Cause, Context, Due, Outcome, Wait, WaitKind
from flowgen_plugins.conversation.answers import Taken
from flowgen_plugins.conversation.endings import finish, saved
from flowgen_plugins.conversation.questions import AskOption
from flowgen_plugins.conversation.spoken import tidy
from flowgen_plugins.conversation.understanding import understand
from flowgen_plugins.conversation.words import WORDS


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an ask keeps while it waits: when somebody last spoke, the choices shown, the inputs so far."""

    since: str
    offered: list[int]
    tries: int = 0
    reminded: bool = False


class Ask(ActionType):
    """Asks a question and saves the answer to a variable.

    An answer that is not understood is asked for again, at most `max_retries` times; then the outcome is
    `unclear`, the variable is empty (`unclear` for kind `yes_no`) and the run goes on. Only `text` and
    `variable` are needed: then any text of 1 to 1000 characters is the answer, and the question waits as
    long as it takes.

    No word has a hidden meaning: `stop` and its like end the question only where `targets` has `stopped`,
    `skip` and its like skip it only when it is `skippable`. A question with a `group` belongs to a
    questionnaire: how it ended is noted in the variable `answers`, and a text must hold a letter or digit
    and be more than a skip word.
    """

    name = "ask"

    class Option(AskOption):
        """The option of `ask`."""

    async def run(self, ctx: Context, option: AskOption) -> Outcome:
        """Asks; a question whose choices are all past ends as `unavailable`."""
        offered = option.open_choices(ctx.now)
        if option.kind == "choice" and not offered:
            return finish(ctx, option, Taken("", outcome="unavailable"))
        ctx.say(_question(option, offered), quick_replies=_replies(option, offered))
        return _wait(option, _Asked(ctx.now.isoformat(), offered))

    async def resume(self, ctx: Context, option: AskOption, cause: Cause) -> Outcome:
        """Takes an answer, asks again, reminds or times out."""
        asked = _Asked(**ctx.data)
        if isinstance(cause, Answer):
            return _hear(ctx, option, replace(asked, tries=asked.tries + 1), cause.text)
        if isinstance(cause, Due):
            return _be_due(ctx, option, asked)
        return _wait(option, asked)

    def targets(self, option: AskOption) -> dict[str, str]:
        """Names the action of each outcome that has one."""
        return {f"targets.{outcome}": target for outcome, target in option.targets.items()}

    def sets(self, option: AskOption) -> Collection[str]:
        """Names the variables of the answer and of the note."""
        return saved(option)


def _hear(ctx: Context, option: AskOption, asked: _Asked, text: str) -> Outcome:
    offered = option.open_choices(ctx.now)
    # The numbers that people send are those that they have seen, even when a choice has passed since.
    seen = [option.choices[at] for at in asked.offered if at < len(option.choices)]
    taken = understand(text, option, seen)
    if taken and option.kind == "choice" and taken.outcome == "answered":
        taken = taken if taken.value in {option.choices[at].value for at in offered} else None
    if taken is None and option.kind == "choice" and not offered:
        taken = Taken("", outcome="unavailable")
    if taken is None and asked.tries > option.max_retries:
        return _give_up(ctx, option, asked, text)
    if taken is None:
        return _ask_again(ctx, option, replace(asked, since=ctx.now.isoformat(), offered=offered))
    return finish(ctx, option, taken, text, asked.tries)


def _give_up(ctx: Context, option: AskOption, asked: _Asked, text: str) -> Outcome:
    if option.limit_text.strip():
        ctx.say(tidy(option.limit_text))
    value = "unclear" if option.kind == "yes_no" else ""
    return finish(ctx, option, Taken(value, outcome="unclear"), text, asked.tries)


def _ask_again(ctx: Context, option: AskOption, asked: _Asked) -> Outcome:
    text = tidy(option.retry_text) or WORDS[option.language].retry
    if option.repeat_question:
        text = f"{text}\n{_question(option, asked.offered)}"
    ctx.say(text, quick_replies=_replies(option, asked.offered))
    return _wait(option, asked)


def _be_due(ctx: Context, option: AskOption, asked: _Asked) -> Outcome:
    reminder, timeout = _deadlines(option, asked)
    if timeout and ctx.now >= timeout:
        return finish(ctx, option, Taken("", outcome="timeout"), tries=asked.tries)
    if option.reminder and reminder and ctx.now >= reminder:
        ctx.say(tidy(option.reminder.text))
        asked = replace(asked, reminded=True)
    return _wait(option, asked)


def _wait(option: AskOption, asked: _Asked) -> Wait:
    until = min((deadline for deadline in _deadlines(option, asked) if deadline), default=None)
    return Wait(WaitKind.INPUT, prompt=_question(option, asked.offered), until=until, data=asdict(asked))


def _deadlines(option: AskOption, asked: _Asked) -> tuple[datetime | None, datetime | None]:
    """Gives when to remind and when to time out; both count from the last thing said."""
    since = datetime.fromisoformat(asked.since)
    timeout = since + timedelta(seconds=option.timeout_seconds) if option.timeout_seconds else None
    if asked.reminded or not option.reminder:
        return None, timeout
    return since + timedelta(seconds=option.reminder.after_seconds), timeout


def _question(option: AskOption, offered: list[int]) -> str:
    lines = [f"{number}. {option.choices[at].label}" for number, at in enumerate(offered, 1)]
    return tidy("\n".join([option.text, *lines]))


def _replies(option: AskOption, offered: list[int]) -> list[str]:
    past = {choice.label for choice in option.choices} - {option.choices[at].label for at in offered}
    return [reply for reply in option.quick_replies if reply not in past]
