"""What the voltage of a supervised loop says, calm at the boundaries."""

from collections.abc import Sequence
from typing import Final

from common.bus.ioports import SupervisedRange

CONFIRMATIONS: Final = 3
"""So many readings in a row must agree before a state is left: one may have met a contact on its way."""
HYSTERESIS_MV: Final = 40
"""How far a level must be outside the range of the present state, so that noise at a limit changes nothing."""


class Loop:
    """The state of one supervised loop, from readings of its voltage."""

    def __init__(self, ranges: Sequence[SupervisedRange]) -> None:
        self._ranges = {each.state: each for each in ranges}
        self.state = ""
        """`short`, `close`, `open` or `cut`; empty before the first reading."""
        self._candidate = ""
        self._agreed = 0

    def measure(self, level_mv: int) -> bool:
        """Take a reading; returns whether the state is another one now."""
        if not self.state:
            self.state = min(self._ranges, key=lambda state: self._distance(state, level_mv))
            return True
        meant = self._meant(level_mv)
        if meant == self.state:
            self._candidate, self._agreed = "", 0
            return False
        self._agreed = self._agreed + 1 if meant == self._candidate else 1
        self._candidate = meant
        if self._agreed < CONFIRMATIONS:
            return False
        self.state, self._candidate, self._agreed = meant, "", 0
        return True

    def _meant(self, level_mv: int) -> str:
        """Return what a level says; one between two ranges says nothing new."""
        for state, each in self._ranges.items():
            if each.lower_mv <= level_mv <= each.upper_mv:
                # A narrow range must be reachable at its middle, whatever its neighbours.
                margin = min(HYSTERESIS_MV, (each.upper_mv - each.lower_mv) // 2)
                return state if self._distance(self.state, level_mv) > margin else self.state
        return self.state

    def _distance(self, state: str, level_mv: int) -> int:
        each = self._ranges[state]
        return max(each.lower_mv - level_mv, level_mv - each.upper_mv, 0)
