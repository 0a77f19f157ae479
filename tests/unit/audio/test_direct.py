"""What is measured goes past the output's own stages, but not past its limiter."""

from collections.abc import Iterator

import numpy as np
import pytest

from daemons.audio.engine import Engine
from daemons.audio.engine_config import EngineConfig
from daemons.audio.limiter import TruePeakLimiter
from daemons.audio.playback import PlaybackSpec, SourceClass
from daemons.audio.sources import MemorySource
from tests.unit.audio.fake_device import FakeDevice

PERIOD = 480
DELAY = TruePeakLimiter.delay_frames
MEASURED = PlaybackSpec("measured", SourceClass.PAGE, 101, alone=True, direct=True)
MUSIC = PlaybackSpec("music", SourceClass.MUSIC)


class Bench:
    """An engine whose output is muted."""

    def __init__(self) -> None:
        self.device = FakeDevice()
        self.engine = Engine(self.device.open, EngineConfig(muted=True))
        self.engine.start()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Run an engine for one test."""
    made = Bench()
    yield made
    made.device.let_go()
    made.engine.close()


def noise(frames: int, peak: float) -> np.ndarray:
    """Samples that look like nothing else."""
    return np.random.default_rng(5).uniform(-peak, peak, frames).astype(np.float32)


def test_what_is_direct_is_heard_as_it_is_though_the_output_is_muted(bench: Bench) -> None:
    """Bit for bit, and nothing else with it."""
    bench.engine.play(MemorySource(noise(20_000, 0.9), -1), MUSIC)
    sound = noise(2_000, 0.1)
    bench.engine.play(MemorySource(sound), MEASURED)
    out = bench.device.play(8)
    start = int(np.flatnonzero(out)[0])
    assert np.array_equal(out[start : start + 2_000], sound)
    assert not out[start + 2_000 :].any()


def test_what_is_direct_is_limited_all_the_same(bench: Bench) -> None:
    """Nothing gets past the ceiling."""
    bench.engine.play(MemorySource(noise(4_800, 3.0)), MEASURED)
    assert 0.5 < np.max(np.abs(bench.device.play(10))) < 0.9
