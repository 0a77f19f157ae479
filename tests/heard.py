"""What the loudspeaker of a running unit played, and where in it something is."""

import io
import wave
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

from tests.suite import Unit

RATE = 48_000
Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """A stretch of what was played; `first_sample` counts from the switching on of the simulated card."""

    samples: Samples
    first_sample: int
    first_sample_monotonic_ns: int

    def where(self, wanted: Samples) -> int:
        """Return at which sample `wanted` begins for the first time, by correlation."""
        size = 1 << (len(self.samples) + len(wanted) - 1).bit_length()
        spectrum = np.fft.rfft(self.samples, size) * np.conj(np.fft.rfft(wanted, size))
        likeness = np.fft.irfft(spectrum, size)
        early = int(np.argmax(likeness > 0.9 * likeness.max()))
        found = early + int(np.argmax(likeness[early : early + 100]))
        assert found + len(wanted) <= len(self.samples), "it is not whole in what was played"
        return found

    def spans(self, quiet: float = 1e-4) -> tuple[int, int]:
        """Return the first and the last sample that is not silent."""
        loud = np.flatnonzero(np.abs(self.samples) > quiet)
        assert len(loud), "nothing was played"
        return int(loud[0]), int(loud[-1])


def position(unit: Unit) -> int:
    """Return which sample the loudspeaker is at."""
    return int(unit.sim_state()["speaker"]["position"])


def heard_since(unit: Unit, first_sample: int) -> Heard:
    """Return what was played since a sample."""
    last_s = (position(unit) - first_sample) / RATE + 1
    played = heard(unit, last_s)
    skipped = max(0, first_sample - played.first_sample)
    return Heard(
        played.samples[skipped:],
        played.first_sample + skipped,
        played.first_sample_monotonic_ns + skipped * 1_000_000_000 // RATE,
    )


def heard(unit: Unit, last_s: float) -> Heard:
    """Return what was played in the last seconds."""
    answer = unit.client.get("/sim/speaker.wav", params={"last": str(last_s)})
    answer.raise_for_status()
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="float64")
    assert rate == RATE
    return Heard(
        samples,
        int(answer.headers["X-First-Sample"]),
        int(answer.headers["X-First-Sample-Monotonic-Ns"]),
    )


def sweep(seconds: float, peak: float = 0.5, top_hz: float = 8_000.0) -> Samples:
    """Return a sine that rises from 100 Hz, with soft ends, as 16-bit values."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * (100 * time + (top_hz - 100) * time**2 / (2 * seconds))
    edge = np.clip(np.minimum(time, seconds - time) / 0.01, 0, 1)
    return np.round(np.sin(phase) * edge * peak * 32_767) / 32_768


def as_wav(samples: Samples, rate: int = RATE) -> bytes:
    """Return samples as a WAV file of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(np.round(samples * 32_768).astype("<i2").tobytes())
    return file.getvalue()


def level_db(samples: Samples) -> float:
    """Return the level of samples in dB of full scale."""
    return float(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-12))


def pitch_hz(samples: Samples, rate: int = RATE) -> float:
    """Return the strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))
