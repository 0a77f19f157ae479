"""Modifiers in texts and file names (VAPIX events page 5.4): `%F %T` is when, `#n` is which unit."""

import re
from dataclasses import dataclass
from datetime import datetime

_TIME = frozenset("cDFxprRTXzZCGgYybBhmUVWaAdejuwHIklMSs")
"""What strftime(3) writes, in the C locale."""
_MODIFIER = re.compile(rf"%%|##|%[{''.join(sorted(_TIME))}f]|#[imMnsD]")


@dataclass(frozen=True)
class Facts:
    """What modifiers stand for."""

    time: datetime
    """When it happened, in the unit's time zone."""
    address: str = ""
    mac: str = ""
    """In any notation."""
    host_name: str = ""
    sequence: int = 0
    overlay_text: str = ""


def expanded(text: str, facts: Facts) -> str:
    """Return `text` with its modifiers replaced; what is none stays as it is, and nothing is replaced twice."""
    return _MODIFIER.sub(lambda found: _one(found.group(), facts), text)


def _one(modifier: str, facts: Facts) -> str:
    kind, letter = modifier[0], modifier[1]
    if kind == letter:
        return kind
    if kind == "%":
        return _of_time(letter, facts.time)
    mac = re.sub(r"[^0-9A-Fa-f]", "", facts.mac).upper()
    return {
        "i": facts.address,
        "m": mac[-6:],
        "M": mac,
        "n": facts.host_name,
        "s": str(facts.sequence),
        "D": facts.overlay_text,
    }[letter]


def _of_time(letter: str, time: datetime) -> str:
    if letter == "f":
        return f"{time.microsecond // 10_000:02d}"
    if letter == "s":
        return str(int(time.timestamp()))
    return time.strftime(f"%{letter}")
