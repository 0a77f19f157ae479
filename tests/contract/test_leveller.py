"""The speech leveller: one loudness, no pumping, no noise turned up."""

import numpy as np
import numpy.typing as npt
import pytest

from daemons.audio.live.leveller import RANGE_DB, SpeechLeveller
from tests import ebur128

RATE = 48_000
TARGET = -20.0
Sound = npt.NDArray[np.float32]


def speech(seconds: float, lufs: float, seed: int = 1) -> Sound:
    """Return noise of speech's spectrum in syllables, with a pause of 0.6 s after each 2.4 s."""
    chance = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    spectrum = np.fft.rfft(chance.normal(size=frames))
    hertz = np.fft.rfftfreq(frames, 1 / RATE)
    shape = np.where((hertz > 100) & (hertz < 8000), 1 / np.maximum(hertz, 300), 0.0)
    noise = np.fft.irfft(spectrum * shape, frames)
    time = np.arange(frames) / RATE
    syllables = 0.15 + np.maximum(0, np.sin(2 * np.pi * 4 * time)) ** 2
    sound = noise * syllables * ((time % 3.0) < 2.4)
    return at(sound, lufs)


def at(sound: npt.NDArray[np.floating], lufs: float) -> Sound:
    """Return a sound at a loudness."""
    sound = sound / np.abs(sound).max()  # the meter takes what is very soft for silence
    return (sound * 10 ** ((lufs - loudness(sound)) / 20)).astype(np.float32)


def loudness(sound: npt.NDArray[np.floating]) -> float:
    """Return the integrated loudness, by another's meter."""
    return ebur128.measure(sound.astype(np.float32)).integrated_lufs


def levelled(
    leveller: SpeechLeveller, sound: Sound, frames: int = 960
) -> tuple[Sound, list[float]]:
    """Return a sound that came in pieces, and the gain after each."""
    pieces, gains = [], []
    for start in range(0, len(sound), frames):
        pieces.append(leveller.process(sound[start : start + frames]))
        gains.append(leveller.gain_db)
    return np.concatenate(pieces), gains


@pytest.mark.parametrize("lufs", [-31.0, -26.0, -20.0, -14.0, -9.0])
def test_talkers_of_any_loudness_come_out_alike(lufs: float) -> None:
    """Within 1.5 LU of the target, once two seconds have been heard."""
    out, _gains = levelled(SpeechLeveller(TARGET, enabled=True), speech(12.0, lufs))
    assert loudness(out[3 * RATE :]) == pytest.approx(TARGET, abs=1.5)


def test_a_gain_has_its_bounds() -> None:
    """A whisper is turned up by 12 dB and no more, a shout down by as much."""
    for lufs, bound in ((-44.0, RANGE_DB), (-4.0, -RANGE_DB)):
        _out, gains = levelled(SpeechLeveller(TARGET, enabled=True), speech(8.0, lufs))
        assert gains[-1] == pytest.approx(bound)
        assert max(map(abs, gains)) <= RANGE_DB


def test_it_does_not_pump() -> None:
    """After it has settled, words and pauses move it by less than 1 dB."""
    _out, gains = levelled(SpeechLeveller(TARGET, enabled=True), speech(15.0, -28.0))
    settled = gains[5 * RATE // 960 :]
    assert max(settled) - min(settled) < 1.0


def test_noise_in_a_pause_is_not_turned_up() -> None:
    """The gain stays where speech has put it, or where it was before any."""
    leveller = SpeechLeveller(TARGET, enabled=True)
    noise = at(np.random.default_rng(2).normal(size=4 * RATE), -55.0)
    levelled(leveller, noise)
    assert leveller.gain_db == 0.0
    levelled(leveller, speech(6.0, -22.0))
    before = leveller.gain_db
    levelled(leveller, noise)
    levelled(leveller, at(noise, -42.0))
    assert leveller.gain_db == pytest.approx(before, abs=0.3)


def test_a_softer_speaker_is_followed() -> None:
    """Somebody else takes the microphone: nobody stays inaudible."""
    leveller = SpeechLeveller(TARGET, enabled=True)
    levelled(leveller, speech(6.0, -12.0))
    out, _gains = levelled(leveller, speech(10.0, -26.0, seed=3))
    assert loudness(out[7 * RATE :]) == pytest.approx(TARGET, abs=1.5)


def test_off_leaves_every_sample_as_it_is() -> None:
    """The very same samples."""
    sound = speech(1.0, -30.0)
    out, _gains = levelled(SpeechLeveller(TARGET), sound)
    assert np.array_equal(out, sound)


def test_it_is_switched_without_a_click() -> None:
    """On a steady tone, no step between samples is larger than the tone's own and that of the gain's way."""
    sine = (0.05 * np.sin(2 * np.pi * 200 * np.arange(9 * RATE) / RATE)).astype(np.float32)
    leveller = SpeechLeveller(TARGET, enabled=True)
    on, _gains = levelled(leveller, sine[: 4 * RATE])
    assert leveller.gain_db > 5.0
    leveller.configure(enabled=False, target_lufs=TARGET)
    off, _gains = levelled(leveller, sine[4 * RATE : 7 * RATE])
    assert leveller.gain_db == 0.0
    leveller.configure(enabled=True, target_lufs=TARGET)
    again, _gains = levelled(leveller, sine[7 * RATE :])
    out = np.concatenate((on, off, again))
    largest = 2 * np.pi * 200 / RATE * np.abs(out).max()
    assert np.abs(np.diff(out)).max() < 1.05 * largest


def test_the_size_of_pieces_does_not_matter() -> None:
    """The same gain, whether a talker sends much or little at once."""
    sound = speech(5.0, -30.0)
    small, _gains = levelled(SpeechLeveller(TARGET, enabled=True), sound, 160)
    large, _gains = levelled(SpeechLeveller(TARGET, enabled=True), sound, 24_000)
    assert np.abs(small - large).max() < 1e-3
