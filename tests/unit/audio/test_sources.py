"""Sound in memory repeats without a gap, to the sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemons.audio.sources import MemorySource


def numbered(frames: int) -> np.ndarray:
    """Return samples of which each is its own number."""
    return np.arange(1, frames + 1, dtype=np.float32)


def drained(source: MemorySource, period: int, most: int = 100_000) -> np.ndarray:
    """Read a source to its end."""
    blocks: list[np.ndarray] = []
    while not source.finished and len(blocks) * period < most:
        block = np.zeros(period, dtype=np.float32)
        blocks.append(block[: source.read_into(block)])
    return np.concatenate(blocks)


@given(st.integers(1, 7_000), st.integers(0, 5), st.integers(1, 1_000))
def test_repeats_are_laid_end_to_end(frames: int, repeat: int, period: int) -> None:
    """With n repeats the very samples are heard n + 1 times, whatever the lengths."""
    heard = drained(MemorySource(numbered(frames), repeat), period)
    assert np.array_equal(heard, np.tile(numbered(frames), repeat + 1))


def test_for_ever_does_not_end() -> None:
    """-1 goes on and on, and has no duration."""
    source = MemorySource(numbered(7), -1)
    heard = drained(source, 480, most=50_000)
    assert not source.finished
    assert source.duration_frames is None
    assert np.array_equal(heard, np.resize(numbered(7), len(heard)))


def test_the_last_period_is_short() -> None:
    """A short count, not silence, marks the end."""
    source = MemorySource(numbered(500))
    block = np.zeros(480, dtype=np.float32)
    assert source.read_into(block) == 480
    assert source.read_into(block) == 20
    assert source.finished
    assert source.read_into(block) == 0


def test_nothing_is_over_at_once() -> None:
    """An empty sound ends before it begins, even when repeated for ever."""
    assert MemorySource(numbered(0), -1).finished


def test_other_counts_are_refused() -> None:
    """-2 repeats make no sense."""
    with pytest.raises(ValueError, match="-2 repeats"):
        MemorySource(numbered(5), -2)
