"""The contact of the control button: it bounces, and what it does counts once it has stood still."""

from typing import Final

SETTLE_S: Final = 0.03
"""Good push-buttons bounce for less than 10 ms, worn ones for 20 ms; no finger presses for so short a time."""


class Contact:
    """Whether the button is down, without bounces; times are monotonic, in seconds."""

    def __init__(self) -> None:
        self.pressed: bool | None = None
        """None until it was felt for the first time."""
        self._felt = False
        self._since = 0.0

    def feel(self, pressed: bool, at: float) -> None:
        """Note how the contact stands; it may be felt again as it was."""
        if self.pressed is None:
            self.pressed, self._since = pressed, at
        elif pressed != self._felt:
            self._since = at
        self._felt = pressed

    def settles_at(self) -> float | None:
        """Return when what was felt last will count; None when it does already."""
        if self.pressed is None or self._felt == self.pressed:
            return None
        return self._since + SETTLE_S

    def settle(self, now: float) -> float | None:
        """Take over what has stood for long enough; returns when that move began, or None when there is none."""
        settles_at = self.settles_at()
        if settles_at is None or now < settles_at:
            return None
        self.pressed = self._felt
        return self._since
