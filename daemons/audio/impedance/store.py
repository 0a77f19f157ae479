"""The result of the last good test, on disk."""

import logging
from pathlib import Path

import msgspec

from common.files import remove_file, replace_file
from daemons.audio.impedance.load import Calibration

log = logging.getLogger(__name__)

_decoder = msgspec.json.Decoder(Calibration)


class CalibrationFile:
    """One small file, whole or not there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Calibration | None:
        """Return the result; None when there is none, or none that can be read."""
        try:
            found = _decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("%s is damaged: the load has to be tested again", self._path.name)
            return None
        return found if found.by_frequency else None

    def write(self, calibration: Calibration) -> None:
        """Keep a result."""
        replace_file(self._path, msgspec.json.encode(calibration))

    def remove(self) -> None:
        """Forget it."""
        remove_file(self._path)
