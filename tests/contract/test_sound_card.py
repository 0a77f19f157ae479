"""The simulated card: an unbroken timeline by its own clock, with every gap where it was."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from common.errors import HardwareFault
from hw.drivers.alsa import AlsaInput, AlsaOutput
from hw.sim.fifo import MICROPHONE_FIFO, SPEAKER_FIFO, far_end_held
from hw.sim.sound_card import SoundCard
from hw.sim.speaker import Speaker
from hw.sim.speaker_ring import SpeakerRing

pytestmark = pytest.mark.alone

PERIOD = 480
BUFFER = 3


class Bench:
    """A speaker whose clock ticks when the test says so, and somebody who writes."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[np.ndarray] = []
        self.speaker = Speaker(folder / "fifo", self.heard.append, PERIOD, BUFFER)
        self._fifo = folder / "fifo"
        self._writer = -1
        self.ticks = 0

    def connect(self) -> None:
        """Open the far end as a player does."""
        self._writer = os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK)

    def write(self, number: int, part: slice = slice(None)) -> None:
        """Write a period (or part of it) of which every sample is `number`."""
        os.write(self._writer, np.full((PERIOD, 2), number, dtype="<i4")[part].tobytes())

    def disconnect(self) -> None:
        """Close the far end."""
        os.close(self._writer)

    def tick(self) -> bool:
        """Let one period of time pass; returns whether the card still waits for something."""
        self.ticks += 1
        return self.speaker.settle(self.ticks)

    def periods(self) -> list[int]:
        """Return what was heard, a number for each period."""
        assert all(len(period) == PERIOD for period in self.heard)
        return [int(period[-1]) for period in self.heard]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Make a speaker for one test."""
    made = Bench(tmp_path)
    yield made
    made.speaker.close()


def test_without_a_player_there_is_silence(bench: Bench) -> None:
    """Time passes for the card whether somebody plays or not."""
    for _ in range(5):
        assert not bench.tick()
    assert bench.periods() == [0] * 5
    assert bench.speaker.counters.missed == 0


def test_a_period_a_tick(bench: Bench) -> None:
    """What is there at its tick is heard at its tick."""
    bench.tick()
    bench.connect()
    for number in (1, 2, 3):
        bench.write(number)
        assert not bench.tick()
    bench.disconnect()
    bench.tick()
    assert bench.periods() == [0, 1, 2, 3, 0]
    assert (bench.speaker.counters.late, bench.speaker.counters.missed) == (0, 0)


def test_what_comes_within_the_buffer_is_in_its_place(bench: Bench) -> None:
    """A player that is late by less than the buffer leaves no gap, as with a real card; it is counted as late."""
    bench.connect()
    bench.write(1)
    assert not bench.tick()
    for _ in range(BUFFER):
        assert bench.tick()
    bench.write(2)
    assert bench.speaker.settle(bench.ticks)
    bench.write(3)
    bench.speaker.settle(bench.ticks)
    bench.write(4)
    assert not bench.speaker.settle(bench.ticks)
    assert bench.periods() == [1, 2, 3, 4]
    assert (bench.speaker.counters.late, bench.speaker.counters.missed) == (3, 0)
    bench.disconnect()


def test_what_comes_later_has_been_missed(bench: Bench) -> None:
    """After the buffer's length the card runs dry: silence until the player is back, every period of it counted."""
    bench.connect()
    bench.write(1)
    bench.tick()
    for _ in range(BUFFER):
        assert bench.tick()
    assert not bench.tick()
    assert not bench.tick()
    bench.write(2)
    bench.tick()
    assert bench.periods() == [1] + [0] * (BUFFER + 2) + [2]
    assert bench.speaker.counters.underruns == 1
    assert bench.speaker.counters.missed == BUFFER + 2
    bench.disconnect()


def test_a_player_that_closes_misses_nothing(bench: Bench) -> None:
    """The end of a stream is no underrun, and the part of a period that was written is heard."""
    bench.connect()
    bench.write(1)
    bench.tick()
    bench.write(2, slice(100))
    bench.disconnect()
    bench.tick()
    bench.tick()
    assert [int(period[0]) for period in bench.heard] == [1, 2, 0]
    assert (bench.heard[1][:100] == 2).all()
    assert not bench.heard[1][100:].any()
    assert bench.speaker.counters.underruns == 0


def test_a_period_that_comes_in_parts_is_put_together(bench: Bench) -> None:
    """A write that the FIFO took in two pieces is one period, at its place in time."""
    bench.connect()
    bench.write(1)
    bench.tick()
    bench.write(2, slice(300))
    assert bench.tick()
    bench.write(2, slice(300, None))
    assert not bench.speaker.settle(bench.ticks)
    assert bench.periods() == [1, 2]
    assert (bench.heard[1] == 2).all()
    bench.disconnect()


def test_the_ring_keeps_the_newest_and_knows_when_it_was_heard(tmp_path: Path) -> None:
    """Beyond its length the oldest go; every sample keeps its number and its time."""
    ring = SpeakerRing(tmp_path / "ring", epoch_ns=1_000, seconds=0.1)
    for number in range(700):
        ring.append(np.arange(number * PERIOD, (number + 1) * PERIOD, dtype=np.int32))
    recording = ring.read(0.05)
    last = 700 * PERIOD
    assert np.array_equal(recording.samples, np.arange(last - 2_400, last))
    assert recording.first_sample == last - 2_400
    assert recording.first_sample_monotonic_ns == 1_000 + (last - 2_400) * 1_000_000_000 // 48_000
    assert len(ring.read(99).samples) == 4_800
    assert (tmp_path / "ring").stat().st_size < 6 * 48_000 * 4


@pytest.fixture
def buffer_periods() -> int:
    """Return by how many periods who plays and records may be late."""
    return BUFFER


@pytest.fixture
def card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buffer_periods: int
) -> Iterator[SoundCard]:
    """Run a card, which ALSA in this process knows."""
    made = SoundCard(tmp_path, buffer_periods=buffer_periods)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(made.configuration))
    made.start()
    yield made
    made.close()


def test_time_goes_by_as_the_clock_does(card: SoundCard) -> None:
    """The ring's newest sample is never older than a few periods, and never from the future."""
    deadline = time.monotonic() + 10
    while card.ring.position < 4_800:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    newest = card.ring.monotonic_ns(card.ring.position)
    assert -10_000_000 <= time.monotonic_ns() - newest < 500_000_000


@pytest.mark.parametrize("buffer_periods", [200])  # a test is no real-time thread
def test_the_microphone_is_heard_sample_by_sample(card: SoundCard, tmp_path: Path) -> None:
    """What is said into the microphone comes out of ALSA's capture exactly, with silence around it."""
    said = (np.random.default_rng(8).integers(-9_000, 9_000, 24_000) / 32_768).astype(np.float32)
    said[0] = 0.25
    attached = far_end_held(tmp_path / MICROPHONE_FIFO)
    with closing(AlsaInput("c8210_microphone", attached=attached)) as microphone:
        for _ in range(10):
            assert not microphone.read().any()
        card.microphone.set(said)
        heard = np.concatenate([microphone.read() for _ in range(70)])
    start = int(np.flatnonzero(heard)[0])
    assert np.array_equal(heard[start : start + len(said)], said)
    assert not heard[start + len(said) :].any()
    assert microphone.overruns == 0


def read_for_ever(microphone: AlsaInput) -> None:
    """Record until the device fails."""
    while True:
        microphone.read()


def test_a_microphone_whose_card_is_gone_is_lost(card: SoundCard, tmp_path: Path) -> None:
    """Without a card behind it, ALSA's plug-in returns noise at full speed: that is an error, not sound."""
    attached = far_end_held(tmp_path / MICROPHONE_FIFO)
    with closing(AlsaInput("c8210_microphone", attached=attached)) as microphone:
        for _ in range(30):
            microphone.read()
        card.close()
        with pytest.raises(HardwareFault, match="faster than time"):
            read_for_ever(microphone)


def test_a_new_listener_hears_no_old_sound(card: SoundCard, tmp_path: Path) -> None:
    """What was said while nobody recorded is gone, but for the period that lies ready."""
    card.microphone.set(np.full(4_800, 0.5, dtype=np.float32))
    deadline = time.monotonic() + 10
    while card.ring.position < 48_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    attached = far_end_held(tmp_path / MICROPHONE_FIFO)
    with closing(AlsaInput("c8210_microphone", attached=attached)) as microphone:
        assert not np.concatenate([microphone.read() for _ in range(5)]).any()


def test_the_device_s_last_buffer_is_heard(card: SoundCard, tmp_path: Path) -> None:
    """Closing plays out what was written, though it was less than a buffer."""
    tone = np.full(PERIOD, 0.5, dtype=np.float32)
    attached = far_end_held(tmp_path / SPEAKER_FIFO)
    with closing(AlsaOutput("c8210_speaker", attached=attached)) as speaker:
        assert "S32_LE stereo" in speaker.description
        for _ in range(2):
            assert not speaker.write(tone)
    deadline = time.monotonic() + 10
    while np.count_nonzero(card.ring.read(10).samples) < 2 * PERIOD:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert (card.ring.read(10).samples[card.ring.read(10).samples != 0] == 2**30).all()


async def test_listeners_hear_it_live_and_slow_ones_lose_the_oldest(card: SoundCard) -> None:
    """Each listener has a queue of its own, of half a second; a full one lets the oldest go."""
    with card.listen() as attentive, card.listen() as asleep:
        position = card.ring.position
        async with asyncio.timeout(10):
            for _ in range(60):
                block = await attentive.get()
                assert block.dtype == np.float32
                assert len(block) == PERIOD
        assert card.ring.position >= position + 59 * PERIOD
        assert asleep.full()


async def test_a_fault_of_the_card_is_raised_where_it_is_watched(
    card: SoundCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card whose thread dies does not look alive: whoever watches it gets the very exception."""

    def broken() -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(card.microphone, "tick", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        async with asyncio.timeout(10):
            await card.watch()


def test_without_a_card_the_device_cannot_be_opened(tmp_path: Path) -> None:
    """Nobody at the far end is an error at once, never a process that stands still."""
    with pytest.raises(HardwareFault, match="not there"):
        AlsaOutput("c8210_speaker", attached=far_end_held(tmp_path / SPEAKER_FIFO))
    os.mkfifo(tmp_path / SPEAKER_FIFO)
    with pytest.raises(HardwareFault, match="not there"):
        AlsaOutput("c8210_speaker", attached=far_end_held(tmp_path / SPEAKER_FIFO))


def test_an_unknown_device_is_named(card: SoundCard) -> None:
    """The error says which device it is, and what ALSA said."""
    with pytest.raises(HardwareFault, match="cannot open the sound device nosuch"):
        AlsaOutput("nosuch")
