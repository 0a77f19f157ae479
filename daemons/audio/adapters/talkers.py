"""Starts the codec worker of a live talker."""

import asyncio
import logging
import socket
from dataclasses import dataclass

from common import pcm
from common.errors import Unavailable
from daemons.audio.live.codecs import Codec
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Talker:
    """A worker at work: the talker's end for whoever has the bytes, the PCM end for the engine."""

    encoded: socket.socket
    sound: socket.socket
    done: socket.socket
    """Our hold on the worker's end: closing it tells the talker that everything was played."""
    process: asyncio.subprocess.Process

    async def end(self) -> None:
        """See the worker off, by force if need be, and let the talker know."""
        await end(self.process)
        self.done.close()


async def start(mime_type: str, codec: Codec, timeout_ms: int) -> Talker:
    """Start a worker for one talker; raises `Unavailable` when none can be started."""
    encoded, worker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    sound, worker_pcm = pcm.pair()
    with worker_pcm:
        try:
            process = await launch(
                "daemons.audio.live",
                (worker_end.fileno(), worker_pcm.fileno()),
                *(mime_type, str(timeout_ms)),
            )
        except OSError as error:
            for end in (encoded, worker_end, sound):
                end.close()
            log.error("a codec worker cannot be started: %s", error)
            raise Unavailable("live audio cannot be decoded at the moment") from error
    log.info("%s: a talker sends %s", process.pid, codec.name)
    return Talker(encoded, sound, worker_end, process)
