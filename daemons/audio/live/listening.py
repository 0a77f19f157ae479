"""Listeners of the audio input, and the one worker that encodes for all of them."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from common.errors import Conflict, Unavailable
from daemons.audio.adapters import encoder_worker
from daemons.audio.adapters.encoder_worker import EncoderWorker
from daemons.audio.live.formats import StreamFormat
from daemons.audio.live.orders import Gone, Listen, Lost, Report

log = logging.getLogger(__name__)

GRACE_S = 5.0
"""How long the worker stays when the last listener has left: a player that reconnects finds it there."""
KEPT_MS = 500
"""How much sound waits for a slow listener, here and in its socket, before the oldest is dropped."""
_PACKET_OVERHEAD = 768
"""About what the kernel adds to the size of a small packet when it counts."""

OpenInput = Callable[[], Awaitable[socket.socket]]


@dataclass
class Listener:
    """Somebody who listens."""

    client: str
    format: StreamFormat
    lost_blocks: int = 0


class Listening:
    """Serves listeners; the worker runs while there are any."""

    def __init__(
        self,
        open_input: OpenInput,
        tasks: asyncio.TaskGroup,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`open_input` opens a capture of the audio input; `changed` is called when listeners come or go."""
        self._open_input = open_input
        self._tasks = tasks
        self._changed = changed
        self._starting = asyncio.Lock()
        self._worker: EncoderWorker | None = None
        self._listeners: dict[int, Listener] = {}
        self._numbers = 0
        self._following: asyncio.Task[None] | None = None
        self._grace: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    async def open(self, format_: StreamFormat, client: str, most: int) -> socket.socket:
        """Return a SEQPACKET socket from which encoded blocks can be read.

        Raises `Conflict` when `most` listen already, `Unavailable` when there is no encoder or no input.
        """
        async with self._starting:
            if len(self._listeners) >= most:
                raise Conflict(f"{most} listen already; no more may")
            worker = self._worker or await self._start()
            theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._numbers += 1
            number = self._numbers
            with ours:
                blocks = max(2, _blocks_in(KEPT_MS, format_) // 2)
                # The kernel takes this for half of what may be in the socket.
                size = blocks * (format_.block_bytes + _PACKET_OVERHEAD) // 2
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
                try:
                    worker.tell(Listen(number, format_, blocks), ours.fileno())
                except Unavailable:
                    theirs.close()
                    raise
            self._listeners[number] = Listener(client, format_)
            self._keep_worker()
            self._changed()
            log.info("%s listens to %s", client, format_.media_type)
            return theirs

    def stop(self) -> None:
        """End every stream at once."""
        if self._worker is not None:
            self._worker.kill()

    async def close(self) -> None:
        """End every stream, and see the worker off."""
        self._keep_worker()
        self.stop()
        if self._following is not None:
            await asyncio.wait((self._following,))

    def describe(self) -> list[dict[str, Any]]:
        """Return who listens to what."""
        return [
            {
                "client": one.client,
                "codec": one.format.codec,
                "sample_rate_hz": one.format.sample_rate_hz,
                "bit_rate": one.format.bit_rate,
                "lost_blocks": one.lost_blocks,
            }
            for one in self._listeners.values()
        ]

    async def _start(self) -> EncoderWorker:
        self._worker = worker = await encoder_worker.start(await self._open_input())
        self._following = self._tasks.create_task(self._follow(worker), name="encoder worker")
        return worker

    async def _follow(self, worker: EncoderWorker) -> None:
        async for report in worker.reports():
            self._take(report)
        self._worker = None
        self._listeners.clear()
        self._changed()
        self._keep_worker()
        await worker.end()

    def _take(self, report: Report) -> None:
        match report:
            case Lost(number, blocks) if number in self._listeners:
                self._listeners[number].lost_blocks = blocks
            case Gone(number) if number in self._listeners:
                gone = self._listeners.pop(number)
                self._changed()
                log.info("%s listens no more, %d blocks lost", gone.client, gone.lost_blocks)
                if not self._listeners:
                    self._wait_for_more()
            case _:
                pass

    def _wait_for_more(self) -> None:
        loop = asyncio.get_running_loop()
        self._grace = loop.call_later(GRACE_S, self._end_idle)

    def _keep_worker(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def _end_idle(self) -> None:
        if self._starting.locked():
            self._wait_for_more()  # somebody comes at this moment
        elif not self._listeners:
            self.stop()


def _blocks_in(milliseconds: int, format_: StreamFormat) -> int:
    bytes_ = format_.bit_rate * milliseconds // 8000
    return max(1, bytes_ // max(1, format_.block_bytes))
