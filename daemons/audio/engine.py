"""The engine: one thread that mixes what plays, period by period, and hands it to the device.

The thread takes commands from a queue and leaves events in another; it holds no lock, opens no file, writes no
log and never speaks on the bus. Everything else here runs in the thread of whoever calls.
"""

import asyncio
import contextlib
import itertools
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Final

import numpy as np

from common import pcm
from common.errors import Conflict
from common.realtime import become_realtime
from daemons.audio.commands import (
    AddTap,
    Close,
    Command,
    Configure,
    Place,
    Play,
    SetEqualiser,
    SetOutput,
    SetVolume,
    Stop,
)
from daemons.audio.ducking import ClassRules
from daemons.audio.engine_config import EngineConfig, EngineStatus
from daemons.audio.equaliser import Filters
from daemons.audio.master import Master
from daemons.audio.mixer import Ended, Mixer, Voice
from daemons.audio.output import Output
from daemons.audio.output_tap import OutputTaps
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

_MOST_EVENTS: Final = 4_096
_LAST_FADE_MS: Final = 5.0
_VOLUME_RAMP_MS: Final = 50.0


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
        gain = _factor(self.config.output_gain_db, self.config.muted)
        self._master = Master(period, gain, self.config.ceiling_dbtp)
        self.meter = self._master.meter
        self._taps = OutputTaps()
        self._open_taps: set[pcm.CaptureSender] = set()
        self._read_no_more: deque[pcm.CaptureSender] = deque()
        self._output = Output(device_factory, period, self._report)
        self._block = np.zeros(period, dtype=np.float32)
        self._published: tuple[VoiceSnapshot, ...] = ()
        self._realtime = False
        self._resting = True
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
        for sender in self._open_taps:
            sender.close()
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

    def set_volume(self, playback: str, volume: float) -> None:
        """Play louder or softer from here on, without a click."""
        self._send(SetVolume(playback, volume))

    def place(self, places: Mapping[str, int | None]) -> None:
        """Give playbacks other places in the multicast controller's list (None: classes alone decide)."""
        self._send(Place(places))

    def set_output(self, gain_db: float | None, muted: bool = False, over_s: float = 0.0) -> None:
        """Change the gain of the sum (None: silence), without a click; never within less than a period."""
        frames = max(round(over_s * SAMPLE_RATE_HZ), self.config.period_frames)
        self._send(SetOutput(_factor(gain_db, muted), frames))

    def set_equaliser(self, filters: Filters | None) -> None:
        """Send the sum through other filters (None: through none), without a click."""
        self._send(SetEqualiser(filters))

    def configure(self, rules: ClassRules) -> None:
        """Live by other class rules from now on."""
        self._send(Configure(rules))

    def open_tap(self) -> socket.socket:
        """Return a socket of `common.pcm` from which all that is played can be read."""
        if len(self._open_taps) >= self.config.max_taps:
            raise Conflict(f"{self.config.max_taps} readers have the output already")
        theirs, ours = pcm.pair()
        sender = pcm.CaptureSender(ours)
        self._open_taps.add(sender)
        self._send(AddTap(sender))
        return theirs

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
            limiting=self._master.limiting,
        )

    @property
    def progress(self) -> int | None:
        """How many periods have been played; None while there is nothing to do. What stands still is stuck."""
        return None if self._resting else self._periods

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
        while self._read_no_more:
            sender = self._read_no_more.popleft()
            self._open_taps.discard(sender)
            sender.close()
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
        self._resting = False
        while self._take_commands():
            if self._mixer:
                idle_periods = 0
            elif idle_periods >= longest_idle:
                self._taps.rest()
                self._output.close()
                self._resting = True
                waiting.poll()
                self._resting = False
                os.eventfd_read(self._wake)
                self._taps.resume()
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
        begun: list[Voice] = []
        rearranged = False
        while self._commands:
            match self._commands.popleft():
                case Play(voice):
                    self._mixer.add(voice)
                    begun.append(voice)
                case Stop(playback, fade_ms):
                    self._mixer.stop(playback, fade_ms)
                case SetVolume(playback, volume):
                    self._mixer.set_volume(playback, volume, _VOLUME_RAMP_MS)
                case Place(places):
                    rearranged |= self._mixer.place(places)
                case SetOutput(gain, frames):
                    self._master.set_gain(gain, frames, at_once=not self._mixer)
                case SetEqualiser(filters):
                    self._master.set_equaliser(filters, at_once=not self._output.open)
                case Configure(rules):
                    rearranged |= self._mixer.configure(rules)
                case AddTap(sender):
                    self._let_go(self._taps.add(sender))
                case Close():
                    return False
        # Whoever is told asks what plays now, and has to find it.
        self._publish()
        for voice in begun:
            self._report(EventKind.STARTED, voice=voice)
        if rearranged:
            self._report(EventKind.REARRANGED)
        return True

    def _render(self) -> None:
        news = self._mixer.render(self._block)
        self._master.process(self._block, self._mixer.direct)
        self._let_go(self._taps.push(self._block))
        if news:
            self._publish()
            for item in news:
                if isinstance(item, Ended):
                    self._report_end(item)
                else:
                    self._report(EventKind.UNDERRUN, voice=item.voice)

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

    def _let_go(self, unread: list[pcm.CaptureSender]) -> None:
        if unread:
            self._read_no_more.extend(unread)
            os.eventfd_write(self._news, 1)

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
