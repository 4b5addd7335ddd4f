"""Sends e-mail through the SMTP server of the settings."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import aiosmtplib
import structlog

from flowgen_core.model.outside import MailFailed
from flowgen_core.runtime.outbound.letters import judged_address, written
from flowgen_core.settings import SmtpSettings

log = structlog.get_logger(__name__)
MOST_RECEIVERS = 100


class SmtpMailer:
    """A `Mailer`. `clock` dates the messages."""

    def __init__(self, settings: SmtpSettings, clock: Callable[[], datetime]) -> None:
        self._settings, self._clock = settings, clock

    async def send(
        self, to: Sequence[str], subject: str, text: str, *, sender: str = "", message_id: str = ""
    ) -> None:
        """Sends plain text to all of `to`; where some of them are refused it fails, and the others have it.

        `sender` is the settings' where it is empty. `message_id` is 1–100 letters, digits and `._-`: a repeat
        with the same one is the same message to those who receive it. Raises `MailFailed`.
        """
        receivers = [judged_address(one) for one in to]
        if not 0 < len(receivers) <= MOST_RECEIVERS:
            raise MailFailed(f"An e-mail needs 1 to {MOST_RECEIVERS} receivers.")
        origin = judged_address(sender or self._settings.sender)
        message = written(receivers, subject, text, origin, message_id, self._clock())
        await self._hand_over(message, origin, receivers)

    async def _hand_over(self, message: bytes, origin: str, receivers: list[str]) -> None:
        settings = self._settings
        try:
            # The library's own limit is one for each step.
            async with asyncio.timeout(settings.timeout):
                refused, _ = await aiosmtplib.send(
                    message,
                    sender=origin,
                    recipients=receivers,
                    hostname=settings.host,
                    port=settings.port,
                    username=settings.username or None,
                    password=settings.password.get_secret_value() if settings.password else None,
                    use_tls=settings.tls == "tls",
                    start_tls=settings.tls == "starttls",
                    timeout=None,
                )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailFailed(_logged(error)) from error
        if refused:
            raise MailFailed(f"The mail server refused {len(refused)} of {len(receivers)} receivers.")


def make_mailer(settings: SmtpSettings, clock: Callable[[], datetime]) -> SmtpMailer | None:
    """Gives the mailer of the settings' server, None without one."""
    return SmtpMailer(settings, clock) if settings.host else None


def _logged(error: Exception) -> str:
    # Not the server's own words: they repeat addresses and user names.
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
    log.warning("mail_failed", error=type(error).__name__, code=code)
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return "The mail server refuses the user name or password of this server."
        case aiosmtplib.SMTPRecipientsRefused():
            return "The mail server refused all receivers."
        case TimeoutError():
            return "The mail server did not answer in time."
        case aiosmtplib.SMTPResponseException():
            return f"The mail server refused the message with code {code}."
        case _:
            return "The mail server cannot be reached, or the connection to it broke."
