"""The engine: one thread that mixes what plays, period by period, and hands it to the device.

The thread takes commands from a queue and leaves events in another; it holds no lock, opens no file, writes no
log and never speaks on the bus. Everything else here runs in the thread of whoever calls.
"""

import asyncio
import contextlib
import itertools
import os
import select
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from common.errors import Conflict
from common.realtime import become_realtime
from daemons.audio.commands import Close, Command, Configure, Play, SetOutput, Stop
from daemons.audio.ducking import ClassRules
from daemons.audio.gain import GainRamp
from daemons.audio.limiter import TruePeakLimiter
from daemons.audio.mixer import Ended, Mixer, Voice
from daemons.audio.output import Output
from daemons.audio.playback import (
    EngineEvent,
    EventKind,
    EventListener,
    PlaybackSpec,
    PlaybackState,
)
from daemons.audio.ports import DeviceFactory
from daemons.audio.snapshot import VoiceSnapshot, describe, snapshot
from daemons.audio.sources import SAMPLE_RATE_HZ, Source


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What an engine is built with; rules and output gain can be changed while it runs."""

    period_frames: int = 480
    idle_close_s: float = 2.0
    rules: ClassRules = field(default_factory=ClassRules)
    output_gain_db: float = 0.0
    muted: bool = False
    ceiling_dbtp: float = -1.0
    realtime_priority: int = 60
    max_playbacks: int = 64


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How the engine fares."""

    realtime: bool
    device: str
    device_open: bool
    device_lost: bool
    periods: int
    xruns: int
    late_periods: int
    longest_render_ms: float
    limiting: bool


_MOST_EVENTS: Final = 4_096
_LAST_FADE_MS: Final = 5.0


class Engine:
    """Plays sources on one device."""

    def __init__(self, device_factory: DeviceFactory, config: EngineConfig | None = None) -> None:
        self.config = config or EngineConfig()
        period = self.config.period_frames
        self._commands: deque[Command] = deque()
        self._events: deque[tuple[EngineEvent, Source | None]] = deque(maxlen=_MOST_EVENTS)
        self._listeners: list[EventListener] = []
        self._ids = itertools.count(1)
        self._asked_for: dict[str, Voice] = {}
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._news = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)
        self._crash: Exception | None = None
        self._crashed: asyncio.Future[Exception] | None = None

        self._mixer = Mixer(self.config.rules, period)
        self._output_gain = GainRamp(_factor(self.config.output_gain_db, self.config.muted), period)
        self._limiter = TruePeakLimiter(period, self.config.ceiling_dbtp)
        self._output = Output(device_factory, period, self._report)
        self._block = np.zeros(period, dtype=np.float32)
        self._published: tuple[VoiceSnapshot, ...] = ()
        self._realtime = False
        self._periods = 0
        self._late_periods = 0
        self._longest_render_ns = 0

    # --- for the rest of the daemon -----------------------------------------------------------

    def start(self) -> None:
        """Start the thread. The device is opened when there is something to play."""
        self._thread.start()

    def close(self) -> None:
        """Play out what is in the device's buffer, end the thread and let go of every source."""
        if self._thread.is_alive():
            self._send(Close())
            self._thread.join()
        if self._loop is not None:
            self._loop.remove_reader(self._news)
            self._loop = None
        self.deliver_events()
        for voice in self._mixer:
            voice.source.close()
        os.close(self._wake)
        os.close(self._news)

    def play(self, source: Source, spec: PlaybackSpec) -> str:
        """Start a source and return the id of the playback. The engine owns the source from now on."""
        if len(self._asked_for) >= self.config.max_playbacks:
            source.close()
            raise Conflict(f"{self.config.max_playbacks} sources play already; stop one first")
        id_ = f"p{next(self._ids)}"
        voice = self._asked_for[id_] = Voice(id_, source, spec, self.config.period_frames)
        self._send(Play(voice))
        return id_

    def stop(self, playback: str, fade_ms: float = 5.0) -> None:
        """Fade a playback out; one that has ended already is left at that."""
        self._send(Stop(playback, fade_ms))

    def set_output(self, gain_db: float | None, muted: bool = False) -> None:
        """Change the gain of the sum (None: silence), without a click."""
        self._send(SetOutput(_factor(gain_db, muted)))

    def configure(self, rules: ClassRules) -> None:
        """Live by other class rules from now on."""
        self._send(Configure(rules))

    def now_playing(self) -> tuple[PlaybackState, ...]:
        """Say what plays, highest class first."""
        # What was asked for a moment ago plays too, though the thread may still be opening the device.
        starting = [snapshot(voice) for voice in self._asked_for.values() if not voice.begun]
        published = self._published
        known = {voice.id for voice in published}
        return describe((*published, *(voice for voice in starting if voice.id not in known)))

    def status(self) -> EngineStatus:
        """Say how the engine fares."""
        return EngineStatus(
            realtime=self._realtime,
            device=self._output.description,
            device_open=self._output.open,
            device_lost=self._output.lost,
            periods=self._periods,
            xruns=self._output.xruns,
            late_periods=self._late_periods,
            longest_render_ms=self._longest_render_ns / 1e6,
            limiting=self._limiter.limiting,
        )

    @property
    def thread_id(self) -> int:
        """The kernel's number of the engine's thread."""
        return self._thread.native_id or 0

    def on_event(self, listener: EventListener) -> None:
        """Call `listener` with every event, in the thread that delivers them."""
        self._listeners.append(listener)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver events in `loop` as they come."""
        self._loop = loop
        loop.add_reader(self._news, self.deliver_events)

    def deliver_events(self) -> None:
        """Hand what has happened to the listeners, and close the sources that have ended."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._news)
        if self._crash is not None and self._crashed is not None and not self._crashed.done():
            self._crashed.set_result(self._crash)
        while self._events:
            event, source = self._events.popleft()
            if source is not None:
                self._asked_for.pop(event.playback, None)
                source.close()
            for listener in self._listeners:
                listener(event)

    async def watch(self) -> None:
        """Wait for ever, or until the engine's thread has died of a fault; raises that fault."""
        loop = asyncio.get_running_loop()
        self._crashed = loop.create_future()
        self.attach(loop)
        raise await self._crashed

    def _send(self, command: Command) -> None:
        self._commands.append(command)
        os.eventfd_write(self._wake, 1)

    # --- the engine's thread ------------------------------------------------------------------

    def _live(self) -> None:
        try:
            self._run()
        except Exception as error:
            self._crash = error
            os.eventfd_write(self._news, 1)

    def _run(self) -> None:
        self._realtime = become_realtime(self.config.realtime_priority)
        waiting = select.poll()
        waiting.register(self._wake, select.POLLIN)
        period_ns = self.config.period_frames * 1_000_000_000 // SAMPLE_RATE_HZ
        longest_idle = round(self.config.idle_close_s * SAMPLE_RATE_HZ / self.config.period_frames)
        idle_periods = longest_idle
        while self._take_commands():
            if self._mixer:
                idle_periods = 0
            elif idle_periods >= longest_idle:
                self._output.close()
                waiting.poll()
                os.eventfd_read(self._wake)
                continue
            else:
                idle_periods += 1
            started = time.monotonic_ns()
            self._render()
            took = time.monotonic_ns() - started
            self._longest_render_ns = max(self._longest_render_ns, took)
            self._late_periods += took > period_ns
            self._output.write(self._block)
            self._periods += 1
        self._play_out()

    def _take_commands(self) -> bool:
        """Carry out what was asked for; returns whether to go on."""
        if not self._commands:
            return True
        while self._commands:
            match self._commands.popleft():
                case Play(voice):
                    self._mixer.add(voice)
                    self._report(EventKind.STARTED, voice=voice)
                case Stop(playback, fade_ms):
                    self._mixer.stop(playback, fade_ms)
                case SetOutput(gain):
                    self._output_gain.aim(gain, self.config.period_frames)
                case Configure(rules):
                    self._mixer.configure(rules)
                case Close():
                    return False
        self._publish()
        return True

    def _render(self) -> None:
        news = self._mixer.render(self._block)
        self._output_gain.apply(self._block)
        self._limiter.process(self._block)
        if news:
            for item in news:
                if isinstance(item, Ended):
                    self._report_end(item)
                else:
                    self._report(EventKind.UNDERRUN, voice=item.voice)
            self._publish()

    def _play_out(self) -> None:
        """Fade out what still plays, let the limiter give back what it holds, then the device."""
        if self._output.open:
            for voice in self._mixer:
                voice.stop(_LAST_FADE_MS)
            for _ in range(2):
                self._render()
                self._output.write(self._block)
        self._output.close()

    def _publish(self) -> None:
        self._published = tuple(snapshot(voice) for voice in self._mixer)
        for voice in self._mixer:
            voice.begun = True

    def _report(self, kind: EventKind, detail: str = "", voice: Voice | None = None) -> None:
        event = EngineEvent(
            kind,
            time.monotonic_ns(),
            playback=voice.id if voice else "",
            what=voice.spec.what if voice else "",
            detail=detail,
        )
        self._leave_event(event, None)

    def _report_end(self, end: Ended) -> None:
        voice = end.voice
        event = EngineEvent(
            EventKind.ENDED,
            time.monotonic_ns(),
            playback=voice.id,
            what=voice.spec.what,
            reason=end.reason,
            detail=voice.source.failure or "",
        )
        self._leave_event(event, voice.source)

    def _leave_event(self, event: EngineEvent, source: Source | None) -> None:
        self._events.append((event, source))
        os.eventfd_write(self._news, 1)


def _factor(gain_db: float | None, muted: bool) -> float:
    return 0.0 if gain_db is None or muted else float(10.0 ** (gain_db / 20.0))
