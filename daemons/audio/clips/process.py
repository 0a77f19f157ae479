"""Starts decode workers, hands them files, and believes nothing they say without checking."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from common.errors import InvalidValue, StorageFull, Unavailable
from daemons.audio.worker import protocol
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
JOB_TIMEOUT_S = 120.0


class WorkerSession:
    """One worker process, doing one job after the other."""

    def __init__(self, connection: socket.socket, process: asyncio.subprocess.Process) -> None:
        self._connection = connection
        self._process = process

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    async def run(self, job: protocol.Job, descriptors: Sequence[int]) -> protocol.Reply:
        """Do one job with duplicates of `descriptors`.

        Raises InvalidValue where the file is at fault, or the worker broke over it; StorageFull.
        """
        try:
            socket.send_fds(self._connection, [protocol.dump(job)], list(descriptors))
            async with asyncio.timeout(JOB_TIMEOUT_S):
                reply = protocol.parse_reply(await self._receive())
        except TimeoutError:
            raise InvalidValue(f"the file takes over {JOB_TIMEOUT_S:.0f} s to decode") from None
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("a decode worker broke over a file: %r", error)
            raise InvalidValue("the file cannot be decoded") from None
        if isinstance(reply, protocol.Broken):
            log.warning("a decode worker broke over a file: %s", reply.reason)
            raise InvalidValue("the file cannot be decoded")
        if isinstance(reply, protocol.Refused):
            raise InvalidValue(_printable(reply.reason))
        if isinstance(reply, protocol.NoRoom):
            raise StorageFull("there is no room left to keep the clip")
        return reply

    async def greet(self) -> protocol.Ready:
        """Wait until the worker is confined and ready; raises Unavailable."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                greeting = protocol.parse_greeting(await self._receive())
        except (TimeoutError, OSError, msgspec.MsgspecError) as error:
            log.error("a decode worker did not start: %r", error)
            raise Unavailable("sound files cannot be decoded at the moment") from None
        if isinstance(greeting, protocol.Broken):
            log.error("a decode worker cannot work here: %s", greeting.reason)
            raise Unavailable("sound files cannot be decoded on this unit")
        return greeting

    async def _receive(self) -> bytes:
        packet = await asyncio.get_running_loop().sock_recv(self._connection, protocol.PACKET_LIMIT)
        if not packet:
            raise ConnectionResetError("the worker is gone")
        return packet


class DecodeWorkers:
    """Starts workers; at most `at_once` run at the same time, the next ones wait."""

    def __init__(self, at_once: int = 2) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._known_layers: protocol.Ready | None = None

    @asynccontextmanager
    async def session(self, file_bytes: int) -> AsyncIterator[WorkerSession]:
        """Run a worker that can write files of at most `file_bytes`; it ends with the block."""
        async with self._slots:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours:
                ours.setblocking(False)
                with theirs:
                    process = await _start(theirs.fileno(), file_bytes)
                try:
                    session = WorkerSession(ours, process)
                    self._note_layers(await session.greet())
                    yield session
                finally:
                    await end(process)

    def _note_layers(self, layers: protocol.Ready) -> None:
        if layers == self._known_layers:
            return
        self._known_layers = layers
        log.info("decode workers are confined by: %s", ", ".join(layers.held))
        if layers.missing:
            log.warning("decode workers go without, ignoring: %s", ", ".join(layers.missing))


async def _start(descriptor: int, file_bytes: int) -> asyncio.subprocess.Process:
    try:
        return await launch("daemons.audio.worker", (descriptor,), str(file_bytes))
    except OSError as error:
        log.error("a decode worker cannot be started: %s", error)
        raise Unavailable("sound files cannot be decoded at the moment") from error


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
