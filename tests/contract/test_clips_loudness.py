"""Loudness and true peak, beside ffmpeg's EBU R128 meter."""

from pathlib import Path

import numpy as np
import pytest

from daemons.audio.clips.factory import SOUNDS
from tests.contract.clip_rig import Samples, add, clip_store, pcm, rms, time, wav_file
from tests.ebur128 import measure_file

RATE_HZ = 48_000


def speech_like(seconds: float, level: float) -> Samples:
    """Return noise in words: what gating is for."""
    t = time(seconds, RATE_HZ)
    noise = np.random.default_rng(5).standard_normal(len(t) + 47)
    noise = np.convolve(noise, np.hanning(48), mode="valid")
    words = np.clip(np.sin(2 * np.pi * 0.7 * t) * 3, 0, 1)
    sentences = np.clip(np.sin(2 * np.pi * 0.11 * t) + 0.7, 0, 1)
    return softly(level * words * sentences * noise / np.abs(noise).max())


def softly(sound: Samples) -> Samples:
    """Return a sound with its ends faded: where one begins with a jump, meters differ."""
    ramp = np.minimum(np.arange(len(sound)), 960) / 960
    return sound * ramp * ramp[::-1]


LONG = {
    "tone": softly(0.1 * np.sin(2 * np.pi * 997 * time(5, RATE_HZ))),
    "speech": speech_like(12, 0.8),
    "soft speech": speech_like(12, 0.02),
    "low": softly(0.5 * np.sin(2 * np.pi * 60 * time(5, RATE_HZ))),
    "noise": softly(0.1 * np.random.default_rng(1).standard_normal(5 * RATE_HZ)),
    # Samples at 0.7 of a sine whose top lies between them.
    "peak between samples": softly(0.9 * np.sin(2 * np.pi * 12e3 * time(4, RATE_HZ) + np.pi / 4)),
}


@pytest.mark.covers("M-AUD-27", part="measuring")
@pytest.mark.parametrize("name", LONG)
async def test_loudness_and_peak_are_what_another_meter_says(tmp_path: Path, name: str) -> None:
    """Within a tenth of a loudness unit, and half a decibel of peak where two filters differ."""
    content = wav_file(LONG[name], RATE_HZ)
    measured = measure_file(content)
    async with clip_store(tmp_path) as store:
        info = await add(store, content, "a.wav")
    assert info.loudness_lufs == pytest.approx(measured.integrated_lufs, abs=0.11)
    assert info.true_peak_dbtp == pytest.approx(measured.true_peak_dbtp, abs=0.5)


async def test_a_peak_between_samples_is_found(tmp_path: Path) -> None:
    """No sample is over 0.64, but the sound reaches 0.9."""
    between = LONG["peak between samples"]
    assert np.abs(between).max() < 0.64
    async with clip_store(tmp_path) as store:
        info = await add(store, wav_file(between, RATE_HZ), "a.wav")
    assert info.true_peak_dbtp == pytest.approx(20 * np.log10(0.9), abs=0.1)


@pytest.mark.covers("M-AUD-27", part="measuring")
async def test_clips_of_different_gain_are_brought_to_one_loudness(tmp_path: Path) -> None:
    """The same words at three levels play at the same level, under the ceiling."""
    async with clip_store(tmp_path) as store:
        played = []
        for level in (0.8, 0.4, 0.1):
            info = await add(store, wav_file(speech_like(6, level), RATE_HZ), "a.wav")
            sound = await pcm(store, info.index) * 10 ** (info.gain_db / 20)
            played.append(rms(sound))
            assert np.abs(sound).max() <= 10 ** (-1 / 20) + 1e-4
    assert max(played) / min(played) < 10 ** (0.1 / 20)


@pytest.mark.parametrize("seconds", [0.05, 0.3, 1.0, 2.9])
async def test_a_short_clip_counts_by_its_loudest_moment(tmp_path: Path, seconds: float) -> None:
    """A steady tone keeps its loudness however short; below 400 ms it falls as the window is less filled."""
    tone = 0.1 * np.sin(2 * np.pi * 997 * time(seconds, RATE_HZ))
    async with clip_store(tmp_path) as store:
        info = await add(store, wav_file(tone, RATE_HZ), "a.wav")
    steady = -23.0  # EBU Tech 3341: 0.1 on one channel is -20 dBFS, less 3 for a sine
    expected = steady + min(0.0, 10 * np.log10(seconds / 0.4))
    assert info.loudness_lufs == pytest.approx(expected, abs=0.25)


async def test_silence_has_no_loudness_and_no_gain(tmp_path: Path) -> None:
    """Nothing is divided by nothing."""
    async with clip_store(tmp_path) as store:
        for seconds in (1, 5):
            silence = wav_file(np.zeros(seconds * RATE_HZ), RATE_HZ)
            info = await add(store, silence, "a.wav")
            assert (info.loudness_lufs, info.true_peak_dbtp, info.gain_db) == (None, None, 0.0)


async def test_a_single_sample_is_a_clip(tmp_path: Path) -> None:
    """The shortest sound there is does no harm."""
    async with clip_store(tmp_path) as store:
        info = await add(store, wav_file(np.array([0.5]), RATE_HZ), "a.wav")
        assert info.frames == 1
        assert info.gain_db <= -1 - 20 * np.log10(0.5) + 0.1
        slow = await add(store, wav_file(np.array([0.5, 0.5]), 8_000), "a.wav")
        assert 1 <= slow.frames <= 24


def test_ffmpeg_hears_a_factory_sound_as_the_table_says() -> None:
    """The table was made by our meter; this is the other one."""
    loudness = measure_file((SOUNDS / "wind_chimes.mp3").read_bytes()).integrated_lufs
    assert loudness == pytest.approx(-20.0, abs=0.2)
