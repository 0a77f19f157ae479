"""Switching a step of the processing while sound goes through it."""

import numpy as np

from common.pcm import PERIOD_FRAMES
from daemons.audio.input.chain import Chain
from daemons.audio.input.protocol import Configure
from daemons.audio.input.stage import Stage
from daemons.audio.sources import Samples

SILENCE = np.zeros(PERIOD_FRAMES, dtype=np.float32)
ONES = np.ones(PERIOD_FRAMES, dtype=np.float32)


class Louder:
    """Makes everything three times as loud."""

    def __init__(self) -> None:
        self.periods = 0

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Take one period."""
        self.periods += 1
        return block * np.float32(3.0)


def run(stage: Stage, periods: int) -> Samples:
    """Send a steady level through."""
    return np.concatenate([stage.process(ONES, SILENCE) for _ in range(periods)])


def test_off_it_does_not_touch_the_sound() -> None:
    """The very same samples come out."""
    assert Stage().process(ONES, SILENCE) is ONES


def test_switching_either_way_fades_without_a_step() -> None:
    """From plain to processed and back, no two samples differ by more than the fade's own slope."""
    stage = Stage()
    stage.switch_on(Louder())
    before = run(stage, 40)
    stage.switch_off()
    after = run(stage, 10)
    assert before[0] == 1.0
    assert before[-1] == 3.0
    assert after[-1] == 1.0
    steps = np.abs(np.diff(np.concatenate((before, after))))
    assert steps.max() <= 2.0 / (5 * PERIOD_FRAMES) * 1.01
    assert stage.process(ONES, SILENCE) is ONES


def test_it_is_heard_within_a_fifth_of_a_second() -> None:
    """Warming up takes ten periods, the fade five."""
    stage = Stage()
    stage.switch_on(Louder())
    assert run(stage, 16)[-1] == 3.0


def test_switched_off_and_on_again_within_the_fade_the_warm_one_stays() -> None:
    """What it has learnt is kept, and nothing jumps."""
    stage, first, second = Stage(), Louder(), Louder()
    stage.switch_on(first)
    run(stage, 20)
    stage.switch_off()
    falling = run(stage, 2)
    stage.switch_on(second)
    rising = run(stage, 10)
    assert (first.periods > 20, second.periods) == (True, 0)
    assert abs(rising[0] - falling[-1]) < 0.01
    assert rising[-1] == 3.0


def test_what_cannot_be_built_stays_off_and_is_reported() -> None:
    """The input goes on without it."""
    faults: list[str] = []

    def broken(step: str) -> Louder:
        raise ImportError("the library is not there")

    chain = Chain(faults.append, broken)
    chain.prepare(Configure(echo_cancellation=True))()
    chain.process(ONES)
    assert np.array_equal(chain.process(ONES), ONES)
    assert faults == ["no echo cancellation: the library is not there"]


def test_nothing_is_built_before_it_is_wanted_and_only_once() -> None:
    """Each step is loaded when it is switched on."""
    built: list[str] = []

    def build(step: str) -> Louder:
        built.append(step)
        return Louder()

    chain = Chain(lambda reason: None, build)
    chain.prepare(Configure(gain_db=-6.0))()
    assert built == []
    for _ in range(2):
        chain.prepare(Configure(automatic_gain=True))()
    assert built == ["automatic_gain"]


def test_the_gain_is_exact_and_starts_from_silence() -> None:
    """Nothing is heard before the process knows how loud; what is over full scale is full scale."""
    chain = Chain(lambda reason: None)
    assert not chain.process(ONES).any()
    chain.prepare(Configure(gain_db=-12.0))()
    chain.process(ONES)
    assert np.allclose(chain.process(ONES), 10 ** (-12 / 20))
    chain.prepare(Configure(gain_db=6.0))()
    chain.process(ONES)
    assert chain.process(ONES).max() == 1.0
    chain.prepare(Configure(gain_db=None))()
    chain.process(ONES)
    assert not chain.process(ONES).any()
