"""E-mail recipients against aiosmtpd, and a POP server that writes down who logs in."""

import asyncio
import email
import email.policy
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from daemons.events.recipients.kinds import File, Message
from tests.contract.recipients_rig import (
    Authority,
    cut_off,
    drip,
    file_message,
    flood,
    hang,
    scripted,
    send,
)

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
MESSAGE = Message(text="Motion at the döor\n.\nend", subject="Alarm: Tür", number=7, created=1.7e9)


@dataclass
class Mailbox:
    """What a mail server took, and whom it refuses."""

    port: int = 0
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuses: str = ""

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a receiver, or not."""
        if self.refuses and self.refuses in address:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((list(envelope.rcpt_tos), mail))
        self.encrypted.append(session.ssl is not None)
        return "250 kept"

    def login(
        self, server: object, session: object, envelope: object, mechanism: str, data: object
    ) -> AuthResult:
        """Let in who knows the password."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"s3cret", handled=False)


@asynccontextmanager
async def mail_server(
    certificate: tuple[Path, Path] | None = None, *, tls: bool = False, login: bool = False
) -> AsyncIterator[Mailbox]:
    """Serve SMTP: in the clear, with STARTTLS where there is a certificate, or TLS from the start."""
    box = Mailbox()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
    made: list[SMTP] = []

    def serve() -> SMTP:
        made.append(
            SMTP(
                box,
                hostname="mail.example.com",
                tls_context=None if tls else context,
                require_starttls=context is not None and not tls,
                auth_required=login,
                auth_require_tls=False,
                authenticator=box.login,
                loop=asyncio.get_running_loop(),
            )
        )
        return made[-1]

    loop = asyncio.get_running_loop()
    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=context if tls else None)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for connection in made:
            with suppress(AttributeError):  # it has ended
                connection.transport.abort()  # type: ignore[union-attr]
        await asyncio.sleep(0.01)  # for the transports to end


def parameters(port: int, **others: str) -> dict[str, str]:
    """Return where the server is, and the addresses."""
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "email_to": "guard@example.com",
        "email_from": "unit@example.com",
        "encryption": "none",
    } | others


@pytest.mark.covers("M-RCP-16")
async def test_a_mail_reaches_several_receivers() -> None:
    """Text and subject as they were given, and a line of one dot is no end."""
    async with mail_server() as box:
        to = "guard@example.com, boss@example.com"
        result = await send("smtp", parameters(box.port, email_to=to), MESSAGE)
    assert result.ok, result.reason
    ((receivers, mail),) = box.mails
    assert receivers == ["guard@example.com", "boss@example.com"]
    assert mail["To"] == "guard@example.com, boss@example.com"
    assert (mail["From"], mail["Subject"]) == ("unit@example.com", "Alarm: Tür")
    assert mail.get_content().replace("\r\n", "\n") == "Motion at the döor\n.\nend\n"
    assert mail["Message-ID"] == "<c8210.7.1700000000000@example.com>"
    assert box.logins == []


async def test_who_is_refused_is_named_and_the_others_get_it_once() -> None:
    """It is not sent again, for they would get it twice."""
    async with mail_server() as box:
        box.refuses = "boss"
        to = "guard@example.com,boss@example.com"
        partly = await send("smtp", parameters(box.port, email_to=to), MESSAGE)
        nobody = await send("smtp", parameters(box.port, email_to="boss@example.com"), MESSAGE)
    assert (partly.ok, partly.permanent) == (False, True)
    assert "not to boss@example.com: 550 no such user" in partly.reason
    assert (nobody.ok, nobody.permanent) == (False, False)
    assert len(box.mails) == 1


@pytest.mark.covers("M-RCP-17")
async def test_login() -> None:
    """Only where there is a user name."""
    async with mail_server(login=True) as box:
        given = parameters(box.port, login="unit", password="s3cret")
        good = await send("smtp", given, MESSAGE)
        bad = await send("smtp", given | {"password": "wr0ng-one"}, MESSAGE)
        none = await send("smtp", parameters(box.port), MESSAGE)
    assert good.ok, good.reason
    assert box.logins[0] == ("unit", "s3cret")
    assert "refuses the login" in bad.reason
    assert "wr0ng-one" not in bad.reason
    assert not none.ok
    assert [mail["From"] for _, mail in box.mails] == ["unit@example.com"]


@pytest.mark.covers("M-RCP-19")
@pytest.mark.parametrize(("encryption", "tls"), [("tls", False), ("ssl", True)])
async def test_encryption(encryption: str, tls: bool, tmp_path: Path) -> None:
    """TLS is STARTTLS, SSL is TLS from the start; the login comes after it."""
    authority = Authority(tmp_path)
    async with mail_server(authority.issue("127.0.0.1"), tls=tls, login=True) as box:
        given = parameters(box.port, encryption=encryption, login="unit", password="s3cret")
        result = await send("smtp", given, MESSAGE, trusted=str(authority.path))
    assert result.ok, result.reason
    assert box.logins == [("unit", "s3cret")]
    assert tls or box.encrypted == [True]


@pytest.mark.covers("M-RCP-19", part="validate server certificate")
@pytest.mark.parametrize(("encryption", "tls"), [("tls", False), ("ssl", True)])
async def test_a_bad_certificate_is_refused_unless_nobody_asks(
    encryption: str, tls: bool, tmp_path: Path
) -> None:
    """No login is told to a server that has not proved itself."""
    authority = Authority(tmp_path)
    async with mail_server(authority.issue("127.0.0.1"), tls=tls, login=True) as box:
        given = parameters(box.port, encryption=encryption, login="unit", password="s3cret")
        refused = await send("smtp", given, MESSAGE)
        assert (box.logins, box.mails) == ([], [])
        taken = await send("smtp", given | {"validate_server_cert": "0"}, MESSAGE)
    assert not refused.ok
    assert "certificate" in refused.reason
    assert taken.ok, taken.reason


async def test_a_server_without_starttls_gets_nothing_in_the_clear() -> None:
    """No fall-back: encryption was asked for."""
    async with mail_server() as box:
        given = parameters(box.port, encryption="tls", login="unit", password="s3cret")
        result = await send("smtp", given, MESSAGE)
    assert not result.ok
    assert "STARTTLS" in result.reason
    assert (box.logins, box.mails) == ([], [])


@pytest.mark.covers("M-RCP-20")
async def test_pop_comes_before_the_mail() -> None:
    """With the mail server's login, or with one of its own; who is refused there sends nothing."""
    said: list[str] = []

    async def pop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK hello\r\n")
        while line := (await reader.readline()).decode().strip():
            said.append(line)
            writer.write(b"-ERR no\r\n" if line == "PASS wr0ng-one" else b"+OK\r\n")
            if line == "QUIT":
                return

    async with scripted(pop) as pop_port, mail_server() as box:
        given = parameters(box.port, pop_host="127.0.0.1", pop_port=str(pop_port))
        given |= {"pop_login": "unit", "pop_password": "p0p"}
        good = await send("smtp", given, MESSAGE)
        bad = await send("smtp", given | {"pop_password": "wr0ng-one"}, MESSAGE)
    assert good.ok, good.reason
    assert said[:3] == ["USER unit", "PASS p0p", "QUIT"]
    assert not bad.ok
    assert "the POP server refuses" in bad.reason
    assert len(box.mails) == 1


async def test_a_file_is_attached(tmp_path: Path) -> None:
    """With its name and type."""
    content = os.urandom(100_000)
    async with mail_server() as box:
        message = file_message(tmp_path, content, "hall_0000007.wav", "audio/wav")
        result = await send("smtp", parameters(box.port), message)
    assert result.ok, result.reason
    (attachment,) = box.mails[0][1].iter_attachments()
    assert attachment.get_content() == content
    assert (attachment.get_filename(), attachment.get_content_type()) == (
        "hall_0000007.wav",
        "audio/wav",
    )


async def test_a_login_that_the_protocol_cannot_carry_is_told_without_it() -> None:
    """Rather than looking like a broken connection for a day."""
    async with mail_server(login=True) as box:
        given = parameters(box.port, login="unit", password="pässwort")
        result = await send("smtp", given, MESSAGE)
    assert (result.ok, result.permanent) == (False, True)
    assert result.reason == "user name and password must be ASCII"


async def test_an_attachment_that_no_server_takes_is_refused(tmp_path: Path) -> None:
    """Rather than held in memory."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(21 * 2**20)
    message = Message(file=File(str(path), "large_0000001.wav"))
    result = await send("smtp", parameters(1), message)
    assert (result.ok, result.permanent) == (False, True)


async def test_nothing_adds_a_line_to_a_header() -> None:
    """A subject of two lines is refused, and sends nothing."""
    async with mail_server() as box:
        message = Message(subject="Alarm\r\nBcc: spy@example.com", text="x")
        result = await send("smtp", parameters(box.port), message)
    assert (result.ok, result.permanent) == (False, True)
    assert box.mails == []


async def test_a_connection_that_breaks_in_mid_mail_is_tried_again(tmp_path: Path) -> None:
    """No half mail is kept, and the next attempt has the same Message-ID."""
    message = file_message(tmp_path, os.urandom(2_000_000))
    async with mail_server() as box, cut_off(box.port, 100_000) as port:
        broken = await send("smtp", parameters(port), message)
        assert (broken.ok, broken.permanent, box.mails) == (False, False, [])
        whole = await send("smtp", parameters(box.port), message)
    assert whole.ok, whole.reason
    assert box.mails[0][1]["Message-ID"] == "<c8210.7.1700000000000@example.com>"


@pytest.mark.parametrize("handler", [hang, drip], ids=["hang", "drip"])
async def test_a_server_without_an_answer_costs_its_time_and_no_more(handler: object) -> None:
    """The deadline ends what no single step's time-out does."""
    async with scripted(handler) as port:  # type: ignore[arg-type]
        result = await send("smtp", parameters(port), MESSAGE, seconds=0.6)
    assert (result.ok, result.permanent) == (False, False)


async def test_an_answer_without_end_is_cut_off() -> None:
    """No memory is filled with it."""
    async with scripted(flood) as port:
        result = await send("smtp", parameters(port), MESSAGE)
    assert "has no end" in result.reason


@pytest.mark.covers("M-RCP-22", part="e-mail")
async def test_the_test_sends_a_mail() -> None:
    """A short one."""
    async with mail_server() as box:
        result = await send("smtp", parameters(box.port), None)
    assert result.ok, result.reason
    assert box.mails[0][1]["Subject"] == "Test"
