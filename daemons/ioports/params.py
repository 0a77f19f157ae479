"""The settings of the status LED."""

from common.params.kinds import Access, Choice, Int
from common.params.registry import PARAMETERS

_ioports = PARAMETERS.owned_by("ioports")

STATUS_LED_USAGE = _ioports.setting(
    "StatusLed.Usage",
    Choice((("on", "On"), ("off", "Off"), ("flash", "Flash"))),
    "on",
    "Status LED",
    "How the status LED shows normal operation; faults, locating and resetting are always shown.",
    read=Access.OPERATOR,
)
STATUS_LED_FLASH_INTERVAL = _ioports.setting(
    "StatusLed.FlashInterval",
    Int(1, 30, "s"),
    "4",
    "Interval",
    "The time from one flash of the status LED to the next, when it flashes in normal operation.",
    read=Access.OPERATOR,
)
