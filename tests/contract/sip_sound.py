"""What is said into a call and heard from it, and whether the one is the other."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from common import pcm
from daemons.sip.stack import wire
from tests.contract.sip_phone import Phone, phone
from tests.contract.sip_stack_rig import Stack

Samples = npt.NDArray[np.float64]
RATE = pcm.SAMPLE_RATE_HZ
PHONE_RATE = 8_000
SAID_S = 0.3
"""So short that a busy machine lets one whole one pass."""
ALIKE = 0.75
"""By telephone, resampled, and cleaned of what the loudspeaker plays."""
_LOW_HZ, _HIGH_HZ = 300.0, 2_500.0


def rising(seconds: float = 0.25, rate: int = RATE, falls: bool = False) -> Samples:
    """Return a sine that rises (or falls) through what every telephone carries, soft at its ends."""
    moment = np.arange(round(seconds * rate)) / rate
    low, high = (_HIGH_HZ, _LOW_HZ) if falls else (_LOW_HZ, _HIGH_HZ)
    phase = 2 * np.pi * (low * moment + (high - low) * moment**2 / (2 * seconds))
    edge = np.clip(np.minimum(moment, seconds - moment) / 0.02, 0, 1)
    return np.asarray(0.3 * edge * np.sin(phase))


def again_and_again(samples: Samples, rate: int = RATE, times: int = 30) -> Samples:
    """Return something said several times, so that one is heard whole when the machine is busy now and then."""
    return np.tile(np.concatenate((samples, np.zeros(rate // 10))), times)


def write_wav(file: Path, samples: Samples, rate: int) -> Path:
    """Write a file that a phone takes for its microphone, what is said 60 times: it hangs up at the file's end."""
    soundfile.write(file, again_and_again(samples, rate, 60), rate, subtype="PCM_16")
    return file


@contextmanager
def talking_phone(folder: Path, address: str = "127.0.0.1") -> Iterator[Phone]:
    """Run a phone whose user says the same again and again, with pauses in which the unit is heard."""
    said = np.append(rising(SAID_S, PHONE_RATE), np.zeros(PHONE_RATE))
    microphone = write_wav(folder / "said.wav", np.tile(said, 60), PHONE_RATE)
    with phone(folder / "phone", microphone, ["PCMU/8000/1"], address, answers=True) as running:
        yield running


def heard_by(phone: Phone) -> Samples:
    """Return what a phone has heard in its last call so far."""
    try:
        samples, _rate = soundfile.read(phone.heard())
    except (soundfile.LibsndfileError, ValueError):  # nothing is there yet
        return np.zeros(0)
    return np.asarray(samples)


def likeness(heard: Samples, wanted: Samples) -> tuple[float, float]:
    """Return how like the most similar stretch of `heard` is, 0 to 1, and its level as a part of what was said."""
    if len(heard) < len(wanted):
        return 0.0, 0.0
    size = 1 << (len(heard) + len(wanted) - 1).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size))
    common = np.fft.irfft(spectrum, size)[: len(heard) - len(wanted) + 1]
    power = np.cumsum(np.concatenate(([0.0], heard**2)))
    energy = power[len(wanted) :] - power[: -len(wanted)]
    norm = float(np.linalg.norm(wanted))
    alike = np.abs(common) / (np.sqrt(np.maximum(energy, 1e-6)) * norm)
    best = int(np.argmax(alike))
    return float(alike[best]), float(np.sqrt(energy[best]) / norm)


class Line:
    """The unit's end of a call: hears all the time, and says what it is told, at the pace of sound."""

    def __init__(self, stack: Stack, call: str, speaks: bool = True) -> None:
        self._heard: list[bytes] = []
        self._to_say: list[bytes] = []
        self._over = threading.Event()
        ear, theirs = pcm.pair()
        stack.order(wire.Playback(call), theirs.fileno())
        theirs.close()
        self._ear = pcm.PcmReceiver(ear)
        self._mouth: pcm.CaptureSender | None = None
        if speaks:
            mouth, theirs = pcm.pair()
            stack.order(wire.Capture(call), theirs.fileno())
            theirs.close()
            self._mouth = pcm.CaptureSender(mouth)
        self._thread = threading.Thread(target=self._run, name="line")
        self._thread.start()

    def say(self, samples: Samples) -> None:
        """Say something after what is being said."""
        raw = samples.astype(np.float32).tobytes()
        self._to_say += [
            raw[n : n + pcm.PERIOD_BYTES] for n in range(0, len(raw), pcm.PERIOD_BYTES)
        ]

    @property
    def heard(self) -> Samples:
        """What was heard so far."""
        return np.frombuffer(b"".join(self._heard), np.float32).astype(np.float64)

    def hang_up(self) -> None:
        """Stop hearing and saying."""
        self._over.set()
        self._thread.join()
        self._ear.close()
        if self._mouth:
            self._mouth.close()

    def _run(self) -> None:
        silence = bytes(pcm.PERIOD_BYTES)
        due = time.monotonic()
        while not self._over.is_set():
            while self._ear.receive():
                self._heard.append(bytes(self._ear.payload))
            if self._mouth and time.monotonic() >= due:
                due += 0.01
                said = self._to_say.pop(0) if self._to_say else silence
                self._mouth.push(said.ljust(pcm.PERIOD_BYTES, b"\0"))
            time.sleep(0.003)


@contextmanager
def line(stack: Stack, call: str, speaks: bool = True) -> Iterator[Line]:
    """Hear and speak until the block ends."""
    made = Line(stack, call, speaks)
    try:
        yield made
    finally:
        made.hang_up()


def until_alike(
    ear: "Line", wanted: Samples, least: float, within_s: float = 8.0
) -> tuple[float, float]:
    """Wait until something is heard that is this much like what was said."""
    until = time.monotonic() + within_s
    while True:
        found = likeness(ear.heard, wanted)
        if found[0] >= least:
            return found
        assert time.monotonic() < until, (
            f"only {found[0]:.2f} alike in {len(ear.heard) / RATE:.1f} s"
        )
        time.sleep(0.1)
