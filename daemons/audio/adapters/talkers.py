"""Starts the codec worker of a live talker."""

import asyncio
import logging
import socket
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from common import pcm
from common.errors import Unavailable
from daemons.audio.live.codecs import Codec
from daemons.audio.live.talking import READY, Levelling, Work
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)

PLAYED = b"\x06"
"""What a talker is told when the last of it has been played; nothing when it was cut short."""
UNHEARD_BYTES = 16 * 1024
"""What may wait for the worker, as the kernel counts, which takes twice this: enough to bridge a busy second, and
little that sounds on when its sender has left."""
START_TIMEOUT_S = 20.0
LAST_WORDS_S = 2.0
"""How long a worker may take to end by itself, once all that it sent has been played."""


@dataclass(frozen=True, eq=False)
class Talker:
    """A worker at work: the talker's end for whoever has the bytes, the PCM end for the engine."""

    encoded: socket.socket
    sound: socket.socket
    done: socket.socket
    """Our hold on the worker's end: closing it ends the talker."""
    orders: socket.socket
    process: asyncio.subprocess.Process

    def level(self, levelling: Levelling) -> None:
        """Have the leveller work otherwise."""
        with suppress(OSError):  # the worker has just ended
            self.orders.send(msgspec.json.encode(levelling))

    def kill(self) -> None:
        """Silence it at once; who follows its process sees it off."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def end(self, *, played: bool) -> None:
        """See the worker off, by force if need be, and let the talker know whether everything was `played`."""
        if played and await self._ended_well():
            with suppress(OSError):
                self.done.send(PLAYED, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        await end(self.process)
        self.done.close()
        self.orders.close()

    async def abandon(self) -> None:
        """Let go of a talker whom nobody will hear."""
        self.encoded.close()
        self.sound.close()
        await self.end(played=False)

    async def _ended_well(self) -> bool:
        """Whether the worker came to the talker's end: a dead one leaves its sound unfinished as well."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                return await self.process.wait() == 0
        return False


async def start(
    codec: Codec, timeout_ms: int, levelling: Levelling, destination: socket.socket | None = None
) -> Talker:
    """Start a worker for one talker; raises `Unavailable` when none can be started.

    Its sound goes to `destination`, which becomes its own, or else comes out at the talker's `sound`.
    """
    encoded, worker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    encoded.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNHEARD_BYTES)
    sound, worker_pcm = pcm.pair()
    if destination is not None:
        sound.close()
        worker_pcm.close()
        worker_pcm = destination
    orders, worker_orders = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    orders.setblocking(False)
    with worker_pcm, worker_orders:
        try:
            process = await launch(
                "daemons.audio.live",
                (worker_end.fileno(), worker_pcm.fileno(), worker_orders.fileno()),
                msgspec.json.encode(Work(codec, timeout_ms, levelling)).decode(),
            )
        except OSError as error:
            for each in (encoded, worker_end, sound, orders):
                each.close()
            log.error("a codec worker cannot be started: %s", error)
            raise Unavailable("live audio cannot be decoded at the moment") from error
    talker = Talker(encoded, sound, worker_end, orders, process)
    if not await _is_ready(talker):
        await talker.abandon()
        log.error("a codec worker did not start")
        raise Unavailable("live audio cannot be decoded at the moment")
    log.info("%s: a talker sends %s", process.pid, codec.name)
    return talker


async def _is_ready(talker: Talker) -> bool:
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            said = await asyncio.get_running_loop().sock_recv(talker.orders, len(READY))
    except (TimeoutError, OSError):
        return False
    except BaseException:
        await talker.abandon()
        raise
    return said == READY
