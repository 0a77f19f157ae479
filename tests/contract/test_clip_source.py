"""Clips from disk: fed ahead of the engine, exact over any number of repeats, honest when the disk fails."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from daemons.audio.clip_source import HEAD_FRAMES, ClipSource, Feeder, read_head
from daemons.audio.sources import MemorySource, Source

OPEN = Path("/proc/self/fd")


@pytest.fixture
def feeder() -> Iterator[Feeder]:
    """Run a feeder for one test."""
    made = Feeder()
    made.start()
    yield made
    made.close()


def decoded(folder: Path, frames: int) -> tuple[Path, np.ndarray]:
    """Write a decoded clip of which no piece looks like another."""
    sound = np.random.default_rng(frames).standard_normal(frames).astype("<f4")
    file = folder / "clip.pcm"
    sound.tofile(file)
    return file, sound


def drained(source: Source, period: int = 480, patience_s: float = 10.0) -> np.ndarray:
    """Read to the end, waiting for the feeder where the engine would have starved."""
    parts: list[np.ndarray] = []
    end = time.monotonic() + patience_s
    while not source.finished:
        block = np.zeros(period, dtype=np.float32)
        parts.append(block[: source.read_into(block)])
        if not len(parts[-1]):
            assert time.monotonic() < end
            time.sleep(0.001)
    return np.concatenate(parts)


@pytest.mark.parametrize("frames", [HEAD_FRAMES + 1, 47_999, 48_000, 100_003])
@pytest.mark.parametrize("repeat", [0, 2])
def test_a_clip_is_played_exactly(tmp_path: Path, feeder: Feeder, frames: int, repeat: int) -> None:
    """Head, ring and repeats join without a seam, whatever the length."""
    file, sound = decoded(tmp_path, frames)
    source = feeder.open(file, read_head(file), repeat)
    assert isinstance(source, ClipSource)
    assert source.duration_frames == frames * (repeat + 1)
    assert np.array_equal(drained(source, 700), np.tile(sound, repeat + 1))
    source.close()


def test_a_short_clip_needs_no_disk(tmp_path: Path, feeder: Feeder) -> None:
    """What is all in its head is played from memory, even after the file is gone."""
    file, sound = decoded(tmp_path, HEAD_FRAMES)
    head = read_head(file)
    source = feeder.open(file, head, 1)
    file.unlink()
    assert isinstance(source, MemorySource)
    assert np.array_equal(drained(source), np.tile(sound, 2))


def test_a_clip_that_is_deleted_plays_to_its_end(tmp_path: Path, feeder: Feeder) -> None:
    """Its file is open: deleting takes away the name only."""
    file, sound = decoded(tmp_path, 200_000)
    source = feeder.open(file, read_head(file))
    file.unlink()
    assert np.array_equal(drained(source), sound)
    source.close()


def test_a_clip_for_ever_goes_on(tmp_path: Path, feeder: Feeder) -> None:
    """Ten seconds of a clip of half a second and a bit, for ever."""
    file, sound = decoded(tmp_path, 25_000)
    source = feeder.open(file, read_head(file), -1)
    heard: list[np.ndarray] = []
    end = time.monotonic() + 10
    while sum(map(len, heard)) < 480_000:
        assert time.monotonic() < end
        block = np.zeros(480, dtype=np.float32)
        heard.append(block[: source.read_into(block)])
        if not len(heard[-1]):
            time.sleep(0.001)
    whole = np.concatenate(heard)
    assert not source.finished
    assert np.array_equal(whole, np.resize(sound, len(whole)))
    source.close()


def test_a_clip_cut_short_on_disk_ends_as_failed(tmp_path: Path, feeder: Feeder) -> None:
    """What is there is played; then it ends and says why."""
    file, sound = decoded(tmp_path, 200_000)
    head = read_head(file)
    source = ClipSource(file, head)
    os.truncate(file, 100_000 * 4)
    heard: list[np.ndarray] = []
    while not source.finished:
        source.fill()
        block = np.zeros(480, dtype=np.float32)
        heard.append(block[: source.read_into(block)])
    assert np.array_equal(np.concatenate(heard), sound[:100_000])
    assert source.failure == "the clip's file is shorter than it was"
    source.close_file()


def test_released_clips_are_closed(tmp_path: Path) -> None:
    """No descriptor stays behind, neither of what has ended nor of what still plays."""
    before = set(OPEN.iterdir())
    feeder = Feeder()
    feeder.start()
    file, _ = decoded(tmp_path, 200_000)
    head = read_head(file)
    sources = [feeder.open(file, head) for _ in range(5)]
    sources[0].close()
    feeder.close()
    assert set(OPEN.iterdir()) == before
