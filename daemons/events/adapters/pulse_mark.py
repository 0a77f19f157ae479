"""Up to when pulses were told, for as long as the unit runs: a killed daemon loses none and repeats none."""

from pathlib import Path

from common.since_start import KeptSinceStart


class PulseMark:
    """A note in the runtime folder: seconds since 1970."""

    def __init__(self, file: Path, boot_id: str) -> None:
        self._kept = KeptSinceStart("pulses", file, boot_id, float)

    def read(self) -> float | None:
        """Return the time; None at the start of the unit."""
        return self._kept.read()

    def write(self, until: float) -> None:
        """Note a time; what cannot be noted is logged."""
        self._kept.write(until)
