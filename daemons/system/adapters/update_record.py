"""The record of upgrades, as a file of this daemon."""

import logging
from pathlib import Path
from typing import Any

import msgspec

from common.errors import StorageFull
from common.files import replace_file
from common.update import Step
from daemons.system.update.record import Record

log = logging.getLogger(__name__)


class RecordFile:
    """One file, replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "record.json"

    def load(self) -> Record:
        """Return what was written last; what cannot be read counts as nothing, and the slots tell the rest."""
        try:
            return _understood(msgspec.json.decode(self._file.read_bytes(), type=dict[str, Any]))
        except FileNotFoundError:
            return Record()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            log.error("the record of upgrades is damaged (%s), making a new one", error)
            return Record()

    def save(self, record: Record) -> None:
        """Write it."""
        try:
            replace_file(self._file, msgspec.json.encode(record))
        except OSError as error:
            log.error("the record of upgrades cannot be written: %s", error)
            raise StorageFull("there is no room to note the upgrade") from error


def _understood(written: dict[str, Any]) -> Record:
    """Return what this version knows of a record: the version that fell back to this one may be newer."""
    record = Record()
    for field in msgspec.structs.fields(Record):
        if field.name not in written:
            continue
        try:
            setattr(record, field.name, msgspec.convert(written[field.name], field.type))
        except msgspec.ValidationError as error:
            log.error("the record of upgrades: '%s' is not understood (%s)", field.name, error)
            if field.name == "step":
                record.step = Step.INSTALLING  # something was under way, and is not any more
    return record
