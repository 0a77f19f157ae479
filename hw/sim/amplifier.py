"""The simulated amplifier: drives the load with what the card plays, senses it, and protects itself.

The card's thread calls `drive`; everything else may come from any other.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from common.errors import InvalidValue
from hw.bands import sensed
from hw.sim.load import Loudspeaker, Signal
from hw.sim.speaker_ring import SAMPLE_RATE_HZ, Played

FULL_SCALE_V: Final = 15.5
"""The peak at the terminals for a sample of full scale: 15 W into 8 ohm."""
LARGEST_CURRENT_A: Final = 6.0
"""The peak above which the protection trips: full scale into less than 2.6 ohm."""
OPEN_OHM: Final = 100_000.0
SHORT_OHM: Final = 0.1
"""What cable and clamps leave of a short."""
FAULTS: Final = ("overcurrent", "overtemperature")

LONGEST_WINDOW_S: Final = 1.0

_TO_VOLTAGE: Final = FULL_SCALE_V / 2**31
_LONGEST_DRIFT_S: Final = 3600.0


class Amplifier:
    """The output stage and the load at its terminals."""

    def __init__(self, period_frames: int = 480) -> None:
        self._speaker = Loudspeaker(period_frames)
        self._load: float | str = 8
        self._drift_percent = 0.0
        self._drift_from = 0.0
        self._drift_start = 0
        self._drift_frames = 0
        self._fault: str | None = None
        self._tripped: str | None = None
        self._frames = 0
        self._quiet_frames = SAMPLE_RATE_HZ
        kept = 2 * SAMPLE_RATE_HZ // period_frames * period_frames
        self._voltage: Signal = np.zeros(kept)
        self._current: Signal = np.zeros(kept)
        self._connecting = threading.Lock()
        self.trips = 0
        self.on_protection: Callable[[], None] = lambda: None

    # --- the card's side ----------------------------------------------------------------------

    def drive(self, period: Played) -> Played:
        """Take one period, and return what of it comes out at the terminals."""
        frames = len(period)
        self._quiet_frames = 0 if period.any() else self._quiet_frames + frames
        if self._tripped is not None or self._quiet_frames > SAMPLE_RATE_HZ // 2:
            self._speaker.rest()
            self._note(np.zeros(frames), np.zeros(frames))
            return period if self._tripped is None else np.zeros_like(period)
        voltage: Signal = period * np.float64(_TO_VOLTAGE)
        current = self._speaker.current(voltage) / self.ohm
        too_much = np.flatnonzero(np.abs(current) > LARGEST_CURRENT_A)
        if len(too_much):
            first = int(too_much[0])
            period = period.copy()
            period[first:] = 0
            voltage[first:] = 0.0
            current[first:] = 0.0
            self._trip("overcurrent")
        self._note(voltage, current)
        return period

    def passes(self) -> bool:
        """Whether what is played is heard in the room."""
        return self._tripped is None and self._load not in ("open", "short")

    # --- the board's side ---------------------------------------------------------------------

    @property
    def protection(self) -> str:
        """What the protection does: `ok`, or why nothing is amplified."""
        return self._tripped or "ok"

    def reset(self) -> None:
        """Amplify again; what is still wrong trips again."""
        if self._tripped is not None:
            self._tripped = None
            self.on_protection()
        if self._fault is not None:
            self._trip(self._fault)

    def sense(self, window_s: float) -> dict[str, Any]:
        """Return the RMS voltage and current of the last `window_s`: of all there is, and in each band."""
        if not 0.01 <= window_s <= LONGEST_WINDOW_S:
            raise InvalidValue(f"the window must be from 0.01 to {LONGEST_WINDOW_S:g} s")
        wanted = np.arange(self._frames - round(window_s * SAMPLE_RATE_HZ), self._frames)
        voltage = self._voltage[wanted % len(self._voltage)]
        current = self._current[wanted % len(self._current)]
        return asdict(sensed(voltage, current))

    # --- the hand's side ----------------------------------------------------------------------

    @property
    def ohm(self) -> float:
        """The impedance of the load at 1 kHz now."""
        if self._load == "open":
            return OPEN_OHM
        if self._load == "short":
            return SHORT_OHM
        return max(float(self._load) * (1 + self._drifted() / 100), SHORT_OHM)

    def connect(self, changes: dict[str, Any]) -> None:
        """Connect another load, let it drift, or make a fault; refuses all of what cannot be done."""
        known: dict[str, Callable[[Any], bool]] = {
            "load_ohm": lambda value: value in ("open", "short") or _is_number(value, 0.5, 1000),
            "drift_percent": lambda value: _is_number(value, -100, 1000),
            "drift_s": lambda value: _is_number(value, 0, _LONGEST_DRIFT_S),
            "fault": lambda value: value is None or value in FAULTS,
        }
        for name, value in changes.items():
            if name not in known or not known[name](value):
                raise InvalidValue(f"amplifier: cannot set '{name[:40]}' to that")
        if "drift_s" in changes and "drift_percent" not in changes:
            raise InvalidValue("amplifier: drift_s says how long drift_percent takes")
        with self._connecting:
            self._load = changes.get("load_ohm", self._load)
            if "drift_percent" in changes:
                self._drift_from = self._drifted()
                self._drift_percent = float(changes["drift_percent"])
                self._drift_start = self._frames
                self._drift_frames = round(changes.get("drift_s", 0) * SAMPLE_RATE_HZ)
            if "fault" in changes:
                self._fault = changes["fault"]
        if self._fault is not None:
            self._trip(self._fault)

    def describe(self) -> dict[str, Any]:
        """Return what is connected, and how the amplifier fares."""
        return {
            "load_ohm": self._load,
            "drift_percent": self._drift_percent,
            "drifted_percent": self._drifted(),
            "present_ohm": self.ohm,
            "fault": self._fault,
            "protection": self.protection,
            "trips": self.trips,
        }

    def _drifted(self) -> float:
        passed = self._frames - self._drift_start
        if passed >= self._drift_frames:
            return self._drift_percent
        way = self._drift_percent - self._drift_from
        return self._drift_from + way * passed / self._drift_frames

    def _trip(self, why: str) -> None:
        if self._tripped is None:
            self._tripped = why
            self.trips += 1
            self.on_protection()

    def _note(self, voltage: Signal, current: Signal) -> None:
        at = self._frames % len(self._voltage)
        self._voltage[at : at + len(voltage)] = voltage
        self._current[at : at + len(current)] = current
        self._frames += len(voltage)


def _is_number(value: object, minimum: float, maximum: float) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and minimum <= value <= maximum
    )
