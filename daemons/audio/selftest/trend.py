"""The results of the self tests: the newest hundred, and the one that the others are compared with."""

import logging
from pathlib import Path
from typing import Final

import msgspec

from common.files import remove_file, replace_file
from daemons.audio.selftest.results import Result

log = logging.getLogger(__name__)

KEPT: Final = 100


class _Content(msgspec.Struct, frozen=True):
    results: tuple[Result, ...] = ()
    reference: Result | None = None
    """Kept also when it is no longer among the results."""


class Trend:
    """Results in a file that is whole or not there. `open`, `add` and `wipe` wait for the disk."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._content = _Content()

    @property
    def results(self) -> tuple[Result, ...]:
        """The results, the oldest first."""
        return self._content.results

    @property
    def reference(self) -> Result | None:
        """What the next test is compared with."""
        return self._content.reference

    def open(self) -> None:
        """Read what was kept; what cannot be read is said in the log, and begun anew."""
        try:
            self._content = msgspec.json.decode(self._file.read_bytes(), type=_Content)
        except FileNotFoundError:
            self._content = _Content()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("%s cannot be read (%s): the trend begins anew", self._file.name, error)
            self._content = _Content()

    def add(self, result: Result) -> None:
        """Keep one more result; raises OSError when it cannot be written, and keeps it in memory all the same."""
        self._content = _Content(
            (*self._content.results, result)[-KEPT:],
            result if result.reference else self._content.reference,
        )
        replace_file(self._file, msgspec.json.encode(self._content))

    def wipe(self) -> None:
        """Forget everything."""
        self._content = _Content()
        remove_file(self._file)
