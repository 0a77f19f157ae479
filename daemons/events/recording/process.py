"""The recorder as the daemon holds it: started, told what to do, heard, ended."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from common.errors import Unavailable
from common.paths import LIBRARY
from daemons.events.recording import protocol
from daemons.events.recording.protocol import Order, Report
from daemons.events.recording.unfinished import sweep


class RecorderProcess:
    """One process, from start to end."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, order: Order, *descriptors: int) -> None:
        """Give an order; the process gets copies of the descriptors. Raises `Unavailable` when it cannot take it."""
        try:
            socket.send_fds(self._control, [protocol.dump(order)], descriptors)
        except OSError as error:
            raise Unavailable("the recorder does not answer") from error

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what it has to tell, until it ends or says what it must not."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                packet = await loop.sock_recv(self._control, protocol.PACKET_LIMIT)
            except OSError:
                return
            if not packet:
                return
            try:
                yield protocol.parse_report(packet)
            except msgspec.MsgspecError:
                return

    def kill(self) -> None:
        """End it at once: what it keeps in memory is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[RecorderProcess]:
    """Run a recorder as long as the block lasts; raises `Unavailable` when none can be started.

    Whatever it has not finished by the end is gone, as is what one has left that ended with the daemon.
    """
    sweep(folder)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with ours:
        with theirs:
            try:
                process = await _launch(theirs.fileno(), folder)
            except OSError as error:
                raise Unavailable(f"the recorder cannot be started: {error.strerror}") from error
        recorder = RecorderProcess(process, ours)
        try:
            yield recorder
        finally:
            recorder.kill()
            try:
                await process.wait()
            except asyncio.CancelledError:
                await process.wait()  # it was killed: that takes no time
                raise
            finally:
                sweep(folder)


async def _launch(control: int, folder: Path) -> asyncio.subprocess.Process:
    """Start it with one descriptor of ours and nothing of our environment; what it prints is in our log."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "daemons.events.recording.recorder", str(control), str(folder)),
        pass_fds=(control,),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        env={
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(LIBRARY),
            "OPENBLAS_NUM_THREADS": "1",
        },
    )
