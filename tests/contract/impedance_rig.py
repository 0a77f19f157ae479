"""A unit whose load and amplifier a test plays with, and what tests of them ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

from tests.heard import RATE, Samples, heard_since, position
from tests.playing import quiet_unit, wait_until_played
from tests.suite import Unit, until

NOT_CALIBRATED = [("green", 200), ("off", 200), ("green", 200), ("off", 1400)]
NORMAL = [("green", 0)]
OVER_CURRENT = [("red", 500), ("off", 500)]

PROBE = 0.08 / 15.5
TONE = 0.8 / 15.5
"""Peaks of the tones, of the simulated amplifier's full scale."""
TEST_HZ = (250, 500, 1000, 2000, 4000)


@dataclass
class Bench:
    """A unit, and a hand on what is around it."""

    unit: Unit
    admin: httpx.Client

    def connect(self, **load: Any) -> None:
        """Connect a load, or make a fault."""
        self.unit.client.post("/sim/amplifier", json=load).raise_for_status()

    def press(self, pressed: bool) -> None:
        """Lay a finger on the control button, or take it away."""
        self.unit.client.post("/sim/button", json={"pressed": pressed}).raise_for_status()

    def state(self) -> dict[str, Any]:
        """Return what is known of the load; nothing while the daemon is away."""
        answer = self.admin.get("/api/impedance")
        found: dict[str, Any] = answer.json() if answer.status_code == 200 else {"state": "away"}
        return found

    def start(self) -> None:
        """Start a test."""
        answer = self.admin.post("/api/impedance/test")
        assert answer.status_code == 202, answer.text

    def until_state(self, state: str, within_s: float = 30.0) -> dict[str, Any]:
        """Wait for a state, and return all of it."""
        until(f"the load is {state}", lambda: self.state()["state"] == state, within_s)
        return self.state()

    def test(self) -> dict[str, Any]:
        """Test the load and return what came of it, when the last tone has been heard."""
        self.start()
        until("the test is over", lambda: self.state()["state"] != "testing", 30)
        wait_until_played(self.unit, self.admin, 30)
        return self.state()

    def amplifier(self) -> dict[str, Any]:
        """Return the amplifier as it really is."""
        found: dict[str, Any] = self.unit.sim_state()["amplifier"]
        return found

    def protection(self) -> str:
        """Return what the unit says about its amplifier."""
        answer = self.admin.get("/api/audio/output")
        return str(answer.json()["amplifier"]["state"]) if answer.status_code == 200 else ""

    def until_protection(self, state: str, within_s: float = 30.0) -> None:
        """Wait until the unit says so."""
        until(f"the amplifier is {state}", lambda: self.protection() == state, within_s)

    def until_led(self, pattern: list[tuple[str, int]]) -> None:
        """Wait until the speaker LED shows a pattern."""
        until(f"the speaker LED shows {pattern}", lambda: self.led() == pattern)

    def led(self) -> list[tuple[str, int]]:
        """Return what the speaker LED shows."""
        steps = self.unit.sim_state()["leds"]["speaker"]["pattern"]
        return [(step["colour"], step["duration_ms"]) for step in steps]

    def heard_since(self, first: int) -> Samples:
        """Return what was heard from a sample on until now."""
        return heard_since(self.unit, first).samples

    def let_pass(self, seconds: float) -> None:
        """Wait for so much time of the loudspeaker."""
        begin = position(self.unit)
        until("time passes", lambda: position(self.unit) > begin + seconds * RATE)


@contextmanager
def on_the_bench(unit: Unit) -> Iterator[Bench]:
    """Have a quiet unit with a load of 8 ohm; leave it so."""
    eight = {"load_ohm": 8, "drift_percent": 0, "fault": None}
    with quiet_unit(unit) as client:
        bench = Bench(unit, client)
        bench.connect(**eight)
        bench.until_protection("ok")
        yield bench
        bench.connect(**eight)
        bench.press(False)
        until("no test runs", lambda: bench.state()["state"] not in ("testing", "away"), 30)


def tones_in(sound: Samples) -> list[tuple[int, float]]:
    """Return the tones in a recording one after the other, each with its peak: of stretches of 50 ms."""
    found: list[tuple[int, float]] = []
    frames = RATE // 20
    for start in range(0, len(sound) - frames, frames):
        part = sound[start : start + frames]
        if np.max(np.abs(part)) < 1e-4:
            continue
        spectrum = np.abs(np.fft.rfft(part * np.hanning(frames)))
        hz = round(float(np.argmax(spectrum)) * RATE / frames / 50) * 50
        peak = round(float(np.sqrt(2 * np.mean(part**2))), 5)
        if not found or found[-1][0] != hz:
            found.append((hz, peak))
        else:
            found[-1] = (hz, max(peak, found[-1][1]))
    return found
