"""Self tests as the daemon conducts them: one at a time, last in rank, kept and told."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common import pcm
from common.errors import Conflict, InvalidValue, NotSupported, Unavailable
from common.topics import Event
from daemons.audio.engine import Engine
from daemons.audio.input.supervision import AudioInput
from daemons.audio.playback import EngineEvent, EventKind, PlaybackSpec, SourceClass
from daemons.audio.selftest import conduct, protocol
from daemons.audio.selftest.conduct import SelfTests
from daemons.audio.selftest.protocol import Measured, Message, PathFound
from daemons.audio.sources import Source
from hw.ports import SoundCard

GOOD = Measured(
    path=PathFound(delay_s=0.02, level_db=-20.0, response=[(1_000, 0.0)], sti=0.9),
    played_dbfs=-17.0,
    heard_dbfs=-37.0,
    noise_dbfs=-80.0,
    overloaded=False,
    lost_frames=0,
)
SILENT = Measured(None, -17.0, -80.0, -80.0, overloaded=False, lost_frames=0)


class FakeEngine:
    """Keeps a list of what plays."""

    def __init__(self) -> None:
        self.playing: dict[str, tuple[str, SourceClass]] = {}
        self.specs: list[PlaybackSpec] = []
        self.stopped: list[str] = []
        self.xruns = 0
        self._listener: Callable[[EngineEvent], None] = lambda event: None

    def on_event(self, listener: Callable[[EngineEvent], None]) -> None:
        """Take the listener."""
        self._listener = listener

    def play(self, source: Source, spec: PlaybackSpec) -> str:
        """Play nothing."""
        source.close()
        self.specs.append(spec)
        return self.begin(spec.what, spec.class_)

    def begin(self, what: str, class_: SourceClass) -> str:
        """Have something begin."""
        id_ = f"p{len(self.playing)}"
        self.playing[id_] = (what, class_)
        self._listener(EngineEvent(EventKind.STARTED, 0, id_, what))
        return id_

    def stop(self, playback: str) -> None:
        """End something."""
        self.stopped.append(playback)
        self.playing.pop(playback, None)

    def now_playing(self) -> list[Any]:
        """Say what plays."""
        return [
            SimpleNamespace(id=id_, what=what, class_=class_)
            for id_, (what, class_) in self.playing.items()
        ]

    def status(self) -> Any:
        """Say how often the device ran dry."""
        return SimpleNamespace(xruns=self.xruns)

    def open_tap(self) -> socket.socket:
        """Return a tap that gives nothing."""
        ours, theirs = pcm.pair()
        theirs.close()
        return ours


class FakeInput:
    """An input that is off."""

    settings = SimpleNamespace(on=False)
    fault: str | None = None
    held_now = 0

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Count."""
        self.held_now += 1
        try:
            yield
        finally:
            self.held_now -= 1

    async def open_capture(self, tap: object, for_test: bool = False) -> socket.socket:
        """Return a tap that gives nothing, or fail."""
        assert self.held_now
        assert for_test
        if self.fault:
            raise Unavailable(self.fault)
        return FakeEngine().open_tap()


class Rig:
    """Self tests with a process whose messages the test gives."""

    def __init__(self, folder: Path, tasks: asyncio.TaskGroup, capture: str | None = "mic") -> None:
        self.engine = FakeEngine()
        self.input = FakeInput()
        self.told: list[Event] = []
        self.says: asyncio.Queue[Message | None] = asyncio.Queue()
        self.tests = SelfTests(
            cast("Engine", self.engine),
            cast("AudioInput", self.input),
            SoundCard("speaker", capture, round_trip_frames=480),
            folder,
            tasks,
            self.told.append,
        )
        self.tests.take({"Properties.System.SerialNumber": "00408C123456"})

    @contextlib.asynccontextmanager
    async def started(self, *_arguments: object) -> AsyncIterator[Any]:
        """Stand in for the process."""

        async def messages() -> AsyncIterator[Message]:
            while (message := await self.says.get()) is not None:
                yield message

        sound, theirs = pcm.pair()
        with theirs:
            yield SimpleNamespace(sound=sound, messages=messages)

    def result(self) -> dict[str, Any]:
        """Return the newest result."""
        found: dict[str, Any] = self.tests.describe()["results"][-1]
        return found

    async def over(self) -> None:
        """Wait until no test runs."""
        while self.tests.describe()["running"]:
            await asyncio.sleep(0.001)

    async def run(self, *messages: Message | None, calibrate: bool = False) -> None:
        """Run one test to its end."""
        self.tests.start(calibrate, 15.0)
        for message in messages:
            self.says.put_nowait(message)
        await self.over()

    async def playing(self) -> None:
        """Start a test and wait until it plays."""
        self.tests.start(False, 15.0)
        self.says.put_nowait(protocol.Ready())
        while not self.engine.playing:
            await asyncio.sleep(0.001)


Check = Callable[[Rig], Coroutine[Any, Any, None]]


@pytest.fixture
def conducted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run a check against a rig."""

    def run(check: Check, **arguments: Any) -> None:
        async def body() -> None:
            async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
                rig = Rig(tmp_path, tasks, **arguments)
                monkeypatch.setattr(conduct, "started", rig.started)
                await rig.tests.open()
                await check(rig)

        asyncio.run(body())

    return run


def test_a_test_is_kept_and_told(conducted: Callable[..., None]) -> None:
    """The input is held open for the test only, and the playback silences what is below it."""

    async def check(rig: Rig) -> None:
        await rig.run(protocol.Ready(), protocol.Progress(0.5), GOOD)
        assert rig.result()["verdict"] == "ok"
        assert rig.result()["delay_ms"] == 10.0
        assert rig.result()["input_was_off"]
        assert rig.tests.describe()["progress"] == 0.5
        assert rig.input.held_now == 0
        (spec,) = rig.engine.specs
        assert (spec.class_, spec.alone) == (SourceClass.ANNOUNCEMENT, True)
        (event,) = rig.told
        assert event.topic == "tns1:Device/tnsaxis:SpeakerTest/TestResult"
        assert dict(event.data) == {"SpeakerTestStatus": "OK"}
        assert len(dict(event.source)["DeviceUUID"]) == 36

    conducted(check)


def test_a_silent_speaker_is_told_as_failed(conducted: Callable[..., None]) -> None:
    """The event has two words only."""

    async def check(rig: Rig) -> None:
        await rig.run(protocol.Ready(), GOOD)
        await rig.run(protocol.Ready(), SILENT)
        assert rig.result()["verdict"] == "no sound heard"
        assert dict(rig.told[-1].data) == {"SpeakerTestStatus": "Failed"}

    conducted(check)


def test_there_is_one_test_at_a_time(conducted: Callable[..., None]) -> None:
    """A second one is refused, and the first goes on."""

    async def check(rig: Rig) -> None:
        await rig.playing()
        with pytest.raises(Conflict, match="already"):
            rig.tests.start(False, 15.0)
        rig.says.put_nowait(GOOD)
        await rig.over()
        assert len(rig.tests.describe()["results"]) == 1

    conducted(check)


@pytest.mark.parametrize(
    "class_", [SourceClass.ANNOUNCEMENT, SourceClass.PAGE, SourceClass.EMERGENCY]
)
def test_whatever_matters_more_ends_the_test(
    conducted: Callable[..., None], class_: SourceClass
) -> None:
    """It is stopped as soon as the other begins, and nothing is told."""

    async def check(rig: Rig) -> None:
        await rig.playing()
        rig.engine.begin("fire alarm", class_)
        assert rig.engine.stopped == ["p0"]
        rig.says.put_nowait(None)
        await rig.over()
        assert rig.result()["verdict"] == "abandoned"
        assert "fire alarm" in rig.result()["message"]
        assert rig.told == []

    conducted(check)


def test_music_waits(conducted: Callable[..., None]) -> None:
    """Music neither keeps a test from starting nor ends one."""

    async def check(rig: Rig) -> None:
        rig.engine.begin("radio", SourceClass.MUSIC)
        rig.tests.start(False, 15.0)
        rig.says.put_nowait(protocol.Ready())
        while not rig.engine.specs:
            await asyncio.sleep(0.001)
        rig.engine.begin("another radio", SourceClass.MUSIC)
        rig.says.put_nowait(GOOD)
        await rig.over()
        assert rig.result()["verdict"] == "ok"

    conducted(check)


def test_what_matters_more_keeps_a_test_from_starting(conducted: Callable[..., None]) -> None:
    """Refused with its name; also when it begins while the test gets ready."""

    async def check(rig: Rig) -> None:
        page = rig.engine.begin("a page", SourceClass.PAGE)
        with pytest.raises(Conflict, match="a page"):
            rig.tests.start(False, 15.0)
        rig.engine.stop(page)
        rig.tests.start(False, 15.0)
        rig.engine.begin("a page", SourceClass.PAGE)
        rig.says.put_nowait(protocol.Ready())
        await rig.over()
        assert rig.engine.specs == []
        assert rig.result()["verdict"] == "abandoned"

    conducted(check)


def test_a_test_that_is_stopped_or_breaks_says_so(conducted: Callable[..., None]) -> None:
    """Stopped by a person, a broken process, an input that does not start, a device that ran dry."""

    async def check(rig: Rig) -> None:
        await rig.run(protocol.Ready(), None)
        assert rig.result()["verdict"] == "abandoned"
        await rig.run(protocol.Failed("Traceback\nOSError: no luck\n"))
        assert rig.result()["verdict"] == "failed"
        assert rig.result()["message"].startswith("OSError: no luck.")
        rig.input.fault = "the microphone is gone"
        await rig.run()
        assert rig.result()["message"].startswith("The microphone is gone.")
        rig.input.fault = None
        await rig.playing()
        rig.engine.xruns += 1
        rig.says.put_nowait(GOOD)
        await rig.over()
        assert rig.result()["verdict"] == "failed"
        assert rig.tests.describe()["reference"] is None

    conducted(check)


def test_a_board_without_input_says_so(conducted: Callable[..., None]) -> None:
    """There is nothing to start."""

    async def check(rig: Rig) -> None:
        assert not rig.tests.describe()["available"]
        assert "no audio input" in rig.tests.describe()["why"]
        with pytest.raises(NotSupported):
            rig.tests.start(False, 15.0)

    conducted(check, capture=None)


@pytest.mark.parametrize("speech_s", [3.9, 31.0, float("nan")])
def test_an_impossible_length_is_refused(conducted: Callable[..., None], speech_s: float) -> None:
    """And no test runs."""

    async def check(rig: Rig) -> None:
        with pytest.raises(InvalidValue):
            rig.tests.start(False, speech_s)
        assert not rig.tests.describe()["running"]

    conducted(check)


def test_a_wipe_ends_a_test_and_forgets_its_result(conducted: Callable[..., None]) -> None:
    """Nothing of before a factory default is found afterwards."""

    async def check(rig: Rig) -> None:
        await rig.run(protocol.Ready(), GOOD)
        await rig.playing()
        await rig.tests.wipe()
        assert rig.engine.playing == {}
        rig.says.put_nowait(None)
        await rig.over()
        assert rig.tests.describe()["results"] == []
        assert rig.tests.describe()["reference"] is None

    conducted(check)
