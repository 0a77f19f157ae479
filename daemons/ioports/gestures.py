"""What somebody does with the control button becomes a gesture of the table; times are monotonic, in seconds.

Whether the power has just come is told from outside: the daemon may have been started anew under a hand, and must not
take that for a hold since power-up. A button that is down when the daemon first feels it, without the power having
come, was pressed before: that is the end of something, and means nothing.
"""

from dataclasses import dataclass
from enum import Enum, auto

from daemons.ioports.gesture_table import (
    FIRST_FEEL_S,
    HOLD_S,
    POWER_UP_HOLD_S,
    POWER_UP_SHOW,
    PRESS_BELOW_S,
    STUCK_S,
    Gesture,
)


@dataclass(frozen=True)
class Show:
    """The status LED is to show this cause of a hold since power-up, and none of the others; None: none at all."""

    cause: str | None


@dataclass(frozen=True)
class Stuck:
    """The button has been down for so long that it means nothing any more."""


Outcome = Gesture | Show | Stuck


class _Hand(Enum):
    """What the button's being down is so far."""

    AWAY = auto()
    PRESSED = auto()
    SINCE_POWER_UP = auto()
    DONE = auto()
    """It meant something already, or never will."""


class Gestures:
    """Follows one button, whose contact does not bounce."""

    def __init__(self, power_came: bool, started: float) -> None:
        self._power_came = power_came
        self._started = started
        self._felt = False
        self._hand = _Hand.AWAY
        self._since = 0.0
        self._stage = 0
        self._stuck = False

    def moved(self, pressed: bool, at: float) -> list[Outcome]:
        """Take a move of the button, or how it stands when it is felt for the first time."""
        first, self._felt = not self._felt, True
        if not pressed:
            return self._released(at)
        self._since, self._stage, self._stuck = at, 0, False
        if not first:
            self._hand = _Hand.PRESSED
        elif self._power_came and at - self._started <= FIRST_FEEL_S:
            self._hand = _Hand.SINCE_POWER_UP
        else:
            self._hand = _Hand.DONE
        return self.passed(at)

    def passed(self, now: float) -> list[Outcome]:
        """Take that time has passed."""
        if self._hand is _Hand.AWAY:
            return []
        held_s = now - self._since
        outcomes: list[Outcome] = []
        if self._hand is _Hand.PRESSED and held_s >= HOLD_S:
            self._hand = _Hand.DONE
            outcomes.append(Gesture.IMPEDANCE_TEST)
        while self._hand is _Hand.SINCE_POWER_UP and self._stage < len(POWER_UP_SHOW):
            begins_s, cause = POWER_UP_SHOW[self._stage]
            if held_s < begins_s:
                break
            self._stage += 1
            outcomes.append(Show(cause))
        if held_s >= STUCK_S and not self._stuck:
            self._stuck = True
            if self._hand is _Hand.SINCE_POWER_UP:
                outcomes.append(Show(None))
            self._hand = _Hand.DONE
            outcomes.append(Stuck())
        return outcomes

    def next_at(self) -> float | None:
        """Return when `passed` will have something to say; None while nothing is held."""
        if self._hand is _Hand.AWAY:
            return None
        ends = [STUCK_S] if not self._stuck else []
        if self._hand is _Hand.PRESSED:
            ends.append(HOLD_S)
        if self._hand is _Hand.SINCE_POWER_UP and self._stage < len(POWER_UP_SHOW):
            ends.append(POWER_UP_SHOW[self._stage][0])
        return self._since + min(ends) if ends else None

    def doubt(self) -> list[Outcome]:
        """Take that the button could not be felt for a while: what is held may be another hold, and means nothing."""
        shown = self._hand is _Hand.SINCE_POWER_UP
        if self._hand is not _Hand.AWAY:
            self._hand = _Hand.DONE
        return [Show(None)] if shown else []

    def _released(self, at: float) -> list[Outcome]:
        # Only who was shown that it is time can have meant it.
        told_to_release = self._stage == len(POWER_UP_SHOW)
        outcomes = self.passed(at)  # a late look at the clock must not cost somebody the hold
        hand, self._hand = self._hand, _Hand.AWAY
        held_s = at - self._since
        if hand is _Hand.PRESSED and held_s < PRESS_BELOW_S:
            outcomes.append(Gesture.CLOUD_CONNECT)
        if hand is _Hand.SINCE_POWER_UP:
            if held_s >= POWER_UP_HOLD_S and told_to_release:
                outcomes.append(Gesture.FACTORY_DEFAULT)
            outcomes.append(Show(None))  # last, so that nothing else is shown in between
        return outcomes
