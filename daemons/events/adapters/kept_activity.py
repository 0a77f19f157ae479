"""What rules are about, over a restart of the daemon: not over one of the unit, when everything begins anew."""

from pathlib import Path

import msgspec

from common.since_start import KeptSinceStart
from daemons.events.actions.runner import Held
from daemons.events.rules.memory import Memory


class Activity(msgspec.Struct, frozen=True):
    """Which rules are active, and which of their actions last."""

    memory: Memory
    held: dict[int, Held]


def kept_activity(file: Path, boot_id: str) -> KeptSinceStart[Activity]:
    """Return where it is kept."""
    return KeptSinceStart("activity of rules", file, boot_id, Activity)
