"""The levels of input and output for whoever looks: 20 times a second, and only while somebody does."""

import asyncio
import json
import socket
from typing import Final

from common.errors import Conflict
from daemons.audio.engine import Engine
from daemons.audio.input.loudness import FLOOR_DBFS
from daemons.audio.input.supervision import AudioInput
from daemons.audio.loudspeaker import Loudspeaker

INTERVAL_S: Final = 0.05
MOST_VIEWERS: Final = 32
_QUEUE_BYTES: Final = 16 * 1024


class LevelFeed:
    """Puts the levels together and sends them to every viewer."""

    def __init__(self, engine: Engine, audio_input: AudioInput, loudspeaker: Loudspeaker) -> None:
        self._engine = engine
        self._input = audio_input
        self._loudspeaker = loudspeaker
        self._viewers: list[socket.socket] = []
        self._somebody = asyncio.Event()

    def open(self) -> socket.socket:
        """Return the reading end of a connection that brings the levels; raises `Conflict` when too many look."""
        if len(self._viewers) >= MOST_VIEWERS:
            raise Conflict(f"{MOST_VIEWERS} look at the levels already")
        theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _QUEUE_BYTES)
        self._viewers.append(ours)
        self._somebody.set()
        return theirs

    async def run(self) -> None:
        """Send levels while somebody looks, until cancelled."""
        try:
            while True:
                self._somebody.clear()
                await self._somebody.wait()
                with self._input.watched(), self._engine.meter.watching():
                    await self._send_while_watched()
        finally:
            for viewer in self._viewers:
                viewer.close()

    async def _send_while_watched(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._viewers:
            due = max(due + INTERVAL_S, loop.time())
            await asyncio.sleep(due - loop.time())
            text = json.dumps({"input": self._input_levels(), "output": self._loudspeaker.levels()})
            for viewer in list(self._viewers):
                self._send(viewer, text.encode())

    def _send(self, viewer: socket.socket, packet: bytes) -> None:
        try:
            viewer.send(packet)
        except BlockingIOError:
            return  # it reads too slowly: it sees the next one
        except OSError:
            self._viewers.remove(viewer)
            viewer.close()

    def _input_levels(self) -> dict[str, object]:
        levels = self._input.levels
        return {
            "on": self._input.settings.on,
            "peak_dbfs": levels.peak_dbfs if levels else FLOOR_DBFS,
            "rms_dbfs": levels.rms_dbfs if levels else FLOOR_DBFS,
            "level": levels.level if levels else 0,
            "triggered": self._input.triggered,
        }
