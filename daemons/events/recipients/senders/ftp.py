"""Stores files by FTP (RFC 959, 2428, 3659)."""

import ftplib
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from daemons.events.delivery.line import STEP_S, Line
from daemons.events.recipients.kinds import Failed, Message
from daemons.events.recipients.senders.files import CHUNK_BYTES, check_stored, file_of, size_of

_MOST_REPLY_BYTES = 32 * 1024
_FIRST_PORT, _PORTS, _TRIES = 49152, 16384, 50
"""Dynamic ports (RFC 6335)."""


async def deliver(line: Line, parameters: Mapping[str, str], message: Message) -> str:
    """Store the file; done when the server has acknowledged all of it, under its final name."""
    file = file_of(message)

    def store() -> None:
        with Path(file.path).open("rb") as source:
            _with_server(line, parameters, partial(_store, source, file.name, size_of(file)))

    await line.in_thread(store)
    return ""


async def test(line: Line, parameters: Mapping[str, str]) -> str:
    """Store a small file in the folder, and delete it."""

    def attempt(client: "_Client", parameters: Mapping[str, str]) -> None:
        name = "c8210-test.txt"
        _store(BytesIO(b"test\n"), name, 5, client, parameters)
        client.delete(name)

    await line.in_thread(partial(_with_server, line, parameters, attempt))
    return "a file was stored in the folder and deleted"


def _with_server(
    line: Line, parameters: Mapping[str, str], job: Callable[["_Client", Mapping[str, str]], None]
) -> None:
    client = _Client(line, parameters["host"], int(parameters["port"]))
    try:
        client.login_to(parameters)
        client.set_pasv(parameters["passive"] == "1")
        _enter(client, parameters["upload_path"])
        job(client, parameters)
        with suppress(*ftplib.all_errors):  # it has what it should have
            client.quit()
    except Failed:
        raise
    except TimeoutError:
        raise Failed("the server does not answer in time") from None
    except ftplib.error_perm as error:
        raise Failed(f"the server refuses: {error}") from error
    except ftplib.Error as error:
        raise Failed(f"the server answers: {error}") from error
    except (OSError, EOFError) as error:
        raise Failed(f"the connection broke: {error or 'the server closed it'}") from error
    finally:
        client.close()


def _enter(client: "_Client", folder: str) -> None:
    if not folder:
        return
    try:
        client.cwd(folder)
    except ftplib.error_perm as error:
        raise Failed(f"the folder '{folder}' does not exist on the server: {error}") from error


def _store(
    source: BinaryIO, name: str, size: int, client: "_Client", parameters: Mapping[str, str]
) -> None:
    temporary = parameters["temporary"] == "1"
    # The same for each attempt at the same file, so that one that was cut off is overwritten.
    first_name = f".{name}.tmp" if temporary else name
    client.storbinary(f"STOR {first_name}", source, CHUNK_BYTES)
    check_stored(client.stored_size(first_name), size)
    if temporary:
        client.rename(first_name, name)


def _waiting(address: str, family: int) -> socket.socket:
    """Return a socket that waits at a free port; the unit's rights name ports, and so are none for "any" (0)."""
    for _ in range(_TRIES):
        with suppress(OSError):  # somebody has that one
            port = _FIRST_PORT + secrets.randbelow(_PORTS)
            return socket.create_server((address, port), family=family, backlog=1)
    raise Failed("no port is free for the server's data connection")


class _Client(ftplib.FTP):
    """The library's client, on a line, and with an end to what a server may say."""

    def __init__(self, line: Line, host: str, port: int) -> None:
        super().__init__(timeout=STEP_S)
        self._line = line
        self._budget = _MOST_REPLY_BYTES
        self.host = host
        self.sock = line.connect(host, port)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        try:
            self.welcome = self.getresp()
        except BaseException:
            self.close()
            raise

    def login_to(self, parameters: Mapping[str, str]) -> None:
        try:
            self.login(parameters["login"], parameters["password"])
        except ftplib.error_perm as error:
            raise Failed(f"the server refuses the login: {error}") from error

    def stored_size(self, name: str) -> int | None:
        """Return the size of a stored file, None when the server does not tell sizes."""
        try:
            return self.size(name)
        except ftplib.error_perm:
            return None

    def getresp(self) -> str:
        self._budget = _MOST_REPLY_BYTES
        return super().getresp()

    def getline(self) -> str:
        line = super().getline()
        self._budget -= len(line) + 2
        if self._budget < 0:
            raise Failed("the server's answer has no end")
        return line

    def makeport(self) -> socket.socket:
        """Wait for the server's connection at the address by which it knows this unit, and at no other."""
        if self.sock is None:
            raise EOFError
        address = self.sock.getsockname()[0]
        waiting = _waiting(address, self.af)
        waiting.settimeout(STEP_S)
        self._line.adopt(waiting)
        port = waiting.getsockname()[1]
        try:
            if self.af == socket.AF_INET:
                self.sendport(address, port)
            else:
                self.sendeprt(address, port)
        except BaseException:
            waiting.close()
            raise
        return waiting

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """Open the data connection; it leads to the server of the control connection, whatever that has said."""
        data, size = super().ntransfercmd(cmd, rest)
        if self.sock is None or data.getpeername()[0] != self.sock.getpeername()[0]:
            data.close()
            raise Failed("a stranger has opened the data connection")
        self._line.mark(data)
        self._line.adopt(data)
        return data, size
