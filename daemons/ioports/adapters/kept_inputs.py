"""Virtual inputs that outlive a crash of this daemon, but not a restart of the unit."""

import math
from pathlib import Path

from common.since_start import KeptSinceStart
from daemons.ioports.virtual_inputs import Ends


class KeptInputs:
    """When each active one ends by the monotonic clock; None for one that stays."""

    def __init__(self, file: Path, boot_id: str) -> None:
        self._kept = KeptSinceStart("virtual inputs", file, boot_id, dict[int, float | None])

    def read(self) -> Ends:
        """Return what was written since the unit started."""
        kept = self._kept.read() or {}
        return {number: math.inf if end is None else end for number, end in kept.items()}

    def write(self, ends: Ends) -> None:
        """Keep these instead."""
        self._kept.write({number: None if end == math.inf else end for number, end in ends.items()})
