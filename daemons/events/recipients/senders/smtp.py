"""Sends e-mail (RFC 5321), after a login by POP where that is asked for."""

import poplib
import smtplib
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from daemons.events.delivery.line import STEP_S, Line
from daemons.events.recipients.kinds import Failed, File, Message
from daemons.events.recipients.registry import addresses
from daemons.events.recipients.senders import tls
from daemons.events.recipients.senders.files import existing, size_of

MOST_ATTACHED_BYTES = 20 * 2**20
_MOST_REPLY_BYTES = 32 * 1024


async def deliver(line: Line, parameters: Mapping[str, str], message: Message) -> str:
    """Send a mail; done when the server has taken it for every receiver."""
    mail = written(parameters, message)
    return await line.in_thread(lambda: _send(line, parameters, mail))


async def test(line: Line, parameters: Mapping[str, str]) -> str:
    """Send a short mail."""
    return await deliver(line, parameters, Message(subject="Test", text="This is a test."))


def written(parameters: Mapping[str, str], message: Message) -> EmailMessage:
    """Return the mail; the same each time for the same message, its id included."""
    mail = EmailMessage()
    sender = addresses(parameters["email_from"])[0]
    created = datetime.fromtimestamp(message.created).astimezone() if message.created else None
    try:
        mail["From"] = Address(addr_spec=sender)
        mail["To"] = tuple(Address(addr_spec=to) for to in addresses(parameters["email_to"]))
        mail["Subject"] = message.subject
    except ValueError as error:
        raise Failed(
            f"the subject or an address cannot be sent: {error}", permanent=True
        ) from error
    mail["Date"] = format_datetime(created or datetime.now().astimezone())
    domain = sender.rpartition("@")[2]
    mail["Message-ID"] = f"<c8210.{message.number}.{int(message.created * 1000)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.file is not None:
        _attach(mail, existing(message.file))
    return mail


def _attach(mail: EmailMessage, file: File) -> None:
    if size_of(file) > MOST_ATTACHED_BYTES:
        raise Failed(
            f"the file is larger than {MOST_ATTACHED_BYTES // 2**20} MB, which is too much for a mail",
            permanent=True,
        )
    main, _, sub = file.media_type.partition("/")
    mail.add_attachment(
        Path(file.path).read_bytes(),
        maintype=main,
        subtype=sub or "octet-stream",
        filename=file.name,
    )


def _send(line: Line, parameters: Mapping[str, str], mail: EmailMessage) -> str:
    try:
        if parameters["pop_host"]:
            _log_in_by_pop(line, parameters)
        client = _Client(line, parameters)
        try:
            refused = client.hand_over(parameters, mail)
        finally:
            client.close()
    except TimeoutError:
        raise Failed("the mail server does not answer in time") from None
    except ssl.SSLCertVerificationError as error:
        raise Failed(f"the server's certificate is refused: {error.verify_message}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise Failed(f"the mail server refuses the login: {_said(error)}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise Failed(
            f"the mail server refuses every receiver: {_reasons(error.recipients)}"
        ) from error
    except smtplib.SMTPResponseException as error:
        raise Failed(f"the mail server refuses: {_said(error)}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise Failed(f"the mail server cannot do it: {error}") from error
    except poplib.error_proto as error:
        raise Failed(
            f"the POP server refuses: {_text(error.args[0] if error.args else '')}"
        ) from error
    except UnicodeEncodeError:
        raise Failed("user name and password must be ASCII", permanent=True) from None
    except (smtplib.SMTPException, OSError, EOFError, ValueError) as error:
        raise Failed(f"the connection broke: {error}") from error
    if refused:
        # Sending it again would send it twice to all the others.
        raise Failed(f"it was sent, but not to {_reasons(refused)}", permanent=True)
    return "the mail server has taken the mail"


def _log_in_by_pop(line: Line, parameters: Mapping[str, str]) -> None:
    client = _PopClient(line, parameters["pop_host"], int(parameters["pop_port"]))
    try:
        client.user(parameters["pop_login"] or parameters["login"])
        client.pass_(parameters["pop_password"] or parameters["password"])
        client.quit()
    finally:
        client.close()


def _reasons(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{to}: {code} {_text(said)}" for to, (code, said) in refused.items())


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(said: bytes | str) -> str:
    return said if isinstance(said, str) else said.decode(errors="replace")


class _Metered:
    """The lines of a server, and an end to them."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.budget = _MOST_REPLY_BYTES

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._file.readline(limit)
        self.budget -= len(line)
        if self.budget < 0:
            raise Failed("the server's answer has no end")
        return line

    def close(self) -> None:
        self._file.close()


class _Client(smtplib.SMTP):
    """The library's client, on a line."""

    def __init__(self, line: Line, parameters: Mapping[str, str]) -> None:
        self._line = line
        self._encryption = parameters["encryption"]
        self._context = (
            None
            if self._encryption == "none"
            else tls.context(line, validate=parameters["validate_server_cert"] == "1")
        )
        # Who it is in EHLO: the address from which it speaks (RFC 5321, 4.1.3), known once it is connected.
        try:
            super().__init__(
                parameters["host"],
                int(parameters["port"]),
                local_hostname="unknown",
                timeout=STEP_S,
            )
        except BaseException:
            self.close()
            raise
        address = self._socket().getsockname()[0]
        self.local_hostname = f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def hand_over(
        self, parameters: Mapping[str, str], mail: EmailMessage
    ) -> dict[str, tuple[int, bytes]]:
        """Hand the mail over; return the receivers that were refused."""
        if self._encryption == "tls":
            self.ehlo()
            self.starttls(context=self._context)
        if parameters["login"]:
            self.login(parameters["login"], parameters["password"])
        refused = self.send_message(mail)
        self.docmd("QUIT")
        return refused

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = _Metered(self._socket().makefile("rb"))
        self.file.budget = _MOST_REPLY_BYTES
        return super().getreply()

    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the server has closed the connection")
        return self.sock

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002, RUF100
        connection = self._line.connect(host, port)
        if self._encryption == "ssl" and self._context is not None:
            return self._context.wrap_socket(connection, server_hostname=host)
        return connection


class _PopClient(poplib.POP3):
    """The library's client, on a line."""

    def __init__(self, line: Line, host: str, port: int) -> None:
        self._line = line
        super().__init__(host, port, timeout=STEP_S)

    def _create_socket(self, timeout: float) -> socket.socket:  # noqa: ARG002, RUF100
        return self._line.connect(self.host, self.port)
