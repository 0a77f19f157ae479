"""The room between speaker and microphone: exact to the sample, always the same, and only what sounds."""

import time
from typing import Any

import numpy as np
import pytest

from common.errors import InvalidValue
from hw.sim.room import Acoustics, Room
from hw.sim.room import impulse_response as response_or_none

RATE = 48_000
PERIOD = 480
BUFFER = 3
SCALE = 2.0**31


class Passage:
    """A room and a clock; the switch is the amplifier's."""

    def __init__(self, **acoustics: Any) -> None:
        self.amplifies = True
        self.room = Room(PERIOD, BUFFER, lambda: self.amplifies)
        self.room.set(acoustics)

    def hear(self, played: np.ndarray, late: int = 0) -> np.ndarray:
        """Play (full scale 1.0) and return what the microphone hears from the card's first sample on."""
        periods = list((played * SCALE).astype(np.int32).reshape(-1, PERIOD))
        heard = []
        for tick in range(len(periods)):
            sound = self.room.hear()
            heard.append(np.zeros(PERIOD, np.float32) if sound is None else sound)
            behind = late if tick % 7 < late else 0
            while len(periods) - len(self._left(periods)) < tick + 1 - behind:
                self.room.play(periods[self._played])
                self._played += 1
        return np.concatenate(heard)

    _played = 0

    def _left(self, periods: list[np.ndarray]) -> list[np.ndarray]:
        return periods[self._played :]


def impulse_response(acoustics: Acoustics) -> np.ndarray:
    """Return the response of a room that couples, in double precision."""
    response = response_or_none(acoustics)
    assert response is not None
    return response.astype(float)


def noise(seconds: float, peak: float = 0.5) -> np.ndarray:
    """Return white noise of whole periods."""
    return np.random.default_rng(1).uniform(-peak, peak, round(seconds * RATE))


def level_db(sound: np.ndarray) -> float:
    """Return the level (RMS) of full scale."""
    return float(10 * np.log10(np.mean(np.square(sound.astype(float)))))


def test_as_built_the_microphone_hears_nothing() -> None:
    """Without coupling and noise there is silence."""
    assert not Passage().hear(noise(1.0)).any()


@pytest.mark.parametrize("late", [0, 1, BUFFER])
def test_the_direct_sound_arrives_exactly_when_it_should(late: int) -> None:
    """Sample n of the speaker is in sample n + latency + delay of the microphone, however late the player."""
    passage = Passage(coupling_db=-20, delay_ms=7.25)
    played = noise(1.0)
    heard = passage.hear(played, late)
    begin = passage.room.latency_frames + 348
    assert passage.room.latency_frames == (BUFFER + 1) * PERIOD
    assert np.max(np.abs(heard[:begin])) < 1e-6
    assert np.max(np.abs(heard[begin:] - 0.1 * played[: len(heard) - begin])) < 1e-6


def test_a_reverberant_room_is_its_impulse_response() -> None:
    """What is heard over many parts is what a plain convolution gives."""
    acoustics = {"coupling_db": -6, "delay_ms": 12, "reverb_ms": 400}
    passage = Passage(**acoustics)
    played = noise(1.0)
    expected = np.convolve(played, impulse_response(Acoustics(**acoustics)))
    heard = passage.hear(played)[passage.room.latency_frames :]
    assert np.max(np.abs(heard - expected[: len(heard)])) < 1e-5


@pytest.mark.parametrize("reverb_ms", [0, 150, 1_500])
def test_coupling_is_the_energy_of_the_response(reverb_ms: float) -> None:
    """Reverberation changes how the sound arrives, not how loud it is."""
    response = impulse_response(Acoustics(coupling_db=-12, reverb_ms=reverb_ms))
    assert 10 * np.log10(np.sum(response**2)) == pytest.approx(-12, abs=0.01)


def test_reverberation_falls_by_60_db_in_its_time() -> None:
    """The slope of the decaying energy is the one that was asked for."""
    tail = impulse_response(Acoustics(coupling_db=0, delay_ms=0, reverb_ms=600))[1:]
    parts_db = 10 * np.log10(np.mean(tail[:28_800].reshape(10, -1) ** 2, axis=1))
    slope = np.polyfit(np.arange(10) * 0.06, parts_db, 1)[0]
    assert slope == pytest.approx(-100, abs=3)


def test_noise_has_its_level_and_is_always_the_same() -> None:
    """White noise at the level asked for, from the same seed."""
    heard = [Passage(noise_dbfs=-40).hear(np.zeros(RATE)) for _ in range(2)]
    assert level_db(heard[0]) == pytest.approx(-40, abs=0.1)
    assert np.array_equal(heard[0], heard[1])


def test_what_does_not_sound_is_not_heard() -> None:
    """While the amplifier passes nothing on, the room is silent, with the reverberation dying away."""
    passage = Passage(coupling_db=0, delay_ms=0, reverb_ms=100)
    passage.hear(noise(0.5))
    passage.amplifies = False
    passage._played = 0
    heard = passage.hear(noise(0.5))
    gone = passage.room.latency_frames + 100 * RATE // 1000 + PERIOD
    assert heard[:gone].any()
    assert not heard[gone:].any()


@pytest.mark.parametrize(
    "changes",
    [
        {"coupling_db": "loud"},
        {"coupling_db": 21},
        {"delay_ms": None},
        {"delay_ms": -1},
        {"reverb_ms": float("nan")},
        {"noise_dbfs": True},
        {"carpet": 1},
    ],
)
def test_an_impossible_room_is_refused(changes: dict[str, Any]) -> None:
    """What a room cannot be is an error that changes nothing."""
    room = Room(PERIOD, BUFFER, lambda: True)
    room.set({"coupling_db": -30})
    with pytest.raises(InvalidValue):
        room.set({"noise_dbfs": -50, **changes})
    assert room.acoustics == Acoustics(coupling_db=-30)


def test_the_longest_room_leaves_the_card_most_of_its_period() -> None:
    """Even three seconds of reverberation take a fraction of the 10 ms that a period lasts."""
    passage = Passage(coupling_db=-20, delay_ms=500, reverb_ms=3_000, noise_dbfs=-60)
    passage.hear(noise(0.2))
    passage._played = 0
    begin = time.process_time()
    passage.hear(noise(1.0))
    assert (time.process_time() - begin) / 100 < 0.005
