"""Two taps side by side: what belongs together, and what was lost."""

import numpy as np
import pytest

from daemons.audio.selftest.recording import Track, frames_between

PERIOD = 480
PERIOD_NS = 10_000_000


def track(
    first: int, begin_ns: int, periods: int, lost: frozenset[int] = frozenset(), seed: int = 0
) -> Track:
    """Record periods of ones; the sender counts from `first`, packets are late by chance but not all of them."""
    made = Track(30.0)
    late = np.random.default_rng(seed).exponential(2e6, periods)
    late[::10] = 0
    for number in range(periods):
        if number not in lost:
            sent = begin_ns + number * PERIOD_NS + int(late[number])
            made.add(first + number * PERIOD, np.ones(PERIOD, np.float32), sent)
    return made


def test_positions_of_the_same_time_are_found_under_load() -> None:
    """Though most packets are late, those that are not tell; the sender's own counts do not matter."""
    now = 1_790_000_000_000_000_000
    played = track(480_000, now, 500, seed=1)
    heard = track(96, now - 1_234_500_000, 700, seed=2)
    assert frames_between(played, heard) == pytest.approx(1.2345 * 48_000, abs=1)


def test_a_clock_that_is_set_meanwhile_does_not_matter() -> None:
    """A jump of the wall clock spoils one second of several."""
    now = 1_790_000_000_000_000_000
    played, heard = Track(30.0), Track(30.0)
    for number in range(500):
        sent = now + number * PERIOD_NS + (3_600_000_000_000 if number >= 250 else 0)
        for each, later in ((played, 0), (heard, 5_000_000)):
            each.add(number * PERIOD, np.ones(PERIOD, np.float32), sent + later)
    assert frames_between(played, heard) == pytest.approx(-240, abs=1)


def test_too_little_tells_nothing() -> None:
    """A fraction of a second is nothing to go by."""
    assert frames_between(track(0, 10**18, 10), track(0, 10**18, 10)) is None


def test_what_is_lost_is_silent_and_known() -> None:
    """A gap has its place, also at the edges of a stretch."""
    recorded = track(0, 10**18, 10, lost=frozenset({3, 4}))
    assert recorded.gaps(0, 10 * PERIOD) == [(3 * PERIOD, 5 * PERIOD)]
    assert recorded.gaps(4 * PERIOD, PERIOD) == [(0, PERIOD)]
    assert recorded.gaps(5 * PERIOD, 5 * PERIOD) == []
    stretch = recorded.cut(2 * PERIOD, 4 * PERIOD)
    assert stretch[:PERIOD].all()
    assert stretch[3 * PERIOD :].all()
    assert not stretch[PERIOD : 3 * PERIOD].any()


def test_a_stretch_beyond_the_recording_is_silent() -> None:
    """Before the beginning and after the end."""
    recorded = track(0, 10**18, 2)
    assert recorded.cut(-PERIOD, PERIOD).sum() == 0
    assert recorded.cut(PERIOD, 2 * PERIOD).sum() == PERIOD
