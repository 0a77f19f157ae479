"""A process of a daemon's own: how it is started, told things, heard, and seen off.

The two speak over a pair of sockets: one packet is one message, and descriptors go along with what the daemon says.
"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from common.errors import Unavailable
from common.paths import LIBRARY

log = logging.getLogger(__name__)

Order = TypeVar("Order")
Report = TypeVar("Report")

Launch = Callable[[int], Awaitable[asyncio.subprocess.Process]]
"""Starts the process with the descriptor of its end; raises OSError."""


async def launch(
    module: str,
    *arguments: str,
    descriptors: Sequence[int] = (),
    keep: Sequence[str] = (),
    errors: int | None = None,
) -> asyncio.subprocess.Process:
    """Start a module of ours as a process; raises OSError.

    It gets nothing else of ours but these descriptors and the variables of the environment in `keep`. What it prints
    goes nowhere, and what it says of errors into our log, or to `errors`.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", module, *arguments),
        pass_fds=descriptors,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=errors,
        env={
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(LIBRARY),
            "OPENBLAS_NUM_THREADS": "1",
            **{name: os.environ[name] for name in keep if name in os.environ},
        },
    )


@dataclass(frozen=True)
class Kind(Generic[Order, Report]):
    """What one kind of process is called, and its language."""

    name: str
    """With its article, as it stands in a sentence."""
    dump: Callable[[Order], bytes]
    parse: Callable[[bytes], Report]
    """Raises msgspec.MsgspecError for what is no report."""
    longest_packet: int
    queue_bytes: int | None = None
    """How much may wait to be read at either end; None is what the system gives."""
    goodbye_s: float = 0.0
    """How long it may take to go by itself once nobody gives orders any more, before it is killed."""


class Child(Generic[Order, Report]):
    """One process, from start to end."""

    def __init__(
        self,
        kind: Kind[Order, Report],
        process: asyncio.subprocess.Process,
        control: socket.socket,
    ) -> None:
        self._kind = kind
        self._process = process
        self._control = control

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, order: Order, *descriptors: int) -> None:
        """Give an order; the process gets copies of the descriptors. Raises `Unavailable` when it cannot take it."""
        try:
            socket.send_fds(self._control, [self._kind.dump(order)], descriptors)
        except OSError as error:
            raise Unavailable(f"{self._kind.name} does not answer") from error

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what it has to tell, until it ends or says what it must not."""
        loop = asyncio.get_running_loop()
        # Made once: so much memory comes from the system, and goes back to it each time.
        room = memoryview(bytearray(self._kind.longest_packet))
        while True:
            try:
                length = await loop.sock_recv_into(self._control, room)
            except OSError:
                return
            if not length:
                return
            try:
                report = self._kind.parse(bytes(room[:length]))
            except msgspec.MsgspecError as error:
                log.error("%s says what it must not: %s", self._kind.name, error)
                return
            yield report

    async def ended(self) -> None:
        """Return once it has ended."""
        await self._process.wait()

    def kill(self) -> None:
        """End it at once: what it keeps in memory is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()


@asynccontextmanager
async def started(
    kind: Kind[Order, Report], launch_with: Launch
) -> AsyncIterator[Child[Order, Report]]:
    """Run a process as long as the block lasts; raises `Unavailable` when none can be started."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if kind.queue_bytes is not None:
        for each in (ours, theirs):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, kind.queue_bytes)
    ours.setblocking(False)
    with ours:
        with theirs:
            try:
                process = await launch_with(theirs.fileno())
            except OSError as error:
                raise Unavailable(f"{kind.name} cannot be started: {error.strerror}") from error
        child = Child(kind, process, ours)
        try:
            yield child
        finally:
            try:
                if kind.goodbye_s:
                    with suppress(OSError):
                        ours.shutdown(socket.SHUT_RDWR)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(kind.goodbye_s):
                            await process.wait()
            finally:
                child.kill()
                await _reap(process)


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Wait for one that was killed, whoever wants to stop that: it takes no time."""
    try:
        await process.wait()
    except asyncio.CancelledError:
        await process.wait()
        raise
