"""The options of the actions of a vacancy flow, without the ids of other actions."""

from typing import Any

from flowgen_plugins.vacancy.emoji import decorate
from flowgen_plugins.vacancy.fields import label_of, look_up
from flowgen_plugins.vacancy.parameters import Appointment, FieldItem, Requirement
from flowgen_plugins.vacancy.questions import field_question, requirement_question
from flowgen_plugins.vacancy.slots import choices, how, title
from flowgen_plugins.vacancy.texts import Language

# 23 hours: still inside the day in which messengers let a bot answer freely.
_TIMEOUT, _REMIND_AFTER, _MAX_RETRIES = 82800, 3600, 2
# An option is JSON; `ask` gives its members their types.
Option = dict[str, Any]


class Asks:
    """Writes the options of one flow's questions, in its language and with its level of emoji."""

    def __init__(self, language: Language, emoji: int) -> None:
        self._language, self._emoji = language, emoji

    @property
    def reminder(self) -> str:
        """What is said when nobody answers."""
        return decorate(self._language.reminder, "reminder", self._emoji)

    def requirement(self, item: Requirement, name: str, group: str) -> Option:
        """Asks whether a requirement is met."""
        quoting = self._language.knockout if group == "knockout" else self._language.preferred
        text = requirement_question(item.value, self._language, quoting)
        return self._yes_no(text, group, variable=name, label=item.value)

    def field(self, item: FieldItem, name: str, group: str) -> Option:
        """Asks for a field; an optional one says that it may be skipped."""
        known, skippable = look_up(item.value), group == "optional"
        text = field_question(item.value, self._language)
        if skippable:
            text = f"{text} {self._language.skip_hint}"
        kind = item.kind or (known[1] if known else "text")
        return self._ask(text, kind, group, variable=name, label=item.value, skippable=skippable)

    def slot(self, talk: Appointment, name: str) -> Option:
        """Asks which of the slots suits."""
        label, offered = title(talk, self._language), choices(talk.slots, self._language)
        text = self._language.appointment.format(title=label, how=how(talk, self._language))
        return self._ask(
            text,
            "choice",
            "appointment",
            variable=name,
            label=label,
            choices=offered,
            replies=[choice["label"] for choice in offered],
            skippable=not talk.required,
        )

    def open_time(self, talk: Appointment, name: str) -> Option:
        """Asks for a time in the applicant's own words."""
        label = title(talk, self._language)
        text = self._language.appointment_open.format(title=label, how=how(talk, self._language))
        return self._ask(
            text, "text", "appointment", variable=label_of(name), label=label, skippable=not talk.required
        )

    def summary(self, lines: list[str]) -> Option:
        """Asks whether what was noted is correct."""
        return self._yes_no(self._language.summary.format(lines="\n".join(lines)), "summary", label="summary")

    def correction(self) -> Option:
        """Asks what should be different."""
        return self._ask(self._language.correction, "text", "correction", label="correction")

    def _yes_no(self, text: str, group: str, *, variable: str = "", label: str) -> Option:
        replies = [self._language.yes, self._language.no]
        return self._ask(text, "yes_no", group, variable=variable, label=label, replies=replies)

    def _ask(
        self,
        text: str,
        kind: str,
        group: str,
        *,
        variable: str = "",
        label: str,
        choices: list[Option] | None = None,
        replies: list[str] | None = None,
        skippable: bool = False,
    ) -> Option:
        occasion = group if group in ("summary", "appointment") else "question"
        return {
            "text": decorate(text, occasion, self._emoji),
            "kind": kind,
            "language": self._language.code,
            "variable": variable,
            "group": group,
            "label": label,
            **({"choices": choices} if choices else {}),
            "quick_replies": [*(replies or []), *([self._language.skip] if skippable else [])],
            "skippable": skippable,
            "retry_text": decorate(self._retry(kind), "retry", self._emoji),
            "repeat_question": kind in ("yes_no", "choice"),
            "max_retries": _MAX_RETRIES,
            "limit_text": self._language.limit_text,
            "timeout_seconds": _TIMEOUT,
            "reminder": {"after_seconds": _REMIND_AFTER, "text": self.reminder},
        }

    def _retry(self, kind: str) -> str:
        example = self._language.examples.get(kind)
        if example:
            return self._language.retry_example.format(example=example)
        texts = {
            "yes_no": self._language.retry_yes_no,
            "name": self._language.retry_name,
            "choice": self._language.retry_choice,
        }
        return texts.get(kind, self._language.retry_text)
