"""Self tests as the rest of the daemon sees them: started, watched, given up for what matters more, kept.

A test is played as an announcement that silences what is below it, whatever the class rules say: music and
advertisements wait. It gives way at once to every announcement, page and emergency, and is then abandoned.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import msgspec

from common.errors import ApplianceError, Conflict, InvalidValue, NotSupported
from common.topics import Event
from daemons.audio import topics
from daemons.audio.engine import Engine
from daemons.audio.input.protocol import Tap
from daemons.audio.input.supervision import AudioInput
from daemons.audio.playback import EngineEvent, EventKind, PlaybackSpec, SourceClass
from daemons.audio.selftest import protocol
from daemons.audio.selftest.process import TestProcess, started
from daemons.audio.selftest.results import Circumstances, Result, Verdict, judge, unmeasured
from daemons.audio.selftest.signals import RATE_HZ, Plan
from daemons.audio.selftest.trend import Trend
from daemons.audio.stream_source import StreamSource
from hw.ports import SoundCard

log = logging.getLogger(__name__)

WHAT: Final = "self test"
SHORTEST_SPEECH_S: Final = 4.0
LONGEST_SPEECH_S: Final = 30.0
"""A longer one says no more, and takes memory: 170 MB at this length."""
_HIGHEST_PRIORITY: Final = 100
_SLACK_S: Final = 40.0
"""For starting, waiting and computing, on a unit that is busy."""


class SelfTests:
    """At most one test at a time."""

    def __init__(
        self,
        engine: Engine,
        audio_input: AudioInput,
        sound: SoundCard,
        folder: Path,
        tasks: asyncio.TaskGroup,
        announce: Callable[[Event], None],
    ) -> None:
        self._engine = engine
        self._input = audio_input
        self._has_input = sound.capture is not None
        self._round_trip_frames = sound.round_trip_frames
        self._tasks = tasks
        self._announce = announce
        self._trend = Trend(folder / "self_tests.json")
        self._running = False
        self._progress = 0.0
        self._playback: str | None = None
        self._interrupted_by: str | None = None
        self._lock = asyncio.Lock()
        self._forget = False
        self._serial_number = ""
        engine.on_event(self._on_engine_event)

    async def open(self) -> None:
        """Read what was kept of earlier tests."""
        await asyncio.to_thread(self._trend.open)

    async def wipe(self) -> None:
        """Forget all results; a test that runs is given up."""
        self._forget = True
        if self._playback is not None:
            self._engine.stop(self._playback)
        async with self._lock:
            await asyncio.to_thread(self._trend.wipe)

    def take(self, values: Mapping[str, str]) -> None:
        """Learn which unit this is."""
        self._serial_number = values.get("Properties.System.SerialNumber", "")

    def start(self, calibrate: bool, speech_s: float) -> None:
        """Start a test; with `calibrate` later ones are compared with it.

        Raises `NotSupported` without an input, `Conflict` while another test runs or something plays that it must not
        disturb, `InvalidValue`.
        """
        if not SHORTEST_SPEECH_S <= speech_s <= LONGEST_SPEECH_S:
            raise InvalidValue(
                f"the speech signal lasts from {SHORTEST_SPEECH_S:g} to {LONGEST_SPEECH_S:g} s"
            )
        if not self._has_input:
            raise NotSupported("this board has no audio input to listen with")
        if self._running:
            raise Conflict("a self test runs already")
        if (more_important := self._more_important()) is not None:
            raise Conflict(f"the test would disturb what plays now: {more_important}")
        self._running = True
        self._forget = False
        self._progress = 0.0
        self._tasks.create_task(self._run(calibrate, speech_s), name="self test")

    def describe(self) -> dict[str, Any]:
        """Return the trend and how the present test gets on."""
        reference = self._trend.reference
        return {
            "running": self._running,
            "progress": round(self._progress, 3),
            "available": self._has_input,
            "why": None if self._has_input else "This board has no audio input to listen with.",
            "reference": None if reference is None else msgspec.to_builtins(reference),
            "results": [msgspec.to_builtins(result) for result in self._trend.results],
        }

    # --- one test --------------------------------------------------------------------------------

    async def _run(self, calibrate: bool, speech_s: float) -> None:
        circumstances = Circumstances(
            at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            speech_s=speech_s,
            calibrate=calibrate,
            input_was_off=not self._input.settings.on,
            device_ms=None
            if self._round_trip_frames is None
            else self._round_trip_frames / RATE_HZ * 1000,
        )
        self._interrupted_by = None
        try:
            result = await self._test(Plan(speech_s=speech_s), circumstances)
        except ApplianceError as error:
            result = unmeasured(Verdict.FAILED, _sentence(error.message), circumstances)
        async with self._lock:
            if not self._forget:
                await asyncio.to_thread(self._keep, result)
        self._running = False
        log.info("self test: %s. %s", result.verdict, result.message)
        self._tell(result)

    async def _test(self, plan: Plan, circumstances: Circumstances) -> Result:
        xruns = self._engine.status().xruns
        with self._input.held():
            heard = await self._input.open_capture(Tap.RAW, for_test=True)
            with heard, self._engine.open_tap() as played:
                message = await self._perform(plan, played, heard)
        if self._interrupted_by is not None:
            why = f"Given up for what matters more: {self._interrupted_by}."
            return unmeasured(Verdict.ABANDONED, why, circumstances)
        if message is None:
            return unmeasured(Verdict.ABANDONED, "The test was stopped.", circumstances)
        if isinstance(message, protocol.Failed):
            log.warning("self test: %s", message.reason)
            why = _sentence(message.reason.strip().rpartition("\n")[2])
            return unmeasured(Verdict.FAILED, why, circumstances)
        if self._engine.status().xruns != xruns:
            why = "The sound device ran dry during the test: try again."
            return unmeasured(Verdict.FAILED, why, circumstances)
        return judge(message, self._trend.reference, circumstances)

    async def _perform(
        self, plan: Plan, played: socket.socket, heard: socket.socket
    ) -> protocol.Measured | protocol.Failed | None:
        """Return what came of it; None when it was stopped."""
        try:
            async with (
                asyncio.timeout(plan.total_s + _SLACK_S),
                started(plan, played, heard) as process,
            ):
                try:
                    return await self._listen(process)
                finally:
                    if self._playback is None:
                        process.sound.close()
                    else:
                        self._engine.stop(self._playback)
                        self._playback = None
        except TimeoutError:
            return protocol.Failed("the test does not come to an end")

    async def _listen(self, process: TestProcess) -> protocol.Measured | protocol.Failed | None:
        async for message in process.messages():
            match message:
                case protocol.Ready():
                    if self._playback is None and not self._gives_way():
                        spec = PlaybackSpec(
                            WHAT, SourceClass.ANNOUNCEMENT, _HIGHEST_PRIORITY, alone=True
                        )
                        self._playback = self._engine.play(StreamSource(process.sound), spec)
                case protocol.Progress(fraction):
                    self._progress = fraction
                case _:
                    return message
            if self._interrupted_by is not None:
                return None
        return None

    def _keep(self, result: Result) -> None:
        try:
            self._trend.add(result)
        except OSError as error:
            log.warning("the result of a self test cannot be kept: %s", error)

    # --- what else happens -----------------------------------------------------------------------

    def _more_important(self) -> str | None:
        """Return what plays that a test must not disturb."""
        for state in self._engine.now_playing():
            if state.id != self._playback and state.class_ >= SourceClass.ANNOUNCEMENT:
                return state.what
        return None

    def _gives_way(self) -> bool:
        self._interrupted_by = self._more_important()
        return self._interrupted_by is not None

    def _on_engine_event(self, event: EngineEvent) -> None:
        if (
            event.kind is EventKind.STARTED
            and self._playback is not None
            and event.playback != self._playback
            and self._gives_way()
        ):
            self._engine.stop(self._playback)

    def _tell(self, result: Result) -> None:
        if result.verdict is Verdict.ABANDONED:
            return
        status = "OK" if result.verdict is Verdict.OK else "Failed"
        self._announce(
            topics.SPEAKER_TEST.event(
                {"DeviceUUID": str(uuid5(NAMESPACE_OID, self._serial_number))},
                {"SpeakerTestStatus": status},
            )
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
