"""The manual trigger, kept over a crash of this daemon, but not over a restart of the unit."""

from pathlib import Path

from common.since_start import KeptSinceStart
from daemons.ioports.manual_trigger import Standing


class KeptTrigger:
    """How it stands, and what is to come."""

    def __init__(self, file: Path, boot_id: str) -> None:
        self._kept = KeptSinceStart("manual trigger", file, boot_id, Standing)

    def read(self) -> Standing | None:
        """Return what was written last; None when the unit has started since."""
        return self._kept.read()

    def write(self, standing: Standing) -> None:
        """Keep this instead."""
        self._kept.write(standing)
