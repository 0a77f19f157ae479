"""What a text may hold to travel over the bus."""

import re

_STUCK = re.compile(
    "[\0\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)


def can_travel(text: str) -> bool:
    """Whether the bus carries `text` as it is: it cuts a text off at a NUL, and knows no noncharacters."""
    return _STUCK.search(text) is None
