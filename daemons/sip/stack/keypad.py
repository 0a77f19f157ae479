"""The keys of one call: each press once, and no more than a hand can press."""

from collections import deque
from typing import Final

MOST_IN_A_SECOND: Final = 20
"""The quickest dialler of a phone presses about ten (100 ms each, with the pause)."""
_SAME_PRESS_S: Final = 0.2
"""Within this time a phone that uses two methods has told of a key by both."""


class Keypad:
    """What was pressed in a call just now."""

    def __init__(self) -> None:
        self._last: tuple[str, int, float] | None = None
        self._times: deque[float] = deque(maxlen=MOST_IN_A_SECOND)

    def pressed(self, digit: str, method: int, now: float) -> bool:
        """Take note of a key that was told by a method; returns whether it counts."""
        if self._last is not None:
            before, by, at = self._last
            if digit == before and method != by and now - at < _SAME_PRESS_S:
                return False
        if len(self._times) == MOST_IN_A_SECOND and now - self._times[0] < 1.0:
            return False
        self._times.append(now)
        self._last = digit, method, now
        return True
