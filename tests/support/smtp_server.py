"""A mail server that keeps what it gets.

with SmtpServer() as smtp:
    mailer = make_mailer(smtp.settings(), clock)    # or start a server with `smtp.env`
    ...
    assert smtp.letters[0].message["Subject"] == "Hi"
"""

import asyncio
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from flowgen_core.settings import SmtpSettings
from tests.support.background import Background


@dataclass(frozen=True)
class Letter:
    """A message as it came: from whom, to whom, its bytes, and who had logged in."""

    sender: str
    receivers: list[str]
    data: bytes
    user: str

    @property
    def message(self) -> EmailMessage:
        """The message, read."""
        read = message_from_bytes(self.data, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read


class SmtpServer(Background):
    """The server: `refuses` are receivers it does not know, `login` the name and password it wants.

    With `tls` it offers STARTTLS and takes nothing without; with `rejects` it refuses every message's data.
    """

    def __init__(
        self,
        *,
        refuses: Collection[str] = (),
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        rejects: bool = False,
    ) -> None:
        self.letters: list[Letter] = []
        self.port = 0
        self._refuses, self._login, self._tls, self._rejects = refuses, login, tls, rejects

    def settings(self, **more: Any) -> SmtpSettings:
        """The settings of a core that sends through this server."""
        given = {"host": "127.0.0.1", "port": self.port, "tls": "none", "sender": "bot@flowgen.test", **more}
        return SmtpSettings(**given)

    @property
    def env(self) -> dict[str, str]:
        """The same as the environment of a server process."""
        return {f"FLOWGEN_SMTP__{name.upper()}": str(value) for name, value in self.settings() if value}

    async def serve(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set."""
        server = await asyncio.get_running_loop().create_server(self._protocol, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready()
        await stop.wait()
        server.close()

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            authenticator=self._judge if self._login else None,
            auth_required=self._login is not None,
            auth_require_tls=False,
        )

    def _judge(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        right = (given.login.decode(), given.password.decode()) == self._login
        return AuthResult(success=right, handled=False, auth_data=given.login.decode())

    async def handle_RCPT(  # noqa: N802  aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self._refuses:
            return "550 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._rejects:
            return "554 canary-of-the-mail-server"
        user, sender = str(session.auth_data or ""), str(envelope.mail_from)
        assert isinstance(envelope.original_content, bytes)
        self.letters.append(Letter(sender, list(envelope.rcpt_tos), envelope.original_content, user))
        return "250 OK"
