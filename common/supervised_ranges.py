"""Which voltages at a terminal mean what of a supervised loop, and how a parameter keeps that."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from common.bus.ioports import SupervisedRange
from common.errors import InvalidValue
from common.params.kinds import Text

STATES: Final = ("short", "close", "open", "cut")
"""Names of supervisedio.cgi, in the order of the voltage with end-of-line resistors."""
HIGHEST_MV: Final = 30_000

DEFAULT: Final = "short=0-800,close=801-1920,open=1921-2750,cut=2751-30000"
"""For 4.7 kOhm in series with the contact and 4.7 kOhm across it, fed 3.3 V through 4.7 kOhm."""


def checked(ranges: Sequence[SupervisedRange]) -> tuple[SupervisedRange, ...]:
    """Return the ranges in the order of `STATES`; InvalidValue unless each state has one and none overlap."""
    if sorted(each.state for each in ranges) != sorted(STATES):
        raise InvalidValue(f"there must be one range for each of {', '.join(STATES)}")
    for each in ranges:
        if not 0 <= each.lower_mv <= each.upper_mv <= HIGHEST_MV:
            raise InvalidValue(
                f"{each.state}: the limits must be from 0 to {HIGHEST_MV} mV, the lower one first"
            )
    rising = sorted(ranges, key=lambda each: each.lower_mv)
    for below, above in itertools.pairwise(rising):
        if above.lower_mv <= below.upper_mv:
            raise InvalidValue(f"the ranges of {below.state} and {above.state} overlap")
    return tuple(sorted(ranges, key=lambda each: STATES.index(each.state)))


def parsed(text: str) -> tuple[SupervisedRange, ...]:
    """Return the ranges that a text such as `DEFAULT` names; raises `InvalidValue`."""
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"([a-z]+)=([0-9]{1,5})-([0-9]{1,5})", part.strip())
        if match is None:
            raise InvalidValue(f"must be written like {DEFAULT}")
        found.append(SupervisedRange(match[1], int(match[2]), int(match[3])))
    return checked(found)


def written(ranges: Sequence[SupervisedRange]) -> str:
    """Return the ranges as a parameter keeps them."""
    return ",".join(f"{each.state}={each.lower_mv}-{each.upper_mv}" for each in ranges)


@dataclass(frozen=True)
class Ranges(Text):
    """The ranges of a supervised loop, in mV: `short=0-800,close=801-1920,...`."""

    def parse(self, text: str) -> str:
        """Accept one range for each state; they must not overlap."""
        return written(parsed(super().parse(text)))
