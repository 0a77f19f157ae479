"""What the LEDs show, and why: the manual's table (section LED indicators) as data.

The manual names colours and rhythms, not times; these are ours. Flashing is 1 Hz, slow 0.5 Hz. Fast is 2.5 Hz: clearly
more than plain flashing, and below the three flashes a second that can cause seizures (WCAG 2.3.1), since the web UI
shows the lamps too.
"""

from dataclasses import dataclass

from daemons.ioports.topics import CAUSES
from hw.ports import Colour, Led, Pattern, Step, steady

FLASH_MS = 500
SLOW_MS = 1000
FAST_MS = 200
SHORT_MS = 200
LONG_WITHOUT_LIGHT_MS = 1400
BLINK_MS = 250
"""How long the lamp is lit in each interval of `StatusLed.FlashInterval`."""


@dataclass(frozen=True)
class Cause:
    """A reason for a lamp to show something."""

    name: str
    led: Led
    pattern: Pattern

    @property
    def meaning(self) -> str:
        """What it says to people."""
        return CAUSES[self.name]


def flashing(first: Colour, second: Colour = Colour.OFF, half_ms: int = FLASH_MS) -> Pattern:
    """Return two colours in turn."""
    return (Step(first, half_ms), Step(second, half_ms))


NORMAL = Cause("normal", Led.STATUS, steady(Colour.GREEN))
SPEAKER_NORMAL = Cause("speaker_normal", Led.SPEAKER, steady(Colour.GREEN))

RULE_COLOURS = (Colour.RED, Colour.AMBER, Colour.GREEN)

TABLE: tuple[Cause, ...] = (
    Cause("reset", Led.STATUS, flashing(Colour.AMBER)),
    Cause("upgrade", Led.STATUS, flashing(Colour.AMBER)),
    # A hand on the control button since power-up: amber, dark, and amber for the second time (M-HW-02).
    Cause("power_up_release", Led.STATUS, steady(Colour.AMBER)),
    Cause("power_up_hold", Led.STATUS, steady(Colour.OFF)),
    Cause("power_up_press", Led.STATUS, steady(Colour.AMBER)),
    Cause("locate", Led.STATUS, flashing(Colour.RED, Colour.GREEN, FAST_MS)),
    Cause("starting", Led.STATUS, steady(Colour.AMBER)),
    Cause(
        "cloud_connecting",  # green: no other cause flashes so; the manual leaves the colour open (M-HW-03)
        Led.STATUS,
        flashing(Colour.GREEN),
    ),
    Cause("upgrade_failed", Led.STATUS, flashing(Colour.RED, half_ms=SLOW_MS)),
    Cause("network_lost", Led.STATUS, flashing(Colour.AMBER, Colour.RED)),
    # What a rule asks for (VAPIX events page 5.2) comes before normal operation alone: it never hides a fault.
    *(
        Cause(f"rule_{colour.name.lower()}_flashing", Led.STATUS, flashing(colour))
        for colour in RULE_COLOURS
    ),
    *(Cause(f"rule_{colour.name.lower()}", Led.STATUS, steady(colour)) for colour in RULE_COLOURS),
    NORMAL,
    Cause("over_current", Led.SPEAKER, flashing(Colour.RED)),
    Cause(
        "over_temperature",  # the manual has no pattern for it: the amplifier is silent all the same
        Led.SPEAKER,
        flashing(Colour.RED),
    ),
    Cause(
        "not_calibrated",
        Led.SPEAKER,
        (
            Step(Colour.GREEN, SHORT_MS),
            Step(Colour.OFF, SHORT_MS),
            Step(Colour.GREEN, SHORT_MS),
            Step(Colour.OFF, LONG_WITHOUT_LIGHT_MS),
        ),
    ),
    SPEAKER_NORMAL,
)
"""Every cause, and for each lamp the more urgent one first. The last of each lamp always holds."""

ALWAYS = frozenset({NORMAL.name, SPEAKER_NORMAL.name})
AT_START = frozenset({"starting", "not_calibrated"})
"""What holds until somebody says otherwise: the unit starts, and no calibration is known to this daemon."""

LASTING = AT_START | {"network_lost"}
"""What this daemon holds by itself beyond its own death."""

BY_NAME = {cause.name: cause for cause in TABLE}


def normal_pattern(usage: str, interval_s: int) -> Pattern:
    """Return what the status LED shows in normal operation, by `StatusLed.Usage` and `.FlashInterval`.

    The parameters concern normal operation alone: that something is wrong is shown in any case.
    """
    if usage == "off":
        return steady(Colour.OFF)
    if usage == "flash":
        return (Step(Colour.GREEN, BLINK_MS), Step(Colour.OFF, interval_s * 1000 - BLINK_MS))
    return NORMAL.pattern
