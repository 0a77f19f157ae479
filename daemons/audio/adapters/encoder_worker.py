"""Starts the encoder worker, gives it listeners and hears its reports."""

import asyncio
import logging
import socket

from common.child import Child, Kind
from common.errors import Unavailable
from daemons.audio.live import orders
from daemons.audio.live.orders import Listen, Report
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)

START_TIMEOUT_S = 20.0


_KIND: Kind[Listen, Report] = Kind(
    name="the encoder of live audio",
    dump=orders.dump,
    parse=orders.parse_report,
    longest_packet=orders.PACKET_LIMIT,
)


class EncoderWorker(Child[Listen, Report]):
    """A worker at work. It lives as long as somebody listens, not as long as a block."""

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
    worker = EncoderWorker(_KIND, process, control)
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
