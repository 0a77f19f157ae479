"""Gain moves in a straight line and reaches its target on the frame."""

import numpy as np

from daemons.audio.gain import GainRamp


def through(ramp: GainRamp, frames: int, period: int = 480) -> np.ndarray:
    """Return what the ramp does to ones."""
    blocks = np.ones((frames // period, period), dtype=np.float32)
    for block in blocks:
        ramp.apply(block)
    return blocks.ravel()


def test_a_gain_of_one_leaves_the_samples_alone() -> None:
    """Not a bit changes, not even of what is no number."""
    block = np.array([0.1, np.nan, -1e-30, 5.0], dtype=np.float32)
    kept = block.tobytes()
    GainRamp(1.0, 480).apply(block)
    assert block.tobytes() == kept


def test_a_ramp_is_a_straight_line_over_as_many_periods_as_it_takes() -> None:
    """From 1.0 to 0.1 in 1,000 frames: every step is the same, and the end is exact."""
    ramp = GainRamp(1.0, 480)
    ramp.aim(0.1, 1_000)
    curve = through(ramp, 1_920)
    steps = np.diff(curve[:1_000])
    np.testing.assert_allclose(steps, -0.9 / 1_000, atol=1e-6)
    assert (curve[1_000:] == np.float32(0.1)).all()


def test_a_ramp_can_turn_round_on_its_way() -> None:
    """A new target starts from where the gain is, without a jump."""
    ramp = GainRamp(1.0, 480)
    ramp.aim(0.0, 960)
    first = through(ramp, 480)
    ramp.aim(1.0, 480)
    second = through(ramp, 960)
    assert np.abs(np.diff(np.concatenate((first, second)))).max() < 0.0022
    assert (second[480:] == 1.0).all()


def test_the_same_target_again_changes_nothing() -> None:
    """Repeating a target does not start the ramp anew."""
    ramp = GainRamp(1.0, 480)
    ramp.aim(0.0, 960)
    through(ramp, 480)
    ramp.aim(0.0, 960)
    assert ramp.remaining_frames == 480


def test_silence_is_silence() -> None:
    """At the end of a fade the samples are exactly zero."""
    ramp = GainRamp(0.7, 480)
    ramp.aim(0.0, 240)
    curve = through(ramp, 480)
    assert not ramp.remaining_frames
    assert ramp.silent
    assert (curve[240:] == 0.0).all()
    assert curve[239] == 0.0


def test_who_is_in_more_haste_gets_there_sooner() -> None:
    """The same target in less time: the slow way is left where it is, without a jump."""
    ramp = GainRamp(1.0, 480)
    ramp.aim(0.0, 4_800)
    first = through(ramp, 480)
    ramp.aim(0.0, 240)
    second = through(ramp, 480)
    np.testing.assert_allclose(
        np.diff(np.concatenate((first[-1:], second[:240]))), -0.9 / 240, atol=1e-6
    )
    assert not second[239:].any()
