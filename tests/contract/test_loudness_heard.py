"""One loudness for all clips, measured by ffmpeg on the samples that the loudspeaker played."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from tests.ebur128 import Measured, measure
from tests.heard import RATE, Samples, as_wav, heard_since, level_db, position, sweep
from tests.playing import (
    clips,
    noise,
    parameters,
    play,
    quiet_unit,
    remove,
    until_heard,
    update,
    upload,
    wait_until_played,
)
from tests.suite import Unit

pytestmark = pytest.mark.alone

SECONDS = 3.02
TARGET_LUFS = -20.0
CEILING_DBTP = -1.0
METERS_DIFFER_DB = 0.3


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator's client on a unit that brings clips to -20 LUFS."""
    with quiet_unit(unit) as client:
        update(client, Audio__Loudness__Enabled="yes")
        yield client


def tone(notes: int = 1) -> Samples:
    """Return a tone, or two: 3 or 6 dB from loudness to peak."""
    time = np.arange(round(SECONDS * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * hz * time) for hz in (997.0, 1_507.0)[:notes])
    edge = np.clip(np.minimum(time, SECONDS - time) / 0.02, 0, 1)
    return np.asarray(0.1 * sound * edge)


def words(seed: int, peak_to_loudness_db: float) -> Samples:
    """Return noise in syllables with a few sharp peaks, so many dB from loudness to peak."""
    time = np.arange(round(SECONDS * RATE)) / RATE
    loud = np.random.default_rng(seed).uniform(-1, 1, len(time) + 15)
    sound = (
        0.1 * np.convolve(loud, np.hanning(16) / 8, "valid") * np.clip(np.sin(9 * time) + 0.5, 0, 1)
    )
    pulse = np.hanning(48) * np.cos(2 * np.pi * 1_000 * np.arange(-24, 24) / RATE)
    for _ in range(3):
        loudness = measure(sound).integrated_lufs
        peak = 10 ** ((loudness + peak_to_loudness_db) / 20)
        sound = np.clip(sound, -0.8 * peak, 0.8 * peak)
        for place in (0.3, 1.1, 2.4):
            at = round(place * RATE)
            sound[at : at + 48] = peak * pulse
    return sound


def at_loudness(sound: Samples, lufs: float) -> Samples:
    """Return a sound at that loudness, as 16-bit values."""
    scaled = sound * 10 ** ((lufs - measure(sound).integrated_lufs) / 20)
    assert np.max(np.abs(scaled)) < 1.0, "it does not fit into a file"
    return np.round(scaled * 32_767) / 32_768


def twenty() -> list[tuple[float, Samples]]:
    """Return twenty clips from -40 to -5 LUFS with the most different peaks that fit into a file."""
    shapes: list[Callable[[], Samples]] = [
        lambda: words(1, 18.0),
        lambda: tone(1),
        lambda: words(2, 15.0),
        lambda: tone(2),
        lambda: words(3, 17.0),
    ]
    made = []
    for number, lufs in enumerate(np.linspace(-40.0, -5.0, 20)):
        shape = shapes[number % len(shapes)] if lufs < -18.5 else (lambda: tone(1))
        made.append((float(lufs), at_loudness(shape(), float(lufs))))
    return made


def described(admin: httpx.Client, clip: int) -> dict[str, Any]:
    """Return what the list of clips says of one."""
    listed: list[dict[str, Any]] = admin.get("/api/clips").json()
    return next(entry for entry in listed if entry["clip"] == clip)


def played_in_turn(
    unit: Unit, admin: httpx.Client, sounds: list[Samples]
) -> Iterator[tuple[dict[str, Any], Measured]]:
    """Play clips one after the other; yields what is said of each and what is measured of its samples."""
    clip = upload(admin, "clip 0", as_wav(sounds[0]))
    for number, sound in enumerate(sounds):
        begin = position(unit)
        play(admin, clip)
        said = described(admin, clip)
        # The next one is decoded meanwhile.
        more = number + 1 < len(sounds)
        following = upload(admin, f"clip {number + 1}", as_wav(sounds[number + 1])) if more else -1
        wait_until_played(unit, admin)
        played = heard_since(unit, begin)
        start = played.where(sound)
        remove(admin, clip)
        clip = following
        yield said, measure(played.samples[start : start + len(sound)])


@pytest.mark.covers("M-AUD-27")
def test_twenty_clips_from_soft_to_loud_are_heard_at_one_loudness(
    unit: Unit, admin: httpx.Client
) -> None:
    """From -40 to -5 LUFS, peaks up to 18 dB above: each within 1 LU of the target, and no peak over -1 dBTP."""
    made = twenty()
    heard = []
    for (lufs, _), (said, measured) in zip(
        made, played_in_turn(unit, admin, [sound for _, sound in made]), strict=True
    ):
        assert said["loudness_lufs"] == pytest.approx(lufs, abs=0.3)
        assert said["deviation_lu"] == pytest.approx(0.0, abs=0.05)
        assert not said["short"]
        assert measured.true_peak_dbtp <= CEILING_DBTP + METERS_DIFFER_DB
        heard.append(measured.integrated_lufs)
    assert heard == pytest.approx([TARGET_LUFS] * 20, abs=1.0)


@pytest.mark.covers("M-TRB-08", part="a clip that cannot reach the target says so")
def test_sharp_peaks_keep_a_clip_below_the_target_and_it_is_said_by_how_much(
    unit: Unit, admin: httpx.Client
) -> None:
    """With 25 dB from loudness to peak it is played as loud as -1 dBTP allows, 6 LU too soft."""
    sound = at_loudness(words(4, 25.0), -30.0)
    ((said, measured),) = played_in_turn(unit, admin, [sound])
    assert said["deviation_lu"] == pytest.approx(-6.0, abs=0.5)
    assert said["gain_db"] == pytest.approx(CEILING_DBTP - said["true_peak_dbtp"], abs=0.05)
    assert measured.integrated_lufs == pytest.approx(TARGET_LUFS + said["deviation_lu"], abs=0.5)
    assert measured.true_peak_dbtp == pytest.approx(CEILING_DBTP, abs=METERS_DIFFER_DB)


@pytest.mark.parametrize("seconds", [0.2, 1.5])
def test_a_short_clip_is_heard_with_its_loudest_moment_at_the_target(
    unit: Unit, admin: httpx.Client, seconds: float
) -> None:
    """Under three seconds the greatest momentary loudness counts, and the list of clips says that it is short."""
    bark = sweep(seconds, peak=0.05, top_hz=1_500)
    ((said, measured),) = played_in_turn(unit, admin, [bark])
    assert said["short"]
    assert measured.momentary_lufs == pytest.approx(TARGET_LUFS, abs=1.0)


def test_another_target_is_heard_while_a_clip_plays(unit: Unit, admin: httpx.Client) -> None:
    """From -20 to -30 LUFS, then as recorded: each within half a dB, in 50 ms, without a click."""
    # Louder, its peaks between samples would meet the limiter.
    sound = noise(8.0, seed=21, peak=0.25)
    with clips(admin, sound=sound) as number:
        said = described(admin, number["sound"])
        begin = position(unit)
        play(admin, number["sound"])
        until_heard(unit, begin, 0.5)
        with parameters(admin, {"Audio.Loudness.Target": "-30"}):
            lower = described(admin, number["sound"])
            until_heard(unit, position(unit), 0.5)
            update(admin, Audio__Loudness__Enabled="no")
            recorded = described(admin, number["sound"])
            until_heard(unit, position(unit), 0.5)
        admin.get("/axis-cgi/stopclip.cgi")
        wait_until_played(unit, admin)
        played = heard_since(unit, begin)
    start = played.where(sound[: RATE // 5])
    end = played.spans()[1] - RATE // 50
    window = RATE // 100
    whole = (end - start) // window * window
    heard_db = level_of(played.samples[start : start + whole], window)
    sound_db = level_of(sound[:whole], window)
    gains = heard_db - sound_db
    assert gains[:20] == pytest.approx(said["gain_db"], abs=0.5)
    softest = np.flatnonzero(np.abs(gains - lower["gain_db"]) < 0.1)
    assert len(softest) > 30
    assert gains[-20:] == pytest.approx(0.0, abs=0.01)
    assert said["gain_db"] - lower["gain_db"] == pytest.approx(10.0, abs=0.05)
    assert (recorded["gain_db"], recorded["deviation_lu"]) == (0.0, None)
    moving = np.count_nonzero(np.abs(np.diff(gains)) > 0.1)
    assert 8 <= moving <= 14  # two ramps of five to six windows each


def level_of(samples: Samples, window: int) -> Samples:
    """Return the level of each window in dB."""
    return np.array([level_db(part) for part in samples.reshape(-1, window)])


def test_ten_times_the_volume_does_not_break_the_ceiling(unit: Unit, admin: httpx.Client) -> None:
    """The limiter holds -1 dBTP, as ffmpeg measures it, where a caller asks for 20 dB too much."""
    sound = at_loudness(words(5, 15.0), -20.0)[: 2 * RATE]
    with clips(admin, sound=sound) as number:
        begin = position(unit)
        play(admin, number["sound"], volume="1000")
        wait_until_played(unit, admin)
    measured = measure(heard_since(unit, begin).samples)
    assert measured.integrated_lufs > -13
    assert CEILING_DBTP - 1 <= measured.true_peak_dbtp <= CEILING_DBTP + METERS_DIFFER_DB
