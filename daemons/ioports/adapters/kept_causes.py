"""The causes that hold, kept over a crash of this daemon, so that nobody sees that it was away."""

import math
from pathlib import Path

from common.since_start import KeptSinceStart
from daemons.ioports.lamps import Holds


class KeptCauses:
    """Each with which daemon raised it, and when it ends by the monotonic clock, or None."""

    def __init__(self, file: Path, boot_id: str) -> None:
        self._kept = KeptSinceStart(
            "causes", file, boot_id, list[tuple[str, str | None, float | None]]
        )
        self._written: Holds | None = None

    def read(self) -> Holds | None:
        """Return what held when it was last written; None when the unit has started since."""
        kept = self._kept.read()
        if kept is None:
            return None
        return {(name, by): math.inf if ends is None else ends for name, by, ends in kept}

    def write(self, holds: Holds) -> None:
        """Keep these instead."""
        if holds == self._written:
            return
        kept = [
            (name, by, None if ends == math.inf else ends) for (name, by), ends in holds.items()
        ]
        if self._kept.write(kept):
            self._written = dict(holds)
