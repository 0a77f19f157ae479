"""Starts decode workers, hands them files, and believes nothing they say without checking."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import msgspec

from common.errors import InvalidValue, StorageFull, Unavailable
from daemons.audio.worker import protocol
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
JOB_TIMEOUT_S = 120.0
IN_BACKGROUND = 10
"""The niceness of what nobody waits for."""


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


@dataclass(frozen=True, slots=True)
class _Started:
    connection: socket.socket
    process: asyncio.subprocess.Process
    file_bytes: int


class DecodeWorkers:
    """Starts workers; at most `at_once` work at the same time, the next ones wait.

    Whoever adds one clip often adds another: with `spare_s` the worker of the next file can start beforehand, which
    is most of its way. Each still sees one file only, and one that nobody needs ends after that time.
    """

    def __init__(self, at_once: int = 2, spare_s: float = 0.0) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._spare_s = spare_s
        self._spare: _Started | None = None
        self._drop: asyncio.TimerHandle | None = None
        self._known_layers: protocol.Ready | None = None

    @asynccontextmanager
    async def session(
        self, file_bytes: int, *, background: bool = False
    ) -> AsyncIterator[WorkerSession]:
        """Run a worker that can write files of at most `file_bytes`; it ends with the block.

        In the background it leaves the processor to others; else somebody waits for it.
        """
        async with self._slots:
            spare = None if background else self._take_spare(file_bytes)
            started = spare or await _start(file_bytes, background)
            with started.connection:
                try:
                    session = WorkerSession(started.connection, started.process)
                    self._note_layers(await session.greet())
                    yield session
                finally:
                    await end(started.process)

    async def prepare(self, file_bytes: int) -> None:
        """Start the worker of the next file, if there is to be a spare one; what fails is tried again when needed."""
        if not self._spare_s or self._spare is not None:
            return
        with suppress(Unavailable):
            started = await _start(file_bytes, background=False)
            self._spare = started
            loop = asyncio.get_running_loop()
            self._drop = loop.call_later(self._spare_s, self.close)

    def close(self) -> None:
        """End the spare worker; it can be called again, and more sessions may follow."""
        if self._drop is not None:
            self._drop.cancel()
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.connection.close()
            with suppress(ProcessLookupError):
                spare.process.kill()

    def _take_spare(self, file_bytes: int) -> _Started | None:
        """Return the spare worker where it may write just as much, and is alive."""
        spare = self._spare
        if spare is None or spare.file_bytes != file_bytes or spare.process.returncode is not None:
            return None
        if self._drop is not None:
            self._drop.cancel()
        self._spare = None
        return spare

    def _note_layers(self, layers: protocol.Ready) -> None:
        if layers == self._known_layers:
            return
        self._known_layers = layers
        log.info("decode workers are confined by: %s", ", ".join(layers.held))
        if layers.missing:
            log.warning("decode workers go without, ignoring: %s", ", ".join(layers.missing))


async def _start(file_bytes: int, background: bool) -> _Started:
    niceness = IN_BACKGROUND if background else 0
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with theirs:
        try:
            process = await launch(
                "daemons.audio.worker", (theirs.fileno(),), str(file_bytes), str(niceness)
            )
        except OSError as error:
            ours.close()
            log.error("a decode worker cannot be started: %s", error)
            raise Unavailable("sound files cannot be decoded at the moment") from error
        except BaseException:
            ours.close()
            raise
    return _Started(ours, process, file_bytes)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
