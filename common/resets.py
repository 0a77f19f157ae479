"""Which resets a daemon has followed: each is applied once, also after a crash in between.

The params daemon counts the resets and tells the level of the last one. A daemon compares with the number in its
own state folder at start and at each reset, wipes what the level covers, then writes the number.
"""

from pathlib import Path

from common.files import replace_file
from common.params.kinds import Reset


class ResetMark:
    """The number of the last reset that this daemon has followed."""

    def __init__(self, state: Path) -> None:
        self._file = state / "generation"

    def missed(self, generation: int, level: str) -> Reset | None:
        """Return what has to be wiped now, or None.

        A daemon that has never seen a number has nothing to wipe. Of several missed resets one may have been the
        thorough one, for only the last level is known.
        """
        seen = self._read()
        if seen is None or seen == generation:
            return None
        return Reset(level) if generation - seen == 1 else Reset.FACTORY_DEFAULT

    def followed(self, generation: int) -> None:
        """Note that everything up to `generation` has been wiped."""
        if self._read() == generation:
            return
        replace_file(self._file, str(generation).encode())

    def _read(self) -> int | None:
        try:
            return int(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return None
