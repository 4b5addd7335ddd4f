"""Judges what somebody said to a question."""

from collections.abc import Sequence

from flowgen_plugins.conversation.answers import KINDS, Asked, Offered, Taken
from flowgen_plugins.conversation.answers.yes_no import judge
from flowgen_plugins.conversation.questions import AskOption, Choice
from flowgen_plugins.conversation.words import STOP_WORDS, WORDS, normalise

# No kind takes more; whoever pastes a page is asked again at once, whatever is in it.
_LONGEST, _LONGEST_COMMAND = 3000, 100
_SKIPS = frozenset({"-", "n/a", "nvt"})
# To these kinds a no is an answer of its own.
_ANSWERED_BY_NO = frozenset({"yes_no", "choice"})


def understand(text: str, option: AskOption, choices: Sequence[Choice]) -> Taken | None:
    """Looks for a stop word, then a skip, then an answer of the kind; None for anything else."""
    if len(text) > _LONGEST:
        return None
    if len(text) <= _LONGEST_COMMAND:
        if "stopped" in option.targets and normalise(text) in STOP_WORDS:
            return Taken("", outcome="stopped")
        if option.skippable and _skips(text, option):
            return Taken("", outcome="skipped")
    offered = [Offered(choice.value, choice.label) for choice in choices]
    return KINDS[option.kind](text, Asked(option.language, offered, strict=bool(option.group)))


def _skips(text: str, option: AskOption) -> bool:
    if text.strip().lower() in _SKIPS or normalise(text) in WORDS[option.language].skip:
        return True
    return option.kind not in _ANSWERED_BY_NO and _refuses(text, option.language)


def _refuses(text: str, language: str) -> bool:
    """Tells whether a text is a short no and nothing that could be an answer."""
    is_short = len(normalise(text).split()) <= 4 and "@" not in text and not any(map(str.isdigit, text))
    return is_short and judge(text, language) == "no"
