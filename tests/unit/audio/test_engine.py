"""The engine: commands go in, periods come out, events are left behind, the device comes and goes on demand."""

import asyncio
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from common.errors import Conflict
from daemons.audio.ducking import Action, ClassRule, ClassRules
from daemons.audio.engine import Engine
from daemons.audio.engine_config import EngineConfig
from daemons.audio.limiter import TruePeakLimiter
from daemons.audio.playback import (
    EndReason,
    EngineEvent,
    EventKind,
    PlaybackSpec,
    PlayState,
    SourceClass,
)
from daemons.audio.sources import MemorySource, Samples
from tests.unit.audio.fake_device import FakeDevice

PERIOD = 480
DELAY = TruePeakLimiter.delay_frames
MUSIC = PlaybackSpec("music", SourceClass.MUSIC)
PAGE = PlaybackSpec("gate 4", SourceClass.PAGE)


class Bench:
    """An engine on a fake device, and the events it left."""

    def __init__(self) -> None:
        self.device = FakeDevice()
        self.engine = Engine(self.device.open, EngineConfig(idle_close_s=0.05, max_playbacks=3))
        self.events: list[EngineEvent] = []
        self.engine.on_event(self.events.append)
        self.engine.start()

    def play(self, sound: np.ndarray, spec: PlaybackSpec = MUSIC, repeat: int = 0) -> str:
        return self.engine.play(MemorySource(sound.astype(np.float32), repeat), spec)

    def kinds(self) -> list[EventKind]:
        self.engine.deliver_events()
        return [event.kind for event in self.events]


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Run an engine for one test."""
    made = Bench()
    yield made
    made.device.let_go()
    made.engine.close()


def steps(frames: int) -> np.ndarray:
    """Samples of which each says where it stands."""
    return (np.arange(1, frames + 1) / 2**18).astype(np.float32)


def test_the_device_is_open_only_while_something_plays(bench: Bench) -> None:
    """Nothing opens it before the first sound; after the last and a while of silence it is closed."""
    assert bench.device.opened == 0
    bench.play(steps(PERIOD))
    bench.device.wait_until(lambda: bench.device.opened == 1)
    bench.device.play(6)
    bench.device.wait_until(lambda: bench.device.closed == 1)
    bench.play(steps(PERIOD))
    bench.device.wait_until(lambda: bench.device.opened == 2)


def test_what_goes_in_comes_out(bench: Bench) -> None:
    """From the first period on, the very samples, late by nothing but the limiter's look-ahead."""
    bench.play(steps(2_000), repeat=1)
    out = bench.device.play(10)
    assert not out[:DELAY].any()
    assert np.array_equal(out[DELAY : DELAY + 4_000], np.tile(steps(2_000), 2))
    assert not out[DELAY + 4_000 :].any()


def test_events_tell_of_beginning_and_end(bench: Bench) -> None:
    """A playback starts and ends under its id, with the reason."""
    first = bench.play(steps(PERIOD))
    bench.device.play(3)
    second = bench.play(steps(48_000))
    bench.device.play(2)
    bench.engine.stop(second)
    bench.device.play(3)
    bench.engine.deliver_events()
    assert [(event.kind, event.playback, event.reason) for event in bench.events] == [
        (EventKind.STARTED, first, None),
        (EventKind.ENDED, first, EndReason.FINISHED),
        (EventKind.STARTED, second, None),
        (EventKind.ENDED, second, EndReason.STOPPED),
    ]


def test_sources_are_closed_outside_the_engine_s_thread(bench: Bench) -> None:
    """Closing may touch files, so it happens where events are delivered."""
    closed_by: list[str] = []

    class Closing(MemorySource):
        def close(self) -> None:
            closed_by.append(threading.current_thread().name)

    bench.engine.play(Closing(steps(10)), MUSIC)
    bench.device.play(3)
    assert not closed_by
    bench.engine.deliver_events()
    assert closed_by == [threading.current_thread().name]


def test_what_plays_now_is_told_with_the_reason(bench: Bench) -> None:
    """State, gain, position, duration and why, the highest class first."""
    bench.play(steps(480_000), MUSIC)
    bench.device.play(5)
    bench.play(steps(48_000), PAGE)
    bench.device.play(5)
    page, music = bench.engine.now_playing()
    assert (page.what, page.state, page.why) == (
        "gate 4",
        PlayState.PLAYING,
        "nothing above it plays",
    )
    assert (music.state, music.gain_db) == (PlayState.PAUSED, None)
    assert music.why == "silenced by the page 'gate 4'"
    assert music.duration_s == 10.0
    assert 0.05 <= music.position_s <= 0.08


def test_other_rules_are_told_when_they_matter(bench: Bench) -> None:
    """An event says that what plays is treated otherwise; the same rules once more say nothing."""
    softer = ClassRules(
        dict(ClassRules().rules) | {SourceClass.PAGE: ClassRule(Action.DUCK, depth_db=6, ramp_ms=5)}
    )
    bench.engine.configure(ClassRules())
    bench.play(steps(480_000), MUSIC)
    bench.play(steps(48_000), PAGE)
    bench.device.play(5)
    bench.engine.configure(softer)
    bench.engine.configure(softer)
    bench.device.play(5)
    assert bench.kinds().count(EventKind.REARRANGED) == 1
    assert [state.gain_db for state in bench.engine.now_playing()] == [0.0, -6.0]


def test_the_volume_of_one_playback_changes_while_it_plays(bench: Bench) -> None:
    """The other keeps its own."""
    loud = bench.play(np.full(48_000, 0.25))
    bench.play(np.full(48_000, 0.125))
    bench.device.play(3)
    bench.engine.set_volume(loud, 0.5)
    bench.engine.set_volume("p99", 0.0)
    out = bench.device.play(12)
    np.testing.assert_allclose(out[-480:], 0.25, atol=1e-6)
    assert np.abs(np.diff(out)).max() < 1e-3


def test_what_was_asked_for_plays_now(bench: Bench) -> None:
    """From the moment that `play` returns to its end, a playback is among what plays now, once."""
    assert bench.engine.now_playing() == ()
    bench.play(steps(20 * PERIOD))
    for _ in range(18):
        assert len(bench.engine.now_playing()) == 1
        bench.device.play(1)
    bench.device.play(4)
    assert bench.engine.now_playing() == ()


def test_output_gain_and_mute_do_not_click(bench: Bench) -> None:
    """A change takes one period; muted is exactly silent, and the sources play on."""
    bench.play(np.full(48_000, 0.5))
    bench.device.play(3)
    bench.engine.set_output(-20.0)
    lower = bench.device.play(5)
    assert lower[-1] == pytest.approx(0.05)
    assert np.abs(np.diff(lower)).max() < 0.46 / PERIOD
    bench.engine.set_output(None)
    assert not bench.device.play(5)[-PERIOD:].any()
    bench.engine.set_output(0.0)
    assert bench.device.play(5)[-1] == 0.5


def test_the_sum_never_passes_the_ceiling(bench: Bench) -> None:
    """Three full-scale sources at once stay below -1 dBTP at the device."""
    tone = 0.99 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    for _ in range(3):
        bench.play(tone)
    assert np.abs(bench.device.play(50)).max() <= 10 ** (-1 / 20)


def test_too_many_are_refused_and_closed(bench: Bench) -> None:
    """One more than the limit is a conflict; after one has ended there is room again."""
    ids = [bench.play(steps(48_000)) for _ in range(3)]
    with pytest.raises(Conflict, match="3 sources"):
        bench.play(steps(10))
    bench.engine.stop(ids[0])
    bench.device.play(4)
    bench.engine.deliver_events()
    bench.play(steps(10))


def test_a_device_that_ran_dry_is_counted(bench: Bench) -> None:
    """Every underrun of the device is counted, at most one a second is an event, and the sound goes on."""
    bench.play(steps(48_000))
    bench.device.xruns_to_come = 2
    bench.device.play(4)
    assert bench.kinds().count(EventKind.XRUN) == 1
    assert bench.engine.status().xruns == 2


def test_a_lost_device_is_told_once_and_comes_back(bench: Bench) -> None:
    """While it is gone time goes on by the clock; when it is back the sound is where it would be."""
    bench.play(steps(480_000))
    bench.device.play(2)
    bench.device.refusing = True
    bench.device.let_through(1)
    bench.device.wait_until(lambda: bench.device.closed == 1)
    bench.device.refusing = False
    bench.device.wait_until(lambda: bench.device.opened == 2)
    bench.device.play(2)
    assert [kind for kind in bench.kinds() if kind is not EventKind.STARTED] == [
        EventKind.DEVICE_LOST,
        EventKind.DEVICE_BACK,
    ]
    assert not bench.engine.status().device_lost


def test_stopping_what_is_over_does_nothing(bench: Bench) -> None:
    """An unknown id is one that has just ended."""
    bench.engine.stop("p99")
    bench.play(steps(PERIOD))
    assert bench.device.play(2).any()


def test_closing_closes_what_still_plays() -> None:
    """What plays is faded out, the device let go of; an engine can also be closed before it played."""
    bench = Bench()
    bench.play(np.full(480_000, 0.5))
    bench.device.play(2)
    bench.device.let_go()
    bench.engine.close()
    assert bench.device.closed == 1
    heard = np.concatenate(bench.device.blocks)
    assert heard[-1] == 0.0
    assert np.abs(np.diff(heard[DELAY + 1 :])).max() < 0.51 / 240
    unused = Bench()
    unused.engine.close()
    assert unused.device.opened == 0


async def test_events_reach_the_event_loop() -> None:
    """Attached to a loop, the engine delivers there without being asked."""
    bench = Bench()
    ended = asyncio.Event()
    bench.engine.on_event(lambda event: ended.set() if event.kind is EventKind.ENDED else None)
    bench.engine.attach(asyncio.get_running_loop())
    bench.device.let_go()
    bench.play(steps(PERIOD))
    async with asyncio.timeout(10):
        await ended.wait()
    bench.engine.close()


async def test_a_fault_in_the_thread_is_raised_where_it_is_watched() -> None:
    """A bug in a source ends the engine's thread; whoever watches gets the very exception."""

    class Broken(MemorySource):
        def read_into(self, buffer: Samples) -> int:
            raise ZeroDivisionError("a bug")

    bench = Bench()
    bench.engine.play(Broken(steps(10)), MUSIC)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        async with asyncio.timeout(10):
            await bench.engine.watch()
    bench.engine.close()
