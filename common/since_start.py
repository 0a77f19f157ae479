"""What outlives a crash of this daemon, but not a restart of the unit."""

import logging
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

log = logging.getLogger(__name__)

_Shape = TypeVar("_Shape")


class _File(msgspec.Struct):
    boot_id: str
    kept: msgspec.Raw


class KeptSinceStart(Generic[_Shape]):
    """A small file in the runtime folder. Times in it are monotonic: they mean nothing to another start of the unit."""

    def __init__(self, what: str, file: Path, boot_id: str, shape: type[_Shape]) -> None:
        """`what` is how the log calls it; `shape` what msgspec shall read."""
        self._what = what
        self._file = file
        self._boot_id = boot_id
        self._shape = shape

    def read(self) -> _Shape | None:
        """Return what was written last; None when the unit has started since, or nothing can be read."""
        try:
            found = msgspec.json.decode(self._file.read_bytes(), type=_File)
            if found.boot_id != self._boot_id:
                return None
            return msgspec.json.decode(found.kept, type=self._shape)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
            log.warning("the %s of before cannot be read: %s, ignoring", self._what, error)
            return None

    def write(self, kept: _Shape) -> bool:
        """Keep this instead; returns whether that went well.

        It need not survive a loss of power, so the disk is not waited for.
        """
        content = _File(self._boot_id, msgspec.Raw(msgspec.json.encode(kept)))
        new = self._file.with_suffix(".new")
        try:
            new.write_bytes(msgspec.json.encode(content))
            new.replace(self._file)
        except OSError as error:
            log.warning("the %s cannot be kept: %s, ignoring", self._what, error)
            return False
        return True
