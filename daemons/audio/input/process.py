"""The input process as the daemon holds it: started, told what to do, heard, ended."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

from common.errors import Unavailable
from daemons.audio.input import protocol
from daemons.audio.input.protocol import Order, Report
from daemons.audio.worker.launch import end, launch

# Which board it is, where the simulated one lies, and ALSA's configuration there.
_ENVIRONMENT = ("C8210_BOARD", "C8210_RUNTIME", "ALSA_CONFIG_PATH")
_QUEUE_BYTES = 256 * 1024
_LEAVE_S = 1.0


class InputProcess:
    """One process, from start to end."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, order: Order, *descriptors: socket.socket) -> None:
        """Give an order; the process gets copies of the descriptors. Raises `Unavailable` when it cannot take it."""
        try:
            socket.send_fds(
                self._control, [protocol.dump(order)], [each.fileno() for each in descriptors]
            )
        except OSError as error:
            raise Unavailable("the audio input does not answer") from error

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


@asynccontextmanager
async def started() -> AsyncIterator[InputProcess]:
    """Run an input process as long as the block lasts; raises `Unavailable` when none can be started."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for each in (ours, theirs):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _QUEUE_BYTES)
    ours.setblocking(False)
    with ours:
        with theirs:
            try:
                process = await launch("daemons.audio.input", (theirs.fileno(),), keep=_ENVIRONMENT)
            except OSError as error:
                raise Unavailable("the audio input cannot be started") from error
        try:
            yield InputProcess(process, ours)
        finally:
            with suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
            with suppress(TimeoutError):  # it goes by itself when nobody gives orders any more
                async with asyncio.timeout(_LEAVE_S):
                    await process.wait()
            await end(process)
