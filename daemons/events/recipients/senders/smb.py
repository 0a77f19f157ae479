"""Stores files on network storage by SMB 2 and 3, in user space: nothing is mounted.

Referrals of a distributed file system, which lead to other servers, are not followed.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from smbprotocol.connection import Connection
from smbprotocol.exceptions import (
    AccessDenied,
    BadNetworkName,
    DiskFull,
    LogonFailure,
    ObjectNameNotFound,
    ObjectPathNotFound,
    SMBAuthenticationError,
    SMBConnectionClosed,
    SMBException,
    SMBResponseException,
)
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    FileAttributes,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    Open,
    ShareAccess,
)
from smbprotocol.session import Session
from smbprotocol.transport import Tcp
from smbprotocol.tree import TreeConnect

from daemons.events.delivery.line import STEP_S, Line
from daemons.events.recipients.kinds import Failed, Message
from daemons.events.recipients.senders.files import check_stored, file_of, size_of

MATROSKA = b"\x1a\x45\xdf\xa3"
"""How a Matroska file begins: the EBML magic number (RFC 8794, 11.2.1)."""
_MOST_ANSWER_BYTES = 2**20
_WRITE_BYTES = 64 * 1024
"""One credit's worth; every server takes so much (MS-SMB2 3.3.5.13)."""


async def deliver(line: Line, parameters: Mapping[str, str], message: Message) -> str:
    """Store the file; done when the server shows all of it."""
    file = file_of(message)

    def store() -> None:
        with Path(file.path).open("rb") as source:
            if source.read(4) != MATROSKA or not file.name.endswith(".mkv"):
                raise Failed("network storage takes Matroska files only", permanent=True)
            source.seek(0)
            with _share(line, parameters) as share:
                _store(share, _path(parameters, file.name), source, size_of(file))

    await line.in_thread(store)
    return ""


async def test(line: Line, parameters: Mapping[str, str]) -> str:
    """Store a small file in the folder, and delete it."""

    def attempt() -> None:
        with _share(line, parameters) as share:
            path = _path(parameters, "c8210-test.txt")
            _store(share, path, BytesIO(b"test\n"), 5, CreateOptions.FILE_DELETE_ON_CLOSE)

    await line.in_thread(attempt)
    return "a file was stored in the folder and deleted"


def _path(parameters: Mapping[str, str], name: str) -> str:
    folder = parameters["upload_path"].replace("/", "\\").strip("\\")
    return f"{folder}\\{name}" if folder else name


def _store(share: TreeConnect, path: str, source: BinaryIO, size: int, options: int = 0) -> None:
    file = Open(share, path)
    access = (
        FilePipePrinterAccessMask.GENERIC_WRITE | FilePipePrinterAccessMask.FILE_READ_ATTRIBUTES
    )
    file.create(
        ImpersonationLevel.Impersonation,
        access | FilePipePrinterAccessMask.DELETE if options else access,
        FileAttributes.FILE_ATTRIBUTE_NORMAL,
        ShareAccess.FILE_SHARE_READ,
        CreateDisposition.FILE_OVERWRITE_IF,  # of what an attempt before has left
        CreateOptions.FILE_NON_DIRECTORY_FILE | options,
    )
    try:
        offset = 0
        while chunk := source.read(_WRITE_BYTES):
            check_stored(file.write(chunk, offset), len(chunk))
            offset += len(chunk)
        if not options:
            file.flush()
    except BaseException:
        with suppress(SMBException, OSError):  # the error that led here is the one to tell
            file.close()
        raise
    file.close(get_attributes=True)
    if not options:
        check_stored(file.end_of_file, size)


@contextmanager
def _share(line: Line, parameters: Mapping[str, str]) -> Iterator[TreeConnect]:
    """Yield the share, connected."""
    try:
        connection = _Connection(line, parameters["host"], int(parameters["port"]))
        whole = False
        try:
            connection.connect(timeout=STEP_S)
            yield _tree(connection, parameters)
            whole = True
        finally:
            # All is stored, or the first error tells why not; there may have been no connection at all.
            with suppress(SMBException, OSError, AttributeError):
                connection.disconnect(close=whole, timeout=STEP_S)
    except (LogonFailure, SMBAuthenticationError) as error:
        raise Failed("the server refuses the login") from error
    except BadNetworkName as error:
        raise Failed(f"there is no share '{parameters['share']}' on the server") from error
    except (ObjectPathNotFound, ObjectNameNotFound) as error:
        raise Failed(
            f"the folder '{parameters['upload_path']}' does not exist on the share"
        ) from error
    except AccessDenied as error:
        raise Failed("the server allows no writing there") from error
    except DiskFull as error:
        raise Failed("the share is full") from error
    except SMBResponseException as error:
        raise Failed(f"the server refuses with status 0x{error.status:08x}") from error
    except (SMBException, OSError, ValueError, KeyError, MemoryError) as error:
        # Also what the library raises of an answer that makes no sense.
        raise Failed(f"the connection broke: {error or type(error).__name__}") from error


class _Transport(Tcp):  # type: ignore[misc]
    """The library's transport, on a line, and with an end to what a server may announce."""

    connected: bool

    def __init__(self, line: Line, server: str, port: int) -> None:
        super().__init__(server, port)
        self._line = line

    def connect(self) -> None:
        if not self.connected:
            self._sock = self._line.connect(self.server, self.port)
            self._sock.settimeout(None)  # the library waits by select, and the line ends it
            self.connected = True

    def recv(self, timeout: float) -> bytes | bytearray:
        head, timeout = self._recv(4, timeout)
        if not head:
            return b""
        size = int.from_bytes(head, "big")
        if size > _MOST_ANSWER_BYTES:
            raise SMBConnectionClosed(f"the server announces {size} bytes")
        packet: bytes | bytearray | None = self._recv(size, timeout)[0]
        return packet or b""


class _Connection(Connection):  # type: ignore[misc]
    """The library's connection, over a transport of ours in place of the one that it makes."""

    def __init__(self, line: Line, host: str, port: int) -> None:
        self._line = line
        self._transport: _Transport | None = None
        super().__init__(uuid.uuid4(), host, port, require_signing=True)

    @property
    def transport(self) -> _Transport | None:
        """What packets go over."""
        return self._transport

    @transport.setter
    def transport(self, made: Tcp | None) -> None:
        self._transport = None if made is None else _Transport(self._line, made.server, made.port)


def _unc(host: str) -> str:
    """Return a host as a UNC path can have it (MS-DTYP 2.2.57): an IPv6 address in its own domain."""
    return host.replace(":", "-") + ".ipv6-literal.net" if ":" in host else host


def _tree(connection: Connection, parameters: Mapping[str, str]) -> TreeConnect:
    session = Session(
        connection,
        parameters["login"],
        parameters["password"],
        require_encryption=bool(connection.supports_encryption),
        hostname_override=parameters["host"],
        auth_protocol="ntlm",
    )
    session.connect()
    share = TreeConnect(session, rf"\\{_unc(parameters['host'])}\{parameters['share']}")
    share.connect()
    return share
