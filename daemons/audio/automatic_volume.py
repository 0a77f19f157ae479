"""Automatic volume control: how much louder the speaker has to be for the noise around it. No I/O, no clock.

The noise comes in as estimates that the audio input makes while the unit itself is quiet, so that the unit never
follows its own sound. The speaker is turned up by what the noise is above the reference, never beyond the range, and
never below the gain that was set.
"""

from dataclasses import dataclass
from typing import Final

RISE_DB_PER_S: Final = 2.0
FALL_DB_PER_S: Final = 4.0
HYSTERESIS_DB: Final = 2.0
"""How much the noise has to change before anything follows it."""


@dataclass(frozen=True, slots=True)
class VolumeSettings:
    """What people can set."""

    enabled: bool = False
    range_db: float = 10.0
    reference_dbfs: float = -60.0
    """The noise, at the audio input before its gain, at which the speaker has the gain that was set."""


class AutomaticVolume:
    """Follows the noise, step by step."""

    def __init__(self) -> None:
        self.settings = VolumeSettings()
        self.gain_db = 0.0
        """What is added to the gain of the speaker now: 0 or more."""
        self._target_db = 0.0

    @property
    def at_rest(self) -> bool:
        """Whether nothing is to be done until there is noise."""
        return self.gain_db == 0.0 and not self.settings.enabled

    def step(
        self, ambient_dbfs: float | None, elapsed_s: float, *, deaf: bool, may_fall: bool
    ) -> float:
        """Go on by some time and return the gain.

        `ambient_dbfs` is the newest estimate, None as long as there is none. `deaf` says that there will be none: then
        the set gain is the best guess. While not `may_fall` nothing gets quieter.
        """
        if deaf or not self.settings.enabled:
            self._target_db = 0.0
        elif ambient_dbfs is not None:
            self._aim(ambient_dbfs)
        self._target_db = min(self._target_db, self.settings.range_db)
        lowest = self.gain_db - (FALL_DB_PER_S * elapsed_s if may_fall else 0.0)
        highest = self.gain_db + RISE_DB_PER_S * elapsed_s
        self.gain_db = max(min(self._target_db, highest), lowest)
        return self.gain_db

    def _aim(self, ambient_dbfs: float) -> None:
        above = ambient_dbfs - self.settings.reference_dbfs
        wanted = min(max(above, 0.0), self.settings.range_db)
        if abs(wanted - self._target_db) >= min(HYSTERESIS_DB, self.settings.range_db / 2):
            self._target_db = wanted
