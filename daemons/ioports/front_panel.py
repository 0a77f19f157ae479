"""What the LEDs and the control button mean, for whoever shows it: the tables themselves, as JSON."""

import msgspec

from daemons.ioports.gesture_table import GESTURES, Row
from daemons.ioports.led_table import TABLE, Cause
from hw.ports import Pattern


def describe(*, leds: bool, button: bool) -> str:
    """Return the tables as JSON, of the parts that the board has."""
    tables = {
        "led_table": [_cause(cause) for cause in TABLE] if leds else [],
        "gestures": [_gesture(row) for row in GESTURES] if button else [],
    }
    return msgspec.json.encode(tables).decode()


def described_pattern(pattern: Pattern) -> list[dict[str, object]]:
    """Return a pattern as JSON has it."""
    return [{"colour": step.colour.value, "duration_ms": step.duration_ms} for step in pattern]


def _cause(cause: Cause) -> dict[str, object]:
    return {
        "led": cause.led.value,
        "cause": cause.name,
        "pattern": described_pattern(cause.pattern),
        "meaning": cause.meaning,
    }


def _gesture(row: Row) -> dict[str, object]:
    return {
        "gesture": row.gesture.value,
        "how": row.how,
        "hold_s": row.hold_s,
        "at_power_up": row.at_power_up,
        "meaning": row.meaning,
        "show": row.show,
    }
