"""Each stage of the sound's way by itself, timed in one thread; started by `bench.dsp`, prints a list of `Cost`."""

import sys
import time
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from bench.figures import median, percentile
from common import pcm
from daemons.audio.ducking import ClassRules
from daemons.audio.equaliser import PRESETS, build
from daemons.audio.gain import GainRamp
from daemons.audio.input.webrtc import Kind, WebRtc
from daemons.audio.limiter import TruePeakLimiter
from daemons.audio.meter import Meter
from daemons.audio.mixer import Mixer, Voice
from daemons.audio.output_tap import OutputTaps
from daemons.audio.playback import PlaybackSpec
from daemons.audio.sources import MemorySource, Samples

FRAMES = 480
PERIODS = 2000
Stage = Callable[[Samples], object]


class Cost(msgspec.Struct, frozen=True):
    """What a stage takes for one period, in processor time."""

    stage: str
    median_us: float
    p99_us: float


def stages() -> Iterator[tuple[str, float, Stage]]:
    """Yield each stage with the level of the noise that it is to work on."""
    for count in (1, 8, 16):
        yield f"mix of {count}", 0.1, _mixer(count).render
    for preset in PRESETS:
        filters = build(preset, FRAMES)
        if filters is not None:
            yield f"equaliser {preset}", 0.1, filters
    yield "output gain, steady", 0.1, GainRamp(0.5, FRAMES).apply
    yield "limiter at rest", 0.1, TruePeakLimiter(FRAMES).process
    yield "limiter at work", 1.5, TruePeakLimiter(FRAMES).process
    meter = Meter()
    yield "level meter", 0.1, lambda block: meter.measure(block, 1.0)
    taps, reader = OutputTaps(), pcm.pair()
    taps.add(pcm.CaptureSender(reader[1]))
    yield "output tap, one reader", 0.1, taps.push
    for kind in Kind:
        yield f"input: {kind.value}", 0.05, _processing(WebRtc(kind))


def _processing(processor: WebRtc) -> Stage:
    return lambda block: processor.process(block, block)


def _mixer(count: int) -> Mixer:
    mixer = Mixer(ClassRules(), FRAMES)
    sound = np.random.default_rng(1).uniform(-0.1, 0.1, 48_000).astype(np.float32)
    for number in range(count):
        spec = PlaybackSpec(str(number), volume=0.5)
        mixer.add(Voice(str(number), MemorySource(sound, -1), spec, FRAMES))
    return mixer


def cost(stage: str, level: float, run: Stage) -> Cost:
    """Time one stage."""
    chance = np.random.default_rng(2)
    sounds = chance.uniform(-level, level, (50, FRAMES)).astype(np.float32)
    times: list[float] = []
    for number in range(PERIODS + 200):
        block = sounds[number % len(sounds)].copy()
        started = time.thread_time_ns()
        run(block)
        if number >= 200:  # the first ones warm up
            times.append((time.thread_time_ns() - started) / 1000)
    return Cost(stage, median(times), percentile(times, 99))


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode([cost(*stage) for stage in stages()]))
