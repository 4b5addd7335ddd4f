"""Writes e-mails so that nothing in them can become a header of its own."""

import re
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from flowgen_core.model.outside import MailFailed

LONGEST_SUBJECT = 998
# The form that browsers accept, with the lengths that SMTP allows; letters beyond ASCII are not in it.
_ADDRESS = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)*[a-z\d-]{1,63}", re.A | re.I
)
_LONGEST_ADDRESS = 254
_MESSAGE_ID = re.compile(r"[\w.-]{1,100}", re.A)
# ASCII on the wire: no server has to be asked what else it takes.
_POLICY = policy.SMTP.clone(cte_type="7bit")


def judged_address(address: str) -> str:
    """Gives the address. Raises `MailFailed` unless it is a plain `name@host`."""
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise MailFailed(f"`{address[:_LONGEST_ADDRESS]}` is not an e-mail address of the form `name@host`.")
    return address


def written(
    to: Sequence[str], subject: str, text: str, sender: str, message_id: str, sent_at: datetime
) -> bytes:
    """Writes a message of plain text. Raises `MailFailed` for what cannot be written."""
    message = EmailMessage(_POLICY)
    try:
        message["From"], message["To"] = sender, ", ".join(to)
        message["Subject"] = " ".join(subject.split())[:LONGEST_SUBJECT]
        message["Date"] = sent_at
        message["Auto-Submitted"] = "auto-generated"
        if message_id:
            message["Message-ID"] = _identity(message_id, sender)
        message.set_content(text)
        return _checked(message)
    except ValueError as error:
        raise MailFailed("The subject or text holds what cannot be sent by e-mail.") from error


def _identity(message_id: str, sender: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise MailFailed("The message id must be 1 to 100 letters, digits, `.`, `_` and `-`.")
    return f"<{message_id}@{sender.rpartition('@')[2]}>"


def _checked(message: EmailMessage) -> bytes:
    data = message.as_bytes()
    # Some releases of Python write line ends that were hidden in an encoded word of a header as they are.
    names = message_from_bytes(data, policy=policy.default).keys()
    if names != message.keys():
        raise ValueError("a header became two")
    return data
