"""What tests of recipients share: jobs as the worker does them, and servers that misbehave."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from daemons.events.delivery import protocol
from daemons.events.delivery.worker import done
from daemons.events.recipients.kinds import File, Message

SECONDS = 20.0
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def send(
    token: str,
    parameters: dict[str, str],
    message: Message | None,
    *,
    seconds: float = SECONDS,
    loopback_allowed: bool = True,
    trusted: str = "",
) -> protocol.Result:
    """Do what the worker does with one job; a test where there is no message."""
    job = protocol.Job(1, f"com.axis.recipient.{token}", parameters, seconds, message)
    return await done(job, protocol.Settings(loopback_allowed, trusted))


def file_message(
    folder: Path,
    content: bytes,
    name: str = "door_0000007.mkv",
    media_type: str = "video/x-matroska",
) -> Message:
    """Return a message with a file."""
    path = folder / "to-send"
    path.write_bytes(content)
    return Message(file=File(str(path), name, media_type), number=7, created=1_700_000_000.0)


@asynccontextmanager
async def scripted(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve every connection with `handler`; yields the port. No connection outlives the block."""
    writers: list[asyncio.StreamWriter] = []
    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        with suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError
        ):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0)  # for a connection that was just taken
        for task in handling:
            task.cancel()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*handling, return_exceptions=True)
        for writer in writers:
            with suppress(OSError):
                await writer.wait_closed()


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing, take nothing, for ever."""
    await asyncio.Event().wait()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin an answer that no step's time-out ends, and never finish it."""
    while True:
        writer.write(b"2")
        await writer.drain()
        await asyncio.sleep(0.05)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Give an answer without end, in the form of FTP's and SMTP's continued lines."""
    while True:
        writer.write(b"220-more\r\n" * 4096)
        await writer.drain()


@asynccontextmanager
async def cut_off(port: int, after_bytes: int) -> AsyncIterator[int]:
    """Stand before a server on `port`, and break the connection once so many bytes have come for it."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)

        async def answers() -> None:
            with suppress(ConnectionError):
                while data := await far_reader.read(65536):
                    writer.write(data)

        left = after_bytes
        try:
            async with asyncio.TaskGroup() as tasks:
                answering = tasks.create_task(answers(), name="answers")
                while left > 0 and (data := await reader.read(min(left, 65536))):
                    far_writer.write(data)
                    left -= len(data)
                answering.cancel()
        finally:
            far_writer.transport.abort()
            writer.transport.abort()

    async with scripted(relay) as relayed:
        yield relayed


@contextmanager
def process_on_a_port(*arguments: str) -> Iterator[int]:
    """Run a script of this folder that prints its port."""
    script, *rest = arguments
    with subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name(script)), *rest],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


class Authority:
    """An authority of certificates, with its own in `path`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.path = folder / f"{name}.pem"
        certificate = self._certificate(self._name, self._key, ca=True)
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, *names: str, expired: bool = False) -> tuple[Path, Path]:
        """Return the files of a server's certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = self._certificate(subject, key, names, expired=expired)
        stem = "-".join(names) + ("-expired" if expired else "")
        certificate_path, key_path = self._folder / f"{stem}.crt", self._folder / f"{stem}.key"
        certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate_path, key_path

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        names: tuple[str, ...] = (),
        *,
        ca: bool = False,
        expired: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=-1 if expired else 1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        if ca:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
