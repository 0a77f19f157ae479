"""What tests of live audio share: a unit that may be listened to, a tone, and how to judge it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from tests.heard import RATE, Samples
from tests.playing import update, wait_until_played
from tests.suite import Unit

RECEIVE = "/axis-cgi/audio/receive.cgi"
TRANSMIT = "/axis-cgi/audio/transmit.cgi"
MULAW = "audio/basic"
HERTZ = 1_000.0
PEAK = 0.5
OPEN = {"AudioSource.A0.AudioSupport": "yes"}
SHUT = {
    "AudioSource.A0.AudioSupport": "no",
    "AudioSource.A0.AudioEncoding": "aac",
    "AudioSource.A0.SampleRate": "48000",
    "Audio.MaxListeners": "20",
    "Audio.DuplexMode": "full",
    "Audio.ReceiverTimeout": "1000",
    "Audio.Live.Leveller": "no",
}


def tone(seconds: float, rate: int = RATE) -> Samples:
    """Return a sine at -6 dB of full scale."""
    sine: Samples = PEAK * np.sin(2 * np.pi * HERTZ * np.arange(round(seconds * rate)) / rate)
    return sine


def check_tone(
    sound: npt.NDArray[np.floating], rate: int, most_db: float, most_hz: float = 1.0
) -> None:
    """Fail unless a sound is that tone: within so many dB and Hz."""
    turned = sound * np.exp(-2j * np.pi * HERTZ * np.arange(len(sound)) / rate)
    parts = turned[: len(turned) // 4 * 4].reshape(4, -1).mean(axis=1)
    drift = np.angle(parts[1:] * np.conj(parts[:-1])).mean() * rate / (len(turned) // 4)
    level = 20 * np.log10(np.sqrt(np.mean(sound**2)) * np.sqrt(2) / PEAK)
    assert abs(drift / 2 / np.pi) < most_hz
    assert abs(level) < most_db


@contextmanager
def live_unit(unit: Unit) -> Iterator[httpx.Client]:
    """Have the input on, and nothing that changes the level of what plays; yields an administrator."""
    with unit.admin() as client:
        set_(client, {**OPEN, "AudioSource.A0.OutputGain": "0", "Audio.Loudness.Enabled": "no"})
        yield client
        set_(client, SHUT)
        wait_until_played(unit, client)


def set_(admin: httpx.Client, values: dict[str, str]) -> None:
    """Set parameters."""
    update(admin, **values)


def state(admin: httpx.Client) -> dict[str, Any]:
    """Return who talks and who listens."""
    return dict(admin.get("/api/audio/live").json())


@contextmanager
def listening(unit: Unit, **arguments: str) -> Iterator[httpx.Response]:
    """Listen while the block runs."""
    with unit.admin() as client, client.stream("GET", RECEIVE, params=arguments) as answer:
        assert answer.status_code == 200, answer.read()
        yield answer
