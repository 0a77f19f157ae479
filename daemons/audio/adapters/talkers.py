"""Starts the codec worker of a live talker."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from dataclasses import dataclass

from common import pcm
from common.errors import Unavailable
from common.paths import LIBRARY
from daemons.audio.live.codecs import Codec

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
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        self.done.close()


async def start(mime_type: str, codec: Codec, timeout_ms: int) -> Talker:
    """Start a worker for one talker; raises `Unavailable` when none can be started."""
    encoded, worker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    sound, worker_pcm = pcm.pair()
    with worker_pcm:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "daemons.audio.live"),
                *(str(worker_end.fileno()), str(worker_pcm.fileno()), str(os.getpid())),
                *(mime_type, str(timeout_ms)),
                pass_fds=(worker_end.fileno(), worker_pcm.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,  # what decoders print about strangers' bytes
                env={
                    "PATH": "/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "PYTHONPATH": str(LIBRARY),
                    "OPENBLAS_NUM_THREADS": "1",
                },
            )
        except OSError as error:
            for end in (encoded, worker_end, sound):
                end.close()
            log.error("a codec worker cannot be started: %s", error)
            raise Unavailable("live audio cannot be decoded at the moment") from error
    log.info("%s: a talker sends %s", process.pid, codec.name)
    return Talker(encoded, sound, worker_end, process)
