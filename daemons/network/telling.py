"""Pulses that must not be lost because nobody listens yet: the unit starts, and its address is another one."""

from collections import deque
from collections.abc import Callable
from typing import Final

from common.topics import Event

MOST_WAITING: Final = 256


class Telling:
    """Events on their way to the events daemon."""

    def __init__(self, announce: Callable[[Event, float], None], told: Callable[[], None]) -> None:
        """`told` is called when nothing waits any more."""
        self._announce = announce
        self._told = told
        self._waiting: deque[tuple[Event, float]] = deque(maxlen=MOST_WAITING)
        self._heard = False

    def tell(self, events: list[Event], at: float) -> None:
        """Tell events that happened at `at` (seconds since 1970), now or once somebody listens."""
        self._waiting.extend((event, at) for event in events)
        self._send()

    def heard(self, *, listening: bool) -> None:
        """Note that the events daemon listens, or has left."""
        self._heard = listening
        self._send()

    def _send(self) -> None:
        if not self._heard:
            return
        while self._waiting:
            self._announce(*self._waiting.popleft())
        self._told()
