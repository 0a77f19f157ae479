"""The limiter holds its ceiling between the samples too, and touches nothing that stays below it."""

import numpy as np
import pytest

from daemons.audio.limiter import TruePeakLimiter

PERIOD = 480
CEILING_DBTP = -1.0


def limited(sound: np.ndarray, period: int = PERIOD) -> np.ndarray:
    """Run a whole sound through a new limiter, and take its delay away."""
    limiter = TruePeakLimiter(period, CEILING_DBTP)
    delay = limiter.delay_frames
    padded = np.concatenate((sound, np.zeros(-len(sound) % period + period))).astype(np.float32)
    blocks = padded.reshape(-1, period).copy()
    for block in blocks:
        limiter.process(block)
    return blocks.ravel()[delay : delay + len(sound)]


def true_peak_dbtp(sound: np.ndarray) -> float:
    """Measure by exact band-limited interpolation (in the frequency domain), 32 times finer."""
    edge = np.zeros(4096)
    spectrum = np.fft.rfft(np.concatenate((edge, sound.astype(np.float64), edge)))
    frames = len(sound) + 2 * len(edge)
    finer = np.zeros(frames * 16 + 1, dtype=complex)
    finer[: len(spectrum)] = spectrum
    return float(20 * np.log10(np.abs(np.fft.irfft(finer * 32, frames * 32)).max()))


def sine(
    frequency_hz: float, amplitude: float, phase: float = 0.0, seconds: float = 0.5
) -> np.ndarray:
    """A tone that fades in and out, so that its edges are no peaks of their own."""
    frames = int(seconds * 48_000)
    edge = np.minimum(1.0, np.minimum(np.arange(frames), np.arange(frames)[::-1]) / 960)
    wave = np.sin(2 * np.pi * frequency_hz * np.arange(frames) / 48_000 + phase)
    return (amplitude * edge * wave).astype(np.float32)


def noise(amplitude: float, highest_hz: float = 20_000.0, seed: int = 7) -> np.ndarray:
    """Loud noise up to the given frequency."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(48_000))
    spectrum[int(highest_hz) :] = 0
    return (amplitude * np.fft.irfft(spectrum)).astype(np.float32)


LOUD = {
    "a tone whose peaks all lie between the samples": sine(12_000, 1.0, np.pi / 4),
    "the same 12 dB above full scale": sine(12_000, 4.0, np.pi / 4),
    "a low tone": sine(100, 3.0),
    "a high tone": sine(19_500, 2.0, 0.3),
    "a tone that beats with the sampling": sine(11_999, 2.0),
    "noise": noise(0.5),
    "far too loud noise": noise(8.0),
    "sixteen sources at once": sum(sine(200 + 317 * n, 0.9, n) for n in range(16)),
    "bursts": noise(1.0, seed=3) * (np.arange(48_000) % 6_000 < 300),
    "single clicks": (np.arange(48_000) % 5_000 == 17) * 3.0,
}


@pytest.mark.parametrize("sound", LOUD.values(), ids=LOUD.keys())
def test_no_true_peak_passes_the_ceiling(sound: np.ndarray) -> None:
    """Whatever comes in, -1 dBTP is never passed, by a measure much finer than the limiter's own."""
    assert true_peak_dbtp(sound) > CEILING_DBTP
    assert true_peak_dbtp(limited(sound)) <= CEILING_DBTP


@pytest.mark.parametrize("period", [240, 480, 960])
def test_quiet_sound_passes_bit_for_bit(period: int) -> None:
    """Below the ceiling the limiter is a delay and nothing else."""
    sound = noise(0.15)
    assert -6 < true_peak_dbtp(sound) < -1.2
    assert np.array_equal(limited(sound, period), sound)


def test_it_is_transparent_again_after_a_peak() -> None:
    """Half a second after a peak the samples are the very same again."""
    sound = noise(0.1)
    sound[1_000:1_400] *= 20
    out = limited(sound)
    assert not np.array_equal(out[1_000:1_400], sound[1_000:1_400])
    assert np.array_equal(out[26_000:], sound[26_000:])
    assert np.array_equal(out[:900], sound[:900])


def test_it_takes_no_more_than_it_must() -> None:
    """A steady loud tone ends up at the ceiling, not below it."""
    out = limited(sine(997, 2.0))[12_000:20_000]
    assert 20 * np.log10(np.abs(out).max()) == pytest.approx(CEILING_DBTP, abs=0.3)


def test_the_gain_comes_smoothly() -> None:
    """The gain never changes by more than 3 % from one sample to the next, so that nothing clicks."""
    sound = sine(300, 0.5) + sine(1_000, 0.1)
    sound[10_000:14_000] *= 2.5
    out = limited(sound)
    loud_enough = np.abs(sound) > 0.05
    gain = np.ones_like(sound)
    gain[loud_enough] = out[loud_enough] / sound[loud_enough]
    both = loud_enough[1:] & loud_enough[:-1]
    assert np.abs(np.diff(gain))[both].max() < 0.03


def test_the_delay_is_short() -> None:
    """The look-ahead costs at most 1.5 ms."""
    assert TruePeakLimiter.delay_frames <= 72


@pytest.mark.parametrize("accident", [np.nan, np.inf, -np.inf, 1e30])
def test_an_accident_in_a_source_does_not_last(accident: float) -> None:
    """What is no number is silenced, and a second later everything is as before."""
    sound = noise(0.1)
    broken = sound.copy()
    broken[500] = accident
    out = limited(broken)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 10 ** (CEILING_DBTP / 20)
    assert np.array_equal(out[30_000:], sound[30_000:])
