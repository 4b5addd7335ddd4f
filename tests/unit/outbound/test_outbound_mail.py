"""E-mail goes out as one message to those it names, whatever its parts hold."""

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from flowgen_core.api import MailFailed
from flowgen_core.runtime.outbound.mail import make_mailer
from flowgen_core.settings import SmtpSettings
from tests.support.listeners import listening
from tests.support.smtp_server import SmtpServer

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ANN, BOB = "ann@example.com", "bob@example.com"


def mailer(smtp: SmtpServer, **settings):
    return make_mailer(smtp.settings(**settings), lambda: NOON)


async def test_a_message_arrives_as_it_was_meant():
    with SmtpServer() as smtp:
        await mailer(smtp).send(
            [ANN, BOB], "Grüße — 你好", "Zeile 1\nZeile 2 — 你好\n.\nEnde", message_id="run-1.2"
        )
    (letter,) = smtp.letters
    message = letter.message
    assert (letter.sender, letter.receivers) == ("bot@flowgen.test", [ANN, BOB])
    assert (message["Subject"], message["From"], message["To"]) == (
        "Grüße — 你好",
        "bot@flowgen.test",
        f"{ANN}, {BOB}",
    )
    assert message["Message-ID"] == "<run-1.2@flowgen.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == NOON
    assert message.get_content().splitlines() == ["Zeile 1", "Zeile 2 — 你好", ".", "Ende"]


async def test_a_message_may_come_from_another_address():
    with SmtpServer() as smtp:
        await mailer(smtp).send([ANN], "Hi", "Hi", sender="shop@example.org")
    assert smtp.letters[0].sender == smtp.letters[0].message["From"] == "shop@example.org"
    assert smtp.letters[0].message["Message-ID"] is None


HIDDEN = [
    "Hi\r\nBcc: eve@example.com",
    "Hi\nBcc: eve@example.com",
    "Hi\rBcc: eve@example.com",
    "Hi\r\n\r\nanother body",
    "Hi\r\n.\r\nMAIL FROM:<eve@example.com>",
    "Hi\x85Bcc: eve@example.com",
    "Hi\u2028Bcc: eve@example.com",
    "Hi\x0bBcc: eve@example.com",
    "Hi\x00Bcc: eve@example.com",
    "=?utf-8?q?Hi=0D=0ABcc:_eve@example.com?=",
    "=?utf-8?q?Hi=0ABcc:_eve@example.com?=",
    "=?utf-8?b?SGkKQmNjOiBldmVAZXhhbXBsZS5jb20=?=",
    "=?utf-8?q?Hi=0D=0A=0D=0Aanother_body?=",
    "x" * 5000 + "\r\nBcc: eve@example.com",
]


@pytest.mark.parametrize("subject", HIDDEN)
async def test_a_subject_cannot_become_a_header_or_a_body(subject):
    with SmtpServer() as smtp:
        try:
            await mailer(smtp).send([ANN], subject, "the body")
        except MailFailed:
            assert smtp.letters == []
            return
    (letter,) = smtp.letters
    assert letter.receivers == [ANN]
    assert letter.message["Bcc"] is None
    assert letter.message.get_content().strip() == "the body"
    assert all(len(line) <= 998 for line in letter.data.split(b"\r\n"))


async def test_a_subject_of_several_lines_becomes_one():
    with SmtpServer() as smtp:
        await mailer(smtp).send([ANN], " Your\r\n order\n", "Hi")
    assert smtp.letters[0].message["Subject"] == "Your order"


@pytest.mark.parametrize("text", [*HIDDEN, "From here\n.\n..\n\r\n.\r\nQUIT\r\n", "x" * 5000, "\n", ""])
async def test_a_text_stays_a_text(text):
    with SmtpServer() as smtp:
        await mailer(smtp).send([ANN], "Hi", text)
    (letter,) = smtp.letters
    assert letter.receivers == [ANN]
    assert letter.message.keys()[:3] == ["From", "To", "Subject"]
    assert letter.message["Bcc"] is None
    assert letter.message.get_content().split() == text.split()
    assert letter.data.isascii()


@pytest.mark.parametrize(
    "address",
    [
        *("", "ann", "@example.com", "ann@", "ann @example.com", "ann@exam ple.com"),
        *("Ann <ann@example.com>", "<ann@example.com>", "ann@example.com, eve@example.com"),
        *("ann@example.com\n", "ann@example.com\r\nRCPT TO:<eve@x.org>", "ann@example.com> BODY=8BITMIME"),
        *(
            '"a b"@example.com',
            "ann@[127.0.0.1]",
            "änn@example.com",
            "ann@exämple.com",
            "ann\x00@example.com",
        ),
        *("a@b@c", "ann@-example.com", "ann@example..com", "=?utf-8?q?a?=@example.com,x"),
        *("a" * 65 + "@example.com", "ann@" + "a." * 130 + "com"),
    ],
)
async def test_what_is_no_address_is_refused(address):
    with SmtpServer() as smtp:
        with pytest.raises(MailFailed):
            await mailer(smtp).send([ANN, address], "Hi", "Hi")
        with pytest.raises(MailFailed):
            await mailer(smtp, sender=address or "-").send([ANN], "Hi", "Hi")
    assert smtp.letters == []


@pytest.mark.parametrize(
    "address", [ANN, "a.b+c_d-e@sub.example.co.uk", "o'hara@example.com", "ann@localhost"]
)
async def test_usual_addresses_are_taken(address):
    with SmtpServer() as smtp:
        await mailer(smtp).send([address], "Hi", "Hi")
    assert smtp.letters[0].receivers == [address]


@pytest.mark.parametrize("message_id", ["a b", "a>\r\nBcc: x", "ä", "<a@b>", "a" * 101])
async def test_an_odd_message_id_is_refused(message_id):
    with SmtpServer() as smtp, pytest.raises(MailFailed, match="message id"):
        await mailer(smtp).send([ANN], "Hi", "Hi", message_id=message_id)


@pytest.mark.parametrize("count", [0, 101])
async def test_the_number_of_receivers_is_limited(count):
    with SmtpServer() as smtp, pytest.raises(MailFailed, match="1 to 100"):
        await mailer(smtp).send([f"a{n}@example.com" for n in range(count)], "Hi", "Hi")


async def test_a_text_that_cannot_be_sent_is_refused():
    with SmtpServer() as smtp, pytest.raises(MailFailed, match="cannot be sent"):
        await mailer(smtp).send([ANN], "Hi", "\ud800")
    assert smtp.letters == []


async def test_a_refused_receiver_is_told():
    with SmtpServer(refuses={BOB}) as smtp:
        with pytest.raises(MailFailed, match="1 of 2"):
            await mailer(smtp).send([ANN, BOB], "Hi", "Hi")
        with pytest.raises(MailFailed, match="all receivers"):
            await mailer(smtp).send([BOB], "Hi", "Hi")
    assert [letter.receivers for letter in smtp.letters] == [[ANN]]


async def test_a_refused_message_is_told_without_the_servers_words():
    with (
        SmtpServer(rejects=True) as smtp,
        structlog.testing.capture_logs() as logs,
        pytest.raises(MailFailed, match="code 554") as told,
    ):
        await mailer(smtp).send([ANN], "Hi", "Hi")
    assert "canary" not in str(told.value) + repr(logs)
    assert [(line["event"], line["code"]) for line in logs] == [("mail_failed", 554)]


async def test_a_server_that_is_not_there_is_told():
    with SmtpServer() as smtp:
        port = smtp.port
    gone = make_mailer(SmtpSettings(host="127.0.0.1", port=port, tls="none", sender=ANN), lambda: NOON)
    with pytest.raises(MailFailed, match="cannot be reached"):
        await gone.send([ANN], "Hi", "Hi")


@pytest.mark.parametrize("greeting", [b"", b"220-wait\r\n"])
async def test_a_server_that_hangs_or_drips_is_left_in_time(greeting):
    async def drip(_reader, writer):
        while True:
            writer.write(greeting)
            await writer.drain()
            await asyncio.sleep(0.02)

    began = time.monotonic()
    async with listening(drip, speaks_first=True) as listener:
        settings = SmtpSettings(host="127.0.0.1", port=listener.port, tls="none", sender=ANN, timeout=0.2)
        with pytest.raises(MailFailed, match="in time"):
            await make_mailer(settings, lambda: NOON).send([ANN], "Hi", "Hi")
    assert time.monotonic() - began < 2


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_the_mailer_logs_in():
    with SmtpServer(login=("bot", "canary-password")) as smtp:
        await mailer(smtp, username="bot", password="canary-password").send([ANN], "Hi", "Hi")
        with pytest.raises(MailFailed, match="user name or password") as told:
            await mailer(smtp, username="bot", password="canary-wrong").send([ANN], "Hi", "Hi")
    assert [letter.user for letter in smtp.letters] == ["bot"]
    assert "canary" not in str(told.value)


def certificate(folder) -> ssl.SSLContext:
    """Makes a certificate of 127.0.0.1 that is its own authority, as `ca.pem`."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(made.public_bytes(pem))
    (folder / "both.pem").write_bytes(secret + made.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "both.pem")
    return context


async def test_starttls_is_used_and_its_certificate_checked(tmp_path, monkeypatch):
    with SmtpServer(tls=certificate(tmp_path)) as smtp:
        sending = mailer(smtp, tls="starttls", host="localhost")
        with pytest.raises(MailFailed):
            await sending.send([ANN], "Hi", "Hi")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        await sending.send([ANN], "Hi", "Hi")
    assert len(smtp.letters) == 1


@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_encryption_that_a_server_lacks_is_not_done_without(mode):
    with SmtpServer() as smtp, pytest.raises(MailFailed):
        await mailer(smtp, tls=mode, timeout=0.2, username="bot", password="p").send([ANN], "Hi", "Hi")
    assert smtp.letters == []


def test_without_a_server_there_is_no_mailer():
    assert make_mailer(SmtpSettings(), lambda: NOON) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "mail.test"},
        {"host": "mail.test", "sender": ANN, "username": "bot"},
        {"host": "mail.test", "sender": ANN, "password": "p"},
        {"tls": "maybe"},
        {"port": 0},
        {"timeout": 0},
    ],
)
def test_an_unfinished_setting_stops_the_start(settings):
    with pytest.raises(ValidationError):
        SmtpSettings(**settings)
