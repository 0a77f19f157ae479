"""From a clip's file to the loudspeaker, through real ALSA and the simulated card, proved by samples."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.contract.sound_rig import (
    RATE,
    PlayerProcess,
    Rig,
    burning,
    find,
    level_db,
    noise,
    sweep,
)
from tests.stillness import LONG_S as STILL_S
from tests.stillness import StoodStill, watching_the_machine, whole

pytestmark = pytest.mark.alone

LONG_S = float(os.environ.get("C8210_LONG_SOUND_S", "20"))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Run a card for one test."""
    made = Rig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def player(rig: Rig) -> PlayerProcess:
    """Run an engine process on it."""
    return rig.player()


def test_a_sweep_reaches_the_speaker_sample_by_sample(rig: Rig, player: PlayerProcess) -> None:
    """What the loudspeaker played is the very sweep: not a bit differs, none is missing, silence around it."""
    sound = sweep(3.0)
    player.play(rig.clip("sweep", sound))
    player.wait_for("ended")
    rig.until_silent()
    heard = rig.heard()
    start = find(sound, heard)
    assert np.array_equal(heard[start : start + len(sound)], sound)
    assert not heard[:start].any()
    assert not heard[start + len(sound) :].any()


@pytest.mark.parametrize("gain_db", [-20.0, -6.02, -0.5])
def test_the_level_is_what_was_asked_for(rig: Rig, player: PlayerProcess, gain_db: float) -> None:
    """The output gain is right within 0.5 dB (and far better)."""
    sound = sweep(1.0)
    player.ask(do="output", gain_db=gain_db)
    player.play(rig.clip("sweep", sound))
    player.wait_for("ended")
    rig.until_silent()
    heard = rig.heard()
    start = find(sound, heard)
    # The gain itself takes one period to arrive.
    part = slice(start + RATE // 10, start + len(sound))
    change = level_db(heard[part]) - level_db(sound[RATE // 10 :])
    assert change == pytest.approx(gain_db, abs=0.01)


@pytest.mark.quiet
def test_no_sample_is_dropped_or_doubled_while_others_burn_the_processor(
    rig: Rig, player: PlayerProcess, figure: Callable[[str], None]
) -> None:
    """Noise for 20 s (or C8210_LONG_SOUND_S), with every core kept busy by others, comes out as it is."""
    if not player.ask(do="status")["realtime"]:
        pytest.skip("no right to real time here: what others do to the engine proves nothing")
    sound = noise(LONG_S, seed=11)

    def attempt() -> None:
        before = rig.card.describe()
        with watching_the_machine() as stood_still_s, burning(os.cpu_count() or 2):
            player.play(rig.clip("noise", sound))
            player.wait_for("ended", timeout_s=LONG_S + 40)
            rig.until_silent()
            still_s = stood_still_s()
        heard = rig.heard(LONG_S + 5)
        start = find(sound[:RATE], heard)
        state = rig.card.describe()
        broken = [name for name in ("missed", "underruns") if state[name] != before[name]]
        if broken and still_s > STILL_S:
            raise StoodStill(f"{state}; this machine stood still for {still_s:.3f} s")
        assert not broken, str(state)
        assert np.array_equal(heard[start : start + len(sound)], sound)

    whole(attempt, figure)


@pytest.mark.parametrize("seconds", [0.037, 0.7, 2.0])
def test_repeats_have_no_gap(rig: Rig, player: PlayerProcess, seconds: float) -> None:
    """Three repeats are the same samples four times, end to end: in memory or from disk."""
    sound = noise(seconds, seed=3)
    player.play(rig.clip("noise", sound), repeat=3)
    player.wait_for("ended")
    rig.until_silent()
    heard = rig.heard()
    start = int(np.flatnonzero(heard)[0]) - int(np.flatnonzero(sound)[0])
    assert np.array_equal(heard[start : start + 4 * len(sound)], np.tile(sound, 4))
    assert not heard[start + 4 * len(sound) :].any()


def test_for_ever_plays_until_it_is_stopped(rig: Rig, player: PlayerProcess) -> None:
    """A clip repeated for ever outlives its length many times, and the stop fades in 5 ms."""
    sound = noise(0.1, seed=4)
    playback = player.play(rig.clip("noise", sound), repeat=-1)
    rig.wait_until(lambda: np.count_nonzero(rig.heard()) > 2 * RATE)
    player.ask(do="stop", playback=playback)
    player.wait_for("ended")
    rig.until_silent()
    heard = rig.heard()
    sounding = np.flatnonzero(heard)
    start = int(sounding[0]) - int(np.flatnonzero(sound)[0])
    frames = int(sounding[-1]) - start
    expected = np.resize(sound, frames)
    differs = np.flatnonzero(heard[start : start + frames] != expected)
    assert frames - differs[0] == pytest.approx(240, abs=5)


def test_music_ducks_under_an_announcement_and_comes_back(rig: Rig, player: PlayerProcess) -> None:
    """At the loudspeaker: -20 dB within 50 ms, the announcement whole, and the music never out of step."""
    music = noise(4.0, seed=1, amplitude=0.1)
    words = noise(0.8, seed=2, amplitude=0.4)
    player.play(rig.clip("music", music), class_="MUSIC")
    player.wait_for("started")
    rig.wait_until(lambda: np.count_nonzero(rig.heard()) > RATE)
    player.play(rig.clip("words", words))
    player.wait_for("ended")
    player.wait_for("ended")
    rig.until_silent()
    heard = rig.heard()
    first = find(music[: RATE // 2], heard)
    under = find(words, heard)
    ramp = RATE * 50 // 1000
    assert np.array_equal(heard[first:under], music[: under - first])

    middle = slice(under + ramp, under + len(words))
    left = heard[middle] - words[ramp:]
    ducked = music[middle.start - first : middle.stop - first]
    np.testing.assert_allclose(left, ducked * 0.1, atol=1e-7)

    back = slice(under + len(words) + 2 * 480 + ramp, first + len(music))
    assert np.array_equal(heard[back], music[back.start - first :])


def test_a_killed_engine_leaves_a_gap_that_can_be_measured(rig: Rig, player: PlayerProcess) -> None:
    """The card runs on through kill -9: silence as long as the engine was away, then sound again."""
    before = noise(5.0, seed=5)
    after = noise(0.5, seed=6)
    player.play(rig.clip("before", before))
    rig.wait_until(lambda: np.count_nonzero(rig.heard()) > RATE)
    player.kill()
    second = rig.player()
    second.play(rig.clip("after", after))
    second.wait_for("ended")
    rig.until_silent()

    recording = rig.card.ring.read(120)
    heard = recording.samples / 2.0**31
    first = find(before[: RATE // 2], heard)
    back = find(after, heard)
    sounding = np.flatnonzero(heard[:back])
    last = int(sounding[-1])
    assert np.array_equal(heard[first : last + 1], before[: last + 1 - first])
    assert np.array_equal(heard[back : back + len(after)], after)
    assert 0.01 < (back - last) / RATE < 15.0
    assert rig.card.describe()["streams"] == 2
    assert rig.card.describe()["missed"] == 0


def test_an_engine_survives_the_card(rig: Rig, player: PlayerProcess) -> None:
    """When the card is taken away and put back, the engine says so and plays on it."""
    player.play(rig.clip("noise", noise(0.5, seed=7)), repeat=-1)
    rig.wait_until(lambda: rig.heard().any())
    rig.card.close()
    player.wait_for("device_lost")
    rig.replace_card()
    player.wait_for("device_back")
    rig.wait_until(lambda: rig.heard().any())
