"""The number of a port in JSON, where clients write texts and numbers alike."""

import re
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]{1,9}")


def port_number(named: str | int) -> int:
    """Return the number, -1 for what is none."""
    if isinstance(named, int):
        return named
    return int(named) if _DIGITS.fullmatch(named) else -1
