"""Ports and actions as the text CGIs of I/O ports write them (VAPIX page 7.1). Ports are counted from 1 there."""

import re
from typing import Final, NamedTuple

from common.errors import InvalidValue

MOST_PORTS: Final = 64
MOST_STEPS: Final = 1000
LONGEST_WAIT_MS: Final = 65_535
"""As of a state sequence; the documents name no limit."""

_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_ACTION: Final = re.compile(r"(?:([0-9]{0,4}):)?([/\\](?:[0-9]{1,9}[/\\])*)")
_STEP: Final = re.compile(r"([/\\])([0-9]*)")
_STATES: Final = {"/": "active", "\\": "inactive"}

Steps = list[tuple[str, int]]
"""States (`active` or `inactive`), each with the milliseconds that it is held."""


class Action(NamedTuple):
    """What is to be done."""

    port: int | None
    """Counted from 1; None where it was left out."""
    steps: Steps


def ports_of(text: str) -> list[int]:
    """Read `1,2`."""
    parts = text.split(",", MOST_PORTS)
    if len(parts) > MOST_PORTS:
        raise InvalidValue(f"at most {MOST_PORTS} ports can be named")
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise InvalidValue("ports are written as numbers with commas between them")
    return [int(part) for part in parts]


def action_of(text: str) -> Action:
    r"""Read `2:/300\500/300\`: active (`/`) and inactive (`\`), with milliseconds to wait in between."""
    found = _ACTION.fullmatch(text)
    if found is None:
        raise InvalidValue(
            r"an action is a port, a colon, and / or \ with milliseconds between them: 1:/300\ "
            "pulses port 1"
        )
    steps = [(_STATES[state], int(wait or 0)) for state, wait in _STEP.findall(found[2])]
    if len(steps) > MOST_STEPS:
        raise InvalidValue(f"an action has at most {MOST_STEPS} steps")
    if any(wait > LONGEST_WAIT_MS for _state, wait in steps):
        raise InvalidValue(f"a wait has at most {LONGEST_WAIT_MS} ms")
    return Action(int(found[1]) if found[1] else None, steps)
