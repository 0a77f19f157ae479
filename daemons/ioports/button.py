"""The control button, as it moves."""

from collections.abc import Callable

from common.clock import Clock
from common.topics import Event
from daemons.ioports.topics import CONTROL_BUTTON


class Button:
    """Whether the control button is down; each move is told once."""

    def __init__(self, clock: Clock, moved: Callable[[bool, float], None]) -> None:
        self._clock = clock
        self._moved = moved
        self.pressed = False

    def feel(self, pressed: bool) -> None:
        """Note how the button stands; it may be felt twice."""
        if pressed != self.pressed:
            self.pressed = pressed
            self._moved(pressed, self._clock.time())

    def event(self) -> Event:
        """Return how the button stands, as the event topic says it."""
        return CONTROL_BUTTON.event(data={"pressed": self.pressed})
