"""Goes on or jumps, by a comparison."""

import math
from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import Field

from flowgen_core.api import ActionType, Context, Next, Outcome
from flowgen_plugins import loose
from flowgen_plugins.control.comparing import COMPARE, Word
from flowgen_plugins.jumps import jump_when_false


class Sides(loose.Option):
    """Both sides of a comparison."""

    variable: loose.Text = Field(description="A variable's name, or a text with `${…}` in it.")
    value_string: loose.Text = Field("", description="The right side as text, by code points.")
    value_number: float = Field(0, description="The right side as a number.")
    value_length: int = Field(0, description="The right side as a number of characters.")


class ConditionVariable(ActionType):
    """Goes on when a variable compares as wanted, else jumps to `false_target_id`."""

    name = "condition_variable"

    class Option(Sides):
        """What is compared with what."""

        condition: Word = Field(description="How the sides are compared.")
        value_type: Literal["string", "number", "length"] = Field(description="How both sides are read.")
        false_target_id: loose.Text = Field(description="Action to jump to when the comparison is false.")

    class Lenient(Sides):
        """What cannot be compared is false."""

        condition: loose.Text = ""
        value_type: loose.Text = ""
        false_target_id: loose.Text = ""

    async def run(self, ctx: Context, option: Lenient) -> Outcome:
        """Compares, then goes on or jumps."""
        return Next() if self._holds(ctx, option) else jump_when_false(option.false_target_id)

    def targets(self, option: Option) -> Mapping[str, str]:
        """Names the action for false."""
        return {"false_target_id": option.false_target_id}

    def sets(self, option: Option) -> Collection[str]:
        """Sets nothing; but what is asked whether it is empty counts as known from here on."""
        return [option.variable] if _asks_if_empty(option) and "${" not in option.variable else []

    def reads(self, option: Option) -> Collection[str]:
        """Reads the variable, unless it asks whether that is empty."""
        return [] if _asks_if_empty(option) else [option.variable]

    def waits(self, option: Option) -> bool:
        """Never waits; but without a target it fails where the comparison is false."""
        return not loose.names(option.false_target_id)

    def _holds(self, ctx: Context, option: Lenient) -> bool:
        compare = COMPARE.get(option.condition)
        left = _left(ctx, option)
        if compare is None:
            return False
        if option.value_type == "string":
            return compare(left, option.value_string)
        if option.value_type == "length":
            return compare(len(left), option.value_length)
        number = _number(left)
        if option.value_type != "number" or number is None or not math.isfinite(option.value_number):
            return False
        return compare(number, option.value_number)


def _asks_if_empty(option: ConditionVariable.Option) -> bool:
    if option.value_type == "string":
        return not option.value_string
    return option.value_type == "length" and option.value_length <= 1


def _left(ctx: Context, option: Sides) -> str:
    raw = ctx.raw_option.get("variable")
    # A text without `${` is a name; one with it has been replaced already.
    if isinstance(raw, str) and "${" in raw:
        return option.variable
    return loose.as_text(ctx.get(option.variable))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
