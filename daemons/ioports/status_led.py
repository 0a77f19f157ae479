"""The parameters of the status LED."""

from collections.abc import Mapping

from daemons.ioports.led_table import normal_pattern
from hw.ports import Pattern

GROUP = "StatusLed"
_INTERVAL_S = 4


def normal_pattern_of(values: Mapping[str, str]) -> Pattern:
    """Return the pattern of normal operation; what is missing or makes no sense counts as its default."""
    interval = values.get(f"{GROUP}.FlashInterval", "")
    interval_s = int(interval) if interval.isascii() and interval.isdigit() else _INTERVAL_S
    return normal_pattern(values.get(f"{GROUP}.Usage", "on"), max(1, interval_s))
