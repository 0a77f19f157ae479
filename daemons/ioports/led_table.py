"""What the LEDs show, and why: the manual's table (section LED indicators) as data.

The manual names colours and rhythms, not times; these are ours. Flashing is 1 Hz, slow 0.5 Hz. Fast is 2.5 Hz: clearly
more than plain flashing, and below the three flashes a second that can cause seizures (WCAG 2.3.1), since the web UI
shows the lamps too.
"""

from dataclasses import dataclass

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
    meaning: str


def flashing(first: Colour, second: Colour = Colour.OFF, half_ms: int = FLASH_MS) -> Pattern:
    """Return two colours in turn."""
    return (Step(first, half_ms), Step(second, half_ms))


NORMAL = Cause("normal", Led.STATUS, steady(Colour.GREEN), "normal operation")
SPEAKER_NORMAL = Cause("speaker_normal", Led.SPEAKER, steady(Colour.GREEN), "normal operation")

TABLE: tuple[Cause, ...] = (
    Cause(
        "reset", Led.STATUS, flashing(Colour.AMBER), "the unit is reset to factory default settings"
    ),
    Cause("upgrade", Led.STATUS, flashing(Colour.AMBER), "the software is being upgraded"),
    Cause(
        "locate",
        Led.STATUS,
        flashing(Colour.RED, Colour.GREEN, FAST_MS),
        "somebody wants to find the unit",
    ),
    Cause("starting", Led.STATUS, steady(Colour.AMBER), "the unit is starting"),
    Cause("upgrade_failed", Led.STATUS, flashing(Colour.RED, half_ms=SLOW_MS), "an upgrade failed"),
    Cause(
        "network_lost",
        Led.STATUS,
        flashing(Colour.AMBER, Colour.RED),
        "the network connection is unavailable or lost",
    ),
    NORMAL,
    Cause(
        "over_current",
        Led.SPEAKER,
        flashing(Colour.RED),
        "the over-current protection was tripped",
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
        "the impedance was not calibrated",
    ),
    SPEAKER_NORMAL,
)
"""Every cause, and for each lamp the more urgent one first. The last of each lamp always holds."""

ALWAYS = frozenset({NORMAL.name, SPEAKER_NORMAL.name})
AT_START = frozenset({"starting", "not_calibrated"})
"""What holds until somebody says otherwise: the unit starts, and no calibration is known to this daemon."""

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
