"""The action type `rating`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

from flowgen_core.api import ActionType, Answer, Cause, Context, Due, Jump, Next, Outcome, Wait
from pydantic import BaseModel, Field, model_validator

from flowgen_survey.scores import read_score


class Rating(ActionType):
    """Asks for a score on a scale, saves it, and may go elsewhere when it is low or nobody answers.

    An answer without one clear score is asked for again, at most `max_retries` times; then it counts as no answer.
    """

    name = "rating"

    class Option(BaseModel):
        """The question, its scale, and where its answers lead."""

        text: str = Field(min_length=1, description="The question.")
        variable: str = Field(
            default="rating", min_length=1, description="The variable that keeps the score."
        )
        lowest: int = Field(default=1, ge=0, le=1, description="The low end of the scale.")
        highest: int = Field(default=5, ge=2, le=10, description="The high end of the scale.")
        low_until: int = Field(default=2, description="The highest score that is low.")
        low_target_id: str = Field(
            default="", description="The action after a low score; empty: the next one."
        )
        no_answer_target_id: str = Field(
            default="", description="The action without an answer; empty: the next."
        )
        max_retries: int = Field(default=2, ge=0, le=10, description="How often to ask again.")
        timeout_seconds: int | None = Field(default=None, ge=1, description="Silence that ends the question.")

        @model_validator(mode="after")
        def _low_is_on_the_scale(self) -> Self:
            if not self.lowest <= self.low_until < self.highest:
                raise ValueError("`low_until` must be on the scale and below `highest`")
            return self

    async def run(self, ctx: Context, option: Option) -> Outcome:
        """Asks, and waits for an answer."""
        _ask(ctx, option, option.text)
        until = ctx.now + timedelta(seconds=option.timeout_seconds) if option.timeout_seconds else None
        # Whatever `resume` must know is kept in `data`; it is JSON, so a time is written as text.
        return _wait(option, {"tries": 0, "until": until.isoformat() if until else None})

    async def resume(self, ctx: Context, option: Option, cause: Cause) -> Outcome:
        """Judges an answer, or gives up when the time is over."""
        if isinstance(cause, Due):
            return _go(option.no_answer_target_id)
        if not isinstance(cause, Answer):
            return _wait(option, ctx.data)
        score = read_score(cause.text, option.lowest, option.highest)
        if score is not None:
            ctx.set(option.variable, score)
            return _go(option.low_target_id if score <= option.low_until else "")
        return _again(ctx, option)

    def targets(self, option: Option) -> Mapping[str, str]:
        """Names the actions that the option may jump to, so that FlowGen checks that they exist."""
        return {"low_target_id": option.low_target_id, "no_answer_target_id": option.no_answer_target_id}


def _again(ctx: Context, option: Rating.Option) -> Outcome:
    tries = ctx.data["tries"] + 1
    if tries > option.max_retries:
        return _go(option.no_answer_target_id)
    _ask(ctx, option, f"Please answer with a number from {option.lowest} to {option.highest}.")
    return _wait(option, {**ctx.data, "tries": tries})


def _ask(ctx: Context, option: Rating.Option, text: str) -> None:
    ctx.say(text, quick_replies=[str(score) for score in range(option.lowest, option.highest + 1)])


def _wait(option: Rating.Option, data: dict[str, int | str | None]) -> Wait:
    until = data["until"]
    deadline = datetime.fromisoformat(until) if isinstance(until, str) else None
    return Wait(prompt=option.text, until=deadline, data=data)


def _go(target_id: str) -> Outcome:
    return Jump(target_id) if target_id else Next()
