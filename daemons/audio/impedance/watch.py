"""Whether the load is still the one that was tested: an alarm that neither flutters nor stays for ever."""

from typing import Final

from daemons.audio.impedance.load import OPEN_ABOVE_OHM, Calibration, Load, verdict
from hw.ports import Sensed

CONFIRMED: Final = 3
"""So many measurements in a row have to say the same before it counts."""
HYSTERESIS: Final = 0.02
"""By how much less than the tolerance the load must deviate for the alarm to end: of the tested impedance."""


class LoadWatch:
    """Takes what is sensed while something plays, and knows what is wrong with the load."""

    def __init__(self) -> None:
        self.alarm: Load = Load.FINE
        self.present_ohm: float | None = None
        """The impedance at 1 kHz as it was sensed last; None when that is not known, or open."""
        self.deviation = 0.0
        self._said: Load | None = None
        self._times = 0

    def begin(self, alarm: Load, present_ohm: float | None) -> None:
        """Take the result of a test, which needs no confirmation."""
        self.alarm = alarm
        self.present_ohm = present_ohm
        self.deviation = 0.0
        self._said, self._times = None, 0

    def take(self, calibration: Calibration, sensed: Sensed, tolerance: float) -> bool:
        """Take one measurement; returns whether the alarm has changed. What is too quiet says nothing."""
        factor = calibration.factor(sensed)
        if factor is None:
            return False
        ohm = calibration.ohm * factor
        self.present_ohm = None
        if ohm <= OPEN_ABOVE_OHM:
            self.present_ohm, self.deviation = round(ohm, 2), factor - 1
        says = verdict(ohm)
        if says is Load.FINE:
            limit = tolerance - HYSTERESIS if self.alarm is Load.DEVIATES else tolerance
            says = Load.DEVIATES if abs(self.deviation) > limit else Load.FINE
        self._times = self._times + 1 if says is self._said else 1
        self._said = says
        if says is self.alarm or self._times < CONFIRMED:
            return False
        self.alarm = says
        return True
