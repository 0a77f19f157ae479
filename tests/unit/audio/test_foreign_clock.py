"""Sound on a foreign clock plays for ever: the buffer neither runs over nor dry, and the pitch is right."""

import numpy as np
import pytest

from common import pcm
from daemons.audio.foreign_clock import ClockFollower, ForeignClockSource

PERIOD = 480
TARGET = 1440


def run(
    parts_per_million: float, seconds: int, jitter_s: float = 0.0
) -> tuple[ClockFollower, list[int], np.ndarray]:
    """Let a sender whose clock is off send a 1 kHz tone to a card whose clock is right."""
    follower = ClockFollower(TARGET)
    generator = np.random.default_rng(5)
    rate = 48_000 * (1 + parts_per_million * 1e-6)
    count = int(seconds * rate / PERIOD)
    arrivals = np.arange(count) * PERIOD / rate + generator.uniform(0, max(jitter_s, 1e-9), count)
    arrivals = np.maximum.accumulate(arrivals)
    heard = np.zeros(seconds * 48_000, dtype=np.float32)
    fills: list[int] = []
    sent = 0
    for period in range(seconds * 100):
        now = period * PERIOD / 48_000
        while sent < count and arrivals[sent] <= now:
            phase = 2 * np.pi * 1000 / 48_000 * (np.arange(PERIOD) + sent * PERIOD)
            follower.push(np.sin(phase).astype(np.float32))
            sent += 1
        age = now - arrivals[sent - 1] if sent else 0.0
        follower.pull(heard[period * PERIOD : (period + 1) * PERIOD], age)
        fills.append(follower.fill_frames)
    return follower, fills, heard


@pytest.mark.parametrize("parts_per_million", [-300, -50, 0, 80, 300])
def test_the_correction_finds_the_sender_s_clock(parts_per_million: int) -> None:
    """After two minutes the ratio is the sender's to a few parts in a million, and nothing was dropped."""
    follower, fills, _ = run(parts_per_million, 120)
    assert follower.correction * 1e6 == pytest.approx(parts_per_million, abs=15)
    assert follower.dropped_frames == 0
    assert min(fills[100:]) > TARGET - PERIOD
    assert max(fills[100:]) < TARGET + PERIOD


def test_the_sound_has_no_seam_under_jitter() -> None:
    """With 20 ms of jitter and a clock off by 100 ppm the tone stays one unbroken sine."""
    _, _, heard = run(100, 40, jitter_s=0.02)
    tail = heard[48_000 * 5 :].astype(np.float64)
    steps = np.abs(np.diff(tail))
    assert steps.max() < 1.02 * 2 * np.sin(np.pi * 1000 / 48_000)
    assert np.abs(tail).max() < 1.01


def test_a_burst_is_dropped_oldest_first_and_counted() -> None:
    """A second of sound at once leaves what should be there, not a second of delay."""
    follower = ClockFollower(TARGET)
    for _ in range(100):
        follower.push(np.zeros(PERIOD, dtype=np.float32))
    assert follower.fill_frames <= 4 * TARGET + 4800
    assert follower.dropped_frames > 0


def test_a_call_that_was_held_up_is_not_late_afterwards() -> None:
    """With a bound of its own, what came all at once leaves no more than the target."""
    follower = ClockFollower(TARGET, most_frames=3 * PERIOD)
    for _ in range(4):
        follower.push(np.zeros(PERIOD, dtype=np.float32))
    assert TARGET - PERIOD <= follower.fill_frames <= TARGET
    assert follower.dropped_frames > 0


def test_it_waits_until_it_is_full_enough_again() -> None:
    """After running dry nothing is played until the target is reached."""
    follower = ClockFollower(TARGET)
    buffer = np.zeros(PERIOD, dtype=np.float32)
    for _ in range(3):
        follower.push(np.ones(PERIOD, dtype=np.float32))
        assert follower.pull(buffer, 0.0) == 0
    for _ in range(2):
        follower.push(np.ones(PERIOD, dtype=np.float32))
    assert follower.pull(buffer, 0.0) == PERIOD


def test_the_end_is_played_out() -> None:
    """What was sent before the close is heard to its last sample."""
    follower = ClockFollower(TARGET)
    follower.push(np.full(PERIOD, 0.5, dtype=np.float32))
    follower.end()
    buffer = np.zeros(PERIOD, dtype=np.float32)
    total = 0
    while got := follower.pull(buffer, 0.0):
        total += got
    assert total == pytest.approx(PERIOD, abs=2)


def test_a_sender_that_never_pauses_does_not_keep_the_engine() -> None:
    """Of what comes faster than it is played only a little is taken in one period."""

    class Flood:
        taken = 0
        age_s = 0.0

        def receive(self) -> int:
            self.taken += 1
            assert self.taken < 100, "it goes on as long as something comes"
            return 480

    ours, theirs = pcm.pair()
    with theirs:
        source = ForeignClockSource(ours)
        flood = Flood()
        source._receiver = flood  # type: ignore[assignment]
        source.read_into(np.zeros(480, dtype=np.float32))
    ours.close()
    assert 2 <= flood.taken <= 10
