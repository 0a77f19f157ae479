"""The addresses that were told last, on disk."""

import logging
from pathlib import Path

import msgspec

from common.files import remove_file, replace_file
from daemons.network.addresses import Known

log = logging.getLogger(__name__)


class Remembered:
    """A small file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written: Known | None = None

    def read(self) -> Known | None:
        """Return them; None on a new unit."""
        try:
            self._written = msgspec.json.decode(self._file.read_bytes(), type=Known)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, OSError) as error:
            log.warning("%s cannot be read (%s), ignoring", self._file.name, error)
            return None
        return self._written

    def write(self, known: Known) -> None:
        """Keep them, if they are others."""
        if known == self._written:
            return
        try:
            replace_file(self._file, msgspec.json.encode(known))
        except OSError as error:
            log.warning("%s cannot be written (%s), ignoring", self._file.name, error)
        else:
            self._written = known

    def forget(self) -> None:
        """Be a new unit's; raises OSError."""
        remove_file(self._file)
        self._written = None
