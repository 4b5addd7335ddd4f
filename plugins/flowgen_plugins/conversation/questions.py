"""What a flow says about a question: the option of the action `ask`."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from flowgen_plugins.conversation.answers import Kind

Ending = Literal["answered", "yes", "no", "skipped", "none", "unavailable", "unclear", "timeout", "stopped"]
_YEAR = 366 * 24 * 3600


class Choice(BaseModel):
    """One of the answers to a question of kind `choice`."""

    value: str = Field(description="What is saved.")
    label: str = Field(description="What people see.")
    not_after: AwareDatetime | None = Field(default=None, description="When it stops being offered.")


class Reminder(BaseModel):
    """What is said once when nobody answers."""

    after_seconds: int = Field(ge=1, le=_YEAR)
    text: str


class AskOption(BaseModel):
    """A question, how its answer is understood, and where each outcome leads."""

    text: str = Field(description="The question.")
    kind: Kind = Field(default="text", description="What counts as an answer.")
    language: Literal["nl", "en", "de", "fr", "es"] = Field(
        default="en", description="Of question and answer."
    )
    variable: str = Field(default="", description="The variable that keeps the answer; empty keeps none.")
    group: str = Field(default="", description="Notes the outcome in the variable `answers` under this name.")
    label: str = Field(default="", description="What is asked about, for the note in `answers`.")
    choices: list[Choice] = Field(default=[], description="The answers to choose from, kind `choice` only.")
    quick_replies: list[str] = Field(default=[], description="Answers to offer as buttons.")
    skippable: bool = Field(default=False, description="Words such as `skip`, and a no, skip the question.")
    retry_text: str = Field(default="", description="Said to what is no answer; empty: the language's own.")
    repeat_question: bool = Field(default=True, description="Says the question again after `retry_text`.")
    max_retries: int = Field(default=2, ge=0, le=20, description="How often to ask again.")
    limit_text: str = Field(default="", description="Said when no try is left.")
    timeout_seconds: int | None = Field(default=None, ge=1, le=_YEAR, description="Silence that ends it.")
    reminder: Reminder | None = Field(default=None, description="Said once after some silence.")
    targets: dict[Ending, str] = Field(default={}, description="Outcome → id of the action that follows.")

    @model_validator(mode="after")
    def _offers_something(self) -> "AskOption":
        if self.kind == "choice" and not self.choices:
            raise ValueError("a question of kind `choice` needs `choices`")
        return self

    def open_choices(self, now: datetime) -> list[int]:
        """Gives the positions of the choices that can still be chosen."""
        return [
            at for at, choice in enumerate(self.choices) if not choice.not_after or now <= choice.not_after
        ]
