"""The parameters of the status LED."""

from collections.abc import Mapping

from daemons.ioports.led_table import normal_pattern
from daemons.ioports.setting import setting
from hw.ports import Pattern

GROUP = "StatusLed"


def normal_pattern_of(values: Mapping[str, str]) -> Pattern:
    """Return the pattern of normal operation; what is missing or makes no sense counts as its default."""
    interval_s = int(setting(values, f"{GROUP}.FlashInterval"))
    return normal_pattern(setting(values, f"{GROUP}.Usage"), interval_s)
