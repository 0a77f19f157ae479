"""What the control button means, as data: each way to press it, and what follows.

No two are alike: a press is shorter than a second, a hold lasts two at least, and what was held when the power came is
neither of them. Between one and two seconds nothing is meant, so that nobody does one thing for the other by a hair.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Gesture(Enum):
    """What somebody wants by the control button."""

    CLOUD_CONNECT = "cloud_connect"
    IMPEDANCE_TEST = "impedance_test"
    FACTORY_DEFAULT = "factory_default"


PRESS_BELOW_S: Final = 1.0
HOLD_S: Final = 2.0
POWER_UP_HOLD_S: Final = 10.0
POWER_UP_SHOW: Final = (
    (0.0, "power_up_press"),
    (POWER_UP_HOLD_S / 2, "power_up_hold"),
    (POWER_UP_HOLD_S, "power_up_release"),
)
"""From when on which cause is shown while the button is held since power-up: amber, dark, amber for the second time."""
FIRST_FEEL_S: Final = 5.0
"""How soon after its start the daemon must have felt the button for it to have been held since power-up."""
STUCK_S: Final = 60.0
"""Who holds a button for a minute means nothing by it: it is stuck, or something leans on it."""


@dataclass(frozen=True)
class Row:
    """One gesture, in words for people."""

    gesture: Gesture
    how: str
    hold_s: float
    """How long it is held at least; 0 for a press."""
    at_power_up: bool
    """Whether it counts only when the button is down as the power comes."""
    meaning: str
    show: str
    """What the LEDs do."""


GESTURES: Final = (
    Row(
        Gesture.CLOUD_CONNECT,
        f"Press, and release within {PRESS_BELOW_S:g} s.",
        0.0,
        False,
        "Connects the unit to the cloud service (O3C), where RemoteService.Enabled allows it.",
        "The status LED flashes green while the unit connects; it stays as it is on a unit that cannot.",
    ),
    Row(
        Gesture.IMPEDANCE_TEST,
        f"Press and hold for {HOLD_S:g} s, until tones are heard.",
        HOLD_S,
        False,
        "Tests the impedance of the connected speaker, and calibrates the amplifier to it.",
        "The speaker LED turns steady green once the impedance is calibrated.",
    ),
    Row(
        Gesture.FACTORY_DEFAULT,
        f"Hold while the power is connected, and on for {POWER_UP_HOLD_S:g} s until the status LED is amber for the"
        " second time; then release.",
        POWER_UP_HOLD_S,
        True,
        "Resets the unit to factory default settings; to release earlier changes nothing.",
        f"The status LED is amber, dark after {POWER_UP_HOLD_S / 2:g} s, and amber for the second time after"
        f" {POWER_UP_HOLD_S:g} s; released, it flashes amber during the reset, is amber while the unit starts, and"
        " green when all is done.",
    ),
)
