"""Keys of encrypted sources, as people enter them."""

import re
from typing import Any, Final

from common.errors import InvalidValue

LENGTHS: Final = (60, 92)
"""Hexadecimal digits of a key of 128 or 256 bits with its salt of 112."""
_KEY: Final = re.compile(r"[0-9A-Fa-f]*")


def checked_key(value: Any) -> str:
    """Return a key in small letters, or an empty text for none; raises `InvalidValue`, which never quotes it."""
    if not isinstance(value, str) or (value and len(value) not in LENGTHS):
        raise InvalidValue(f"srtpKey must have {' or '.join(map(str, LENGTHS))} digits")
    if not _KEY.fullmatch(value):
        raise InvalidValue("srtpKey must be hexadecimal")
    return value.lower()
