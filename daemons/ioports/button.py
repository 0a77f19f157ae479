"""The control button: its contact and its gestures, at the pace of the clock."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from common.clock import Clock
from common.topics import Event
from daemons.ioports.contact import Contact
from daemons.ioports.gesture_table import STUCK_S, Gesture
from daemons.ioports.gestures import Gestures, Outcome, Show, Stuck
from daemons.ioports.topics import CONTROL_BUTTON

log = logging.getLogger(__name__)


class Button:
    """Whether the control button is down, and what is meant by it; each move and each gesture is told once."""

    def __init__(
        self,
        clock: Clock,
        gestures: Gestures,
        *,
        moved: Callable[[bool, float], None],
        show: Callable[[str | None], None],
        meant: Callable[[Gesture], None],
    ) -> None:
        """`moved` takes seconds since 1970; `show` the one cause of a hold since power-up that holds now."""
        self._clock = clock
        self._contact = Contact()
        self._gestures = gestures
        self._moved = moved
        self._show = show
        self._meant = meant
        self._wake = asyncio.Event()

    @property
    def pressed(self) -> bool:
        """Whether it is down; as long as nobody could feel it, it counts as up."""
        return bool(self._contact.pressed)

    def feel(self, pressed: bool) -> None:
        """Note how the contact stands; it may bounce, and be felt twice."""
        first = self._contact.pressed is None
        now = self._clock.monotonic()
        self._contact.feel(pressed, now)
        if first:
            if pressed:
                self._moved(pressed, self._clock.time())
            self._take(self._gestures.moved(pressed, now))
        self._wake.set()

    def doubt(self) -> None:
        """Note that moves may have been missed."""
        self._take(self._gestures.doubt())

    def event(self) -> Event:
        """Return how the button stands, as the event topic says it."""
        return button_event(self.pressed)

    async def run(self) -> None:
        """Follow the button, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s()):
                    await self._wake.wait()
            self._wake.clear()
            self.look()

    def look(self) -> None:
        """Take that time has passed."""
        now = self._clock.monotonic()
        if (at := self._contact.settle(now)) is not None:
            self._moved(self.pressed, self._clock.time() - (now - at))
            self._take(self._gestures.moved(self.pressed, at))
        self._take(self._gestures.passed(now))

    def _wait_s(self) -> float | None:
        ends = [end for end in (self._contact.settles_at(), self._gestures.next_at()) if end]
        return max(0.0, min(ends) - self._clock.monotonic()) if ends else None

    def _take(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case Show(cause):
                    self._show(cause)
                case Stuck():
                    log.warning(
                        "the control button has been down for %g s: it may be stuck", STUCK_S
                    )
                case Gesture():
                    self._meant(outcome)


def button_event(pressed: bool) -> Event:
    """Return how a button stands, as the event topic says it."""
    return CONTROL_BUTTON.event(data={"pressed": pressed})
