"""The kinds of answers: each takes a value out of what somebody said, or refuses it."""

from collections.abc import Callable, Mapping
from typing import Literal

from flowgen_plugins.conversation.answers import choice, date, email, name, phone, text, url, yes_no
from flowgen_plugins.conversation.answers.asked import Asked, Offered, Taken

__all__ = ["KINDS", "Asked", "Kind", "Offered", "Taken"]

Kind = Literal["yes_no", "name", "email", "phone", "url", "linkedin", "date", "text", "choice"]

# A kind gives None for what it does not understand; it never raises, whatever people send.
KINDS: Mapping[Kind, Callable[[str, Asked], Taken | None]] = {
    "yes_no": yes_no.take,
    "name": name.take,
    "email": email.take,
    "phone": phone.take,
    "url": url.take,
    "linkedin": url.take_linkedin,
    "date": date.take,
    "text": text.take,
    "choice": choice.take,
}
