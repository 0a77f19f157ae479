"""The simulated sound card: a clock, a speaker that remembers, a microphone that hears the room.

To the players it is an ALSA card: `asound.conf`, which it writes, names `c8210_speaker` and `c8210_microphone`.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.paths import ETC
from common.realtime import become_realtime, share_interpreter_quickly
from hw.sim.amplifier import Amplifier
from hw.sim.fifo import MICROPHONE_FIFO, SPEAKER_FIFO
from hw.sim.microphone import Microphone
from hw.sim.room import Room
from hw.sim.speaker import Speaker
from hw.sim.speaker_ring import SAMPLE_RATE_HZ, Played, SpeakerRing

__all__ = ["SAMPLE_RATE_HZ", "SoundCard"]

Block = npt.NDArray[np.float32]

_NS: Final = 1_000_000_000
_FULL_SCALE: Final = np.float32(1 / 2_147_483_648.0)
_REALTIME_PRIORITY: Final = 70
_LONGEST_QUEUE: Final = 50


class SoundCard:
    """A card on its own clock, from `start` to `close`."""

    def __init__(
        self,
        folder: Path,
        ring_file: Path | None = None,
        period_frames: int = 480,
        buffer_periods: int = 3,
        ring_seconds: float = 120.0,
        amplifier: Amplifier | None = None,
    ) -> None:
        self._period_frames: Final = period_frames
        self._buffer_periods: Final = buffer_periods
        self._period_ns: Final = period_frames * _NS // SAMPLE_RATE_HZ
        self._epoch_ns = time.monotonic_ns()
        self.configuration: Final = folder / "asound.conf"
        self._write_configuration(folder)
        self.ring: Final = SpeakerRing(
            ring_file or folder / "speaker.ring", self._epoch_ns, ring_seconds
        )
        self._speaker = Speaker(folder / SPEAKER_FIFO, self._heard, period_frames, buffer_periods)
        self._amplifier: Final = amplifier or Amplifier(period_frames)
        self.room: Final = Room(period_frames, buffer_periods, self._amplifier.passes)
        self.microphone: Final = Microphone(
            folder / MICROPHONE_FIFO, self.room, period_frames, buffer_periods
        )
        self._listeners: frozenset[_Listener] = frozenset()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="sound-card", daemon=True)
        self._fault: Exception | None = None
        self._on_fault: Callable[[Exception], object] = lambda fault: None
        self._realtime = False
        self._latest_tick_ns = 0

    def start(self) -> None:
        """Switch the card on."""
        share_interpreter_quickly()
        self._thread.start()

    def close(self) -> None:
        """Switch it off; once is enough."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._thread.join()
        self._speaker.close()
        self.microphone.close()

    async def watch(self) -> None:
        """Wait for ever, or until the card's thread has died of a fault; raises that fault."""
        loop = asyncio.get_running_loop()
        died: asyncio.Future[Exception] = loop.create_future()
        self._on_fault = lambda fault: loop.call_soon_threadsafe(died.set_result, fault)
        if self._fault is not None:
            raise self._fault
        raise await died

    @contextlib.contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Block]]:
        """Give a queue of what is heard from now on (float32 periods); the oldest go when it is full."""
        listener = _Listener(asyncio.get_running_loop())
        self._listeners |= {listener}
        try:
            yield listener.queue
        finally:
            self._listeners -= {listener}

    def describe(self) -> dict[str, Any]:
        """Say what the card noticed, by its own clock and in periods."""
        counters = self._speaker.counters
        return {
            "running": self._speaker.running,
            "position": self.ring.position,
            "period_frames": self._period_frames,
            "buffer_periods": self._buffer_periods,
            "taken": counters.taken,
            "silent": counters.silent,
            "late": counters.late,
            "missed": counters.missed,
            "underruns": counters.underruns,
            "streams": counters.streams,
            "microphone_open": self.microphone.listened_to,
            "realtime": self._realtime,
            "latest_tick_ms": self._latest_tick_ns / 1e6,
        }

    def _write_configuration(self, folder: Path) -> None:
        template = (ETC / "alsa" / "simulated.conf").read_text()
        self.configuration.write_text(template.replace("@FOLDER@", str(folder)))

    def _live(self) -> None:
        try:
            self._run()
        except Exception as fault:
            self._fault = fault
            self._on_fault(fault)

    def _run(self) -> None:
        self._realtime = become_realtime(_REALTIME_PRIORITY)
        tick = 0
        while not self._stopping.is_set():
            due = self._epoch_ns + tick * self._period_ns
            early = due - time.monotonic_ns()
            if early > 0:
                time.sleep(early / _NS)
            self._latest_tick_ns = max(self._latest_tick_ns, time.monotonic_ns() - due)
            tick += 1
            self.microphone.tick()
            # A card is never late; where this thread is, the player has to be given the time that it took.
            until = max(due + self._period_ns, time.monotonic_ns() + self._period_ns // 2)
            while self._speaker.settle(tick):
                left = until - time.monotonic_ns()
                if left <= 0:
                    break
                self._speaker.wait(left / _NS)

    def _heard(self, period: Played) -> None:
        period = self._amplifier.drive(period)
        self.ring.append(period)
        self.room.play(period)
        if self._listeners:
            block = period.astype(np.float32) * _FULL_SCALE
            for listener in self._listeners:
                listener.hear(block)


class _Listener:
    """A queue in somebody's event loop, fed from the card's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.queue: asyncio.Queue[Block] = asyncio.Queue(_LONGEST_QUEUE)

    def hear(self, block: Block) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(self._put, block)

    def _put(self, block: Block) -> None:
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(block)
