"""The amplifier's terminals as the rest of the daemon sees them: the test of the load, its result, its supervision."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from common.clock import Clock
from common.errors import ApplianceError, Conflict, NotSupported
from common.lamps import Lamps
from common.params.registry import PARAMETERS
from common.topics import Event
from daemons.audio import topics
from daemons.audio.engine import Engine
from daemons.audio.impedance import words
from daemons.audio.impedance.guard import Guard
from daemons.audio.impedance.load import Calibration, Load
from daemons.audio.impedance.store import CalibrationFile
from daemons.audio.impedance.tones import ToneSource
from daemons.audio.impedance.trial import Abandoned, Found, Trial
from daemons.audio.impedance.watch import LoadWatch
from daemons.audio.playback import EngineEvent, EventKind, PlaybackSpec, SourceClass
from hw.ports import Amplifier, Protection

log = logging.getLogger(__name__)

TOLERANCE: Final = "Audio.Impedance.Tolerance"
PRIORITY: Final = 101
"""Above every page (they end at 100), below every emergency."""
_WATCH_INTERVAL_S: Final = 1.0
_WATCH_WINDOW_S: Final = 0.5
_TEST: Final = PlaybackSpec("impedance test", SourceClass.PAGE, PRIORITY, alone=True, direct=True)
_PROTECTION_CAUSES: Final = {
    Protection.OVERCURRENT: "over_current",
    Protection.OVERTEMPERATURE: "over_temperature",
}


class Terminals:
    """One amplifier and its load; on a board without sensing it says so."""

    def __init__(
        self,
        amplifier: Amplifier | None,
        engine: Engine,
        lamps: Lamps,
        announce: Callable[[Event], None],
        protected: Callable[[Protection], None],
        state: Path,
        clock: Clock,
    ) -> None:
        self._amplifier = amplifier
        self._engine = engine
        self._lamps = lamps
        self._announce = announce
        self._protected = protected
        self._clock = clock
        self._file = CalibrationFile(state / "impedance.json")
        self._calibration: Calibration | None = None
        self._keeping = asyncio.Lock()
        self._forgotten = 0
        self._watch = LoadWatch()
        self._guard = Guard(amplifier, clock, self._protection_changed) if amplifier else None
        self._tolerance = 0.15
        self._wanted = asyncio.Event()
        self._trial: Trial | None = None
        self._playback = ""
        self._why_abandoned = ""
        self._told: list[Event] = []
        if amplifier is not None:
            self._calibration = self._file.read()
            engine.on_event(self._on_engine_event)
            amplifier.hear(engine.open_tap)
        self._show()

    # --- for the rest of the daemon -----------------------------------------------------------

    def take(self, values: Mapping[str, str]) -> None:
        """Live by other parameters."""
        self._tolerance = int(values.get(TOLERANCE, PARAMETERS.parameters[TOLERANCE].default)) / 100

    def start_test(self) -> None:
        """Start a test; raises `NotSupported` where nothing can be measured, `Conflict` when not now."""
        if self._amplifier is None:
            raise NotSupported(words.NOT_MEASURABLE)
        if self._trial is not None:
            raise Conflict("The load is being tested already.")
        if self._emergency_plays():
            raise Conflict("The load cannot be tested while an emergency source plays.")
        if self._held_off():
            raise Conflict(
                "The load cannot be tested while the amplifier's protection has tripped."
            )
        tones = ToneSource()
        self._playback = self._engine.play(tones, _TEST)
        self._trial = Trial(self._amplifier, tones)
        self._why_abandoned = ""
        self._wanted.set()

    async def forget(self) -> None:
        """Be as if the load had never been tested."""
        if self._trial is not None:
            self._trial.abandon("the unit is reset")
        self._forgotten += 1
        async with self._keeping:
            await asyncio.to_thread(self._file.remove)
            self._calibration = None
        self._watch.begin(Load.FINE, None)
        self._changed()

    async def run(self) -> None:
        """Test when asked to, watch the load and the protection, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self._guard is not None:
                tasks.create_task(self._guard.run(), name="amplifier's guard")
                tasks.create_task(self._test_when_wanted(), name="impedance test")
                tasks.create_task(self._watch_load(), name="load")

    def states(self) -> list[Event]:
        """Return the present state of each topic; nothing of what this board cannot know."""
        if self._guard is None:
            return []
        alarm = self._load()
        reason = "" if alarm is Load.FINE else alarm.value
        events = [
            topics.IMPEDANCE_CALIBRATED.event(data={"calibrated": self._calibration is not None}),
            topics.LOAD_ALARM.event(data={"alarm": bool(reason), "reason": reason}),
        ]
        state = self._guard.state
        if state is not None:
            why = "" if state is Protection.OK else state.value
            events.append(
                topics.AMPLIFIER_FAILURE.event(data={"failure": bool(why), "reason": why})
            )
        return events

    def describe(self) -> str:
        """Return the load and its test as JSON."""
        watch = self._watch
        state = self._state()
        described: dict[str, Any] = {
            "measurable": self._amplifier is not None,
            "state": state,
            "result": self._calibration,
            "present_ohm": watch.present_ohm,
            "message": words.message(state, self._calibration, watch, self._why_abandoned),
            "progress": round(self._trial.progress, 2) if self._trial else None,
        }
        return bytes(msgspec.json.encode(described)).decode()

    # --- the test -----------------------------------------------------------------------------

    async def _test_when_wanted(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            trial = self._trial
            if trial is None:
                continue
            forgotten = self._forgotten
            try:
                await self._found(await trial.run(), forgotten)
            except Abandoned as abandoned:
                self._why_abandoned = str(abandoned)
                log.warning("the impedance test was abandoned: %s", abandoned)
            finally:
                self._trial = None
                self._engine.stop(self._playback)
            self._changed()

    async def _found(self, found: Found, forgotten: int) -> None:
        if found.load is not Load.FINE:
            log.warning("the impedance test found the load %s", found.load.value)
            self._watch.begin(found.load, None)
            return
        now = datetime.fromtimestamp(self._clock.time(), UTC).isoformat(timespec="seconds")
        calibration = Calibration.of(found.points, now)
        async with self._keeping:
            if forgotten != self._forgotten:
                raise Abandoned("the unit is reset")
            try:
                await asyncio.to_thread(self._file.write, calibration)
            except OSError as error:
                raise Abandoned(f"the result cannot be kept: {error.strerror}") from error
            self._calibration = calibration
        self._watch.begin(Load.FINE, calibration.ohm)
        log.info("the load is %g ohm", calibration.ohm)

    def _on_engine_event(self, event: EngineEvent) -> None:
        trial = self._trial
        if trial is None:
            return
        if event.kind is EventKind.STARTED and self._emergency_plays():
            trial.abandon("an emergency source started")
        elif event.kind is EventKind.ENDED and event.playback == self._playback:
            trial.abandon("somebody stopped the tones")

    def _emergency_plays(self) -> bool:
        playing = self._engine.now_playing()
        return any(state.class_ is SourceClass.EMERGENCY for state in playing)

    # --- supervision --------------------------------------------------------------------------

    async def _watch_load(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_INTERVAL_S)
            calibration, amplifier = self._calibration, self._amplifier
            if calibration is None or amplifier is None or self._trial is not None:
                continue
            if self._held_off() or not self._engine.now_playing():
                continue
            try:
                sensed = await amplifier.sense(_WATCH_WINDOW_S)
            except ApplianceError as error:
                log.debug("the load cannot be sensed now: %s", error)
                continue
            if self._trial is not None or calibration is not self._calibration or self._held_off():
                continue  # it is not what was asked about
            if self._watch.take(calibration, sensed, self._tolerance):
                log.warning("the load: %s", self._watch.alarm.value)
                self._changed()

    def _protection_changed(self) -> None:
        state = self._guard.state if self._guard is not None else None
        if state is not None:
            self._protected(state)
        if self._trial is not None and state is not Protection.OK:
            self._trial.abandon("the amplifier's protection tripped")
        if state is Protection.OVERCURRENT:
            alarm = self._watch.alarm
            self._watch.begin(Load.FINE if alarm is Load.OPEN else alarm, None)
        self._changed()

    def _held_off(self) -> bool:
        """Whether what is played does not come out, so that it says nothing of the load."""
        return self._guard is not None and self._guard.state not in (None, Protection.OK)

    def _load(self) -> Load:
        """Return what is wrong with the load: what draws too much is a short, whatever was measured before."""
        if self._guard is not None and self._guard.state is Protection.OVERCURRENT:
            return Load.SHORT
        return self._watch.alarm

    # --- what is shown ------------------------------------------------------------------------

    def _state(self) -> str:
        if self._amplifier is None:
            return "not measurable"
        if self._trial is not None:
            return "testing"
        if (load := self._load()) is not Load.FINE:
            return str(load.value)
        return "uncalibrated" if self._calibration is None else "calibrated"

    def _changed(self) -> None:
        self._show()
        before, self._told = self._told, self.states()
        for event in self._told:
            if event not in before:
                self._announce(event)

    def _show(self) -> None:
        """Have the speaker LED ask for a test where one is needed, and tell of a trip."""
        needed = self._state() not in ("calibrated", "testing", "not measurable")
        self._lamp("not_calibrated", needed if self._trial is None else self._calibration is None)
        state = self._guard.state if self._guard is not None else None
        for protection, cause in _PROTECTION_CAUSES.items():
            if state is not None:
                self._lamp(cause, state is protection)

    def _lamp(self, cause: str, holds: bool) -> None:
        if holds:
            self._lamps.hold(cause)
        else:
            self._lamps.drop(cause)
