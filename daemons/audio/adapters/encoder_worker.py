"""Starts the encoder worker, gives it listeners and hears its reports."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import msgspec

from common.errors import Unavailable
from daemons.audio.live import orders
from daemons.audio.live.orders import Listen, Report
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)

START_TIMEOUT_S = 20.0


class EncoderWorker:
    """A worker at work."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def listen(self, order: Listen, listener: socket.socket) -> None:
        """Have one more listener served; the worker gets a copy of the socket. Raises `Unavailable`."""
        try:
            socket.send_fds(self._control, [orders.dump(order)], [listener.fileno()])
        except OSError as error:
            raise Unavailable("live audio cannot be encoded at the moment") from error

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what it has to tell, until it ends or says what it must not."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                packet = await loop.sock_recv(self._control, orders.PACKET_LIMIT)
                if not packet:
                    return
                yield orders.parse_report(packet)
            except (OSError, msgspec.MsgspecError):
                return

    def kill(self) -> None:
        """End it at once; its reports end with it."""
        if self._process.returncode is None:
            self._process.kill()

    async def end(self) -> None:
        """See it off."""
        await end(self._process)
        self._control.close()


async def start(sound: socket.socket) -> EncoderWorker:
    """Start a worker on a capture, which becomes its own; raises `Unavailable` when none can be started."""
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.setblocking(False)
    with sound, theirs:
        try:
            process = await launch("daemons.audio.live.encoding", (theirs.fileno(), sound.fileno()))
        except OSError as error:
            control.close()
            log.error("the encoder worker cannot be started: %s", error)
            raise Unavailable("live audio cannot be encoded at the moment") from error
    worker = EncoderWorker(process, control)
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            async for report in worker.reports():
                if isinstance(report, orders.Ready):
                    if report.missing:
                        log.info("the encoder worker goes without: %s", ", ".join(report.missing))
                    return worker
    except TimeoutError:
        pass
    except BaseException:
        await worker.end()
        raise
    await worker.end()
    log.error("the encoder worker did not start")
    raise Unavailable("live audio cannot be encoded at the moment")
