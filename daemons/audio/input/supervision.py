"""The audio input as the rest of the daemon sees it: on or off, its taps, its levels, its state.

The process behind it lives as long as somebody wants it and is started again when it dies.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from common import journal, pcm
from common.errors import Conflict, Unavailable
from common.topics import Event
from daemons.audio import topics
from daemons.audio.input import protocol
from daemons.audio.input.jack import InputJack
from daemons.audio.input.process import InputProcess, started
from daemons.audio.input.protocol import Levels, Report, Tap
from daemons.audio.input.settings import InputSettings
from daemons.audio.params.input import PRESENT_TYPES

log = logging.getLogger(__name__)

_FIRST_RESTART_S = 0.2
_LAST_RESTART_S = 5.0
_LIVED_LONG_S = 10.0
_START_S = 5.0
_SILENT_S = 5.0
"""It reports levels all the time: silent for so long, it hangs."""

_WATCHED_HZ = 20
_UNWATCHED_HZ = 2


class AudioInput:
    """The microphone or line, in a process of its own."""

    def __init__(
        self,
        jack: InputJack,
        open_output: Callable[[], socket.socket],
        announce: Callable[[Event], None],
        states_changed: Callable[[], None],
    ) -> None:
        """`open_output` opens a tap of what the speaker plays; `announce` tells everybody what happened.

        `states_changed` tells that audio detection has a state from now on, or none any more.
        """
        self._jack = jack
        self._open_output = open_output
        self._announce = announce
        self._states_changed = states_changed
        self._process: InputProcess | None = None
        self._ready = asyncio.Event()
        self._wanted_changed = asyncio.Event()
        self._held = 0
        self._watchers = 0
        self._above = False
        self.settings = InputSettings()
        self.levels: Levels | None = None
        """The newest report; None while the input is off."""
        self.fault: str | None = None
        """Why there is no sound though the input is on."""

    # --- for the rest of the daemon --------------------------------------------------------------

    def take(self, values: Mapping[str, str]) -> None:
        """Live by other parameters."""
        before, self.settings = self.settings, InputSettings.of(values)
        self._select()
        if before.on != self.settings.on:
            self._wanted_changed.set()
            self._states_changed()
        self._configure()

    def facts(self) -> dict[str, str]:
        """Return the read-only parameters that the board decides."""
        return {PRESENT_TYPES.name: ",".join(self._jack.types)}

    def refused(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Return which changes of checked parameters cannot be, with the reason."""
        return self._jack.refused(changes)

    def describe(self) -> dict[str, Any]:
        """Return the settings and how the input fares, as `/api/audio/input` has it."""
        settings = self.settings
        return {
            "on": settings.on,
            "running": self.running,
            "type": settings.type,
            "power": settings.power,
            **self._jack.describe(),
            "gain_db": settings.gain_db,
            "mute": settings.gain_db is None,
            "gains": {
                type_: {"gain_db": gain.level_db, "mute": gain.mute}
                for type_, gain in settings.gains.items()
            },
            "separate_gain": settings.separate_gain,
            "agc": settings.automatic_gain,
            "noise_suppression": settings.noise_suppression,
            "echo_cancellation": settings.echo_cancellation,
            "fault": self.fault if settings.on else None,
        }

    @property
    def running(self) -> bool:
        """Whether the process is there and listens."""
        return self._ready.is_set()

    @property
    def triggered(self) -> bool:
        """Whether the sound of an input that is on is above the alarm level."""
        return self._above and self.settings.on

    def states(self) -> list[Event]:
        """Return the state of audio detection; there is none while the input is off."""
        return [self._trigger_event()] if self.settings.on else []

    async def open_capture(self, tap: Tap, for_test: bool = False) -> socket.socket:
        """Return the reading end of a tap; raises `Conflict` while the input is off.

        A test of the unit's own, which holds the input, gets it nevertheless; nobody else hears anything of that.
        """
        self._check_may_hear(for_test)
        try:
            async with asyncio.timeout(_START_S):
                await self._ready.wait()
        except TimeoutError:
            raise Unavailable(self.fault or "the audio input does not start") from None
        self._check_may_hear(for_test)  # what is ready now may be there for a test alone
        reading, writing = pcm.pair()
        with writing:
            try:
                self._tell(protocol.AddTap(tap), writing.fileno())
            except Unavailable:
                reading.close()
                raise
        return reading

    def _check_may_hear(self, for_test: bool) -> None:
        if not self.settings.on and not for_test:
            raise Conflict("the audio input is off")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Have the process there as long as the block lasts, be the input on or off: for the unit's own tests."""
        self._held += 1
        self._select()
        self._wanted_changed.set()
        try:
            yield
        finally:
            self._held -= 1
            self._select()
            self._wanted_changed.set()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Have levels reported often as long as the block lasts."""
        self._watchers += 1
        self._configure()
        try:
            yield
        finally:
            self._watchers -= 1
            self._configure()

    async def run(self) -> None:
        """Keep the jack as it was set, and the process there while it is wanted, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._jack.run(), name="input jack")
            await self._keep()

    async def _keep(self) -> None:
        restart_s = _FIRST_RESTART_S
        while True:
            while not self._wanted():
                self._wanted_changed.clear()
                await self._wanted_changed.wait()
            begun = time.monotonic()
            was_on = self.settings.on
            await self._live_once()
            if not self._wanted() or was_on is not self.settings.on:
                restart_s = _FIRST_RESTART_S
                continue
            if time.monotonic() - begun > _LIVED_LONG_S:
                restart_s = _FIRST_RESTART_S
            log.warning("the input process is gone, starting it again in %g s", restart_s)
            await asyncio.sleep(restart_s)
            restart_s = min(restart_s * 2, _LAST_RESTART_S)

    # --- one process -----------------------------------------------------------------------------

    def _wanted(self) -> bool:
        return self.settings.on or self._held > 0

    def _select(self) -> None:
        power = self.settings.power if self._wanted() else "none"
        self._jack.select(self.settings.type, power)

    async def _live_once(self) -> None:
        """Run one process until it dies or nobody wants it any more."""
        try:
            async with started() as process:
                try:
                    await self._live_with(process)
                finally:
                    self._part()  # before it has gone: whoever listens from now on waits for the next one
        except Unavailable as error:
            self.fault = error.message
            log.warning("%s", error.message)

    async def _live_with(self, process: InputProcess) -> None:
        self._process = process
        self._configure()
        self._connect_reference(process)
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(self._hear(process), name="input reports")
            leaving = tasks.create_task(self._until_unwanted(), name="input wanted")
            await asyncio.wait((hearing, leaving), return_when=asyncio.FIRST_COMPLETED)
            hearing.cancel()
            leaving.cancel()

    def _part(self) -> None:
        # One that worked and died is back in a moment: what was above the alarm level has not fallen for that.
        if not (self.running and self.settings.on):
            self._set_triggered(False)
        self._process = None
        self._ready.clear()
        self.levels = None

    async def _until_unwanted(self) -> None:
        was_on = self.settings.on
        # Switched off while a test holds it, it ends too: with it end the taps of all who listened.
        while self._wanted() and not (was_on and not self.settings.on):
            was_on = self.settings.on
            self._wanted_changed.clear()
            await self._wanted_changed.wait()

    async def _hear(self, process: InputProcess) -> None:
        reports = aiter(process.reports())
        try:
            while True:
                async with asyncio.timeout(_SILENT_S):
                    report = await anext(reports)
                self._take_report(report)
        except StopAsyncIteration:
            return
        except TimeoutError:
            log.error("the input process says nothing any more")

    def _take_report(self, report: Report) -> None:
        match report:
            case protocol.Ready(realtime):
                self.fault = None
                self._ready.set()
                log.info("the audio input is on, %s real time", "in" if realtime else "without")
            case protocol.Levels():
                self.levels = report if self.settings.on else None
                self._set_triggered(report.triggered)
            case protocol.Triggered(above):
                self._set_triggered(above)
            case protocol.Device(there, detail):
                self.fault = None if there else detail
                entry = None if there else journal.SOUND_DEVICE_LOST
                log.log(
                    logging.INFO if there else logging.WARNING,
                    "audio input: %s",
                    detail,
                    extra=entry,
                )
            case protocol.Overrun(count):
                log.warning("audio input: %d overruns, sound was lost", count)
            case protocol.Fault(reason):
                self.fault = reason
                log.error("audio input: %s", reason)

    def _connect_reference(self, process: InputProcess) -> None:
        try:
            with self._open_output() as output:
                process.tell(protocol.Reference(), output.fileno())
        except Conflict as error:
            log.warning("no echo cancellation: %s", error.message)

    def _configure(self) -> None:
        reports_hz = _WATCHED_HZ if self._watchers else _UNWATCHED_HZ
        if self._process is not None:
            with contextlib.suppress(Unavailable):  # then it is about to be started again
                self._tell(self.settings.orders(reports_hz))

    def _tell(self, order: protocol.Order, *descriptors: int) -> None:
        if self._process is None:
            raise Unavailable("the audio input does not run")
        self._process.tell(order, *descriptors)

    # --- audio detection -------------------------------------------------------------------------

    def _set_triggered(self, above: bool) -> None:
        before, self._above = self._above, above
        if above != before and self.settings.on:
            self._announce(self._trigger_event())

    def _trigger_event(self) -> Event:
        return topics.TRIGGER_LEVEL.event({"channel": 1}, {"triggered": self.triggered})
