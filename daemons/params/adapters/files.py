"""The files of the database: itself, its good copy, what was set aside as damaged, and the way back of an upgrade."""

import os
from pathlib import Path

from common.files import sync_folder

_LOGS = ("-wal", "-shm", "-journal")


class Files:
    """Names in the state folder, changed only by whole steps that survive a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "parameters.db"
        self.backup = folder / "parameters.backup.db"
        self.damaged = folder / "parameters.damaged.db"
        self.kept = folder / "parameters.kept.db"
        """As it was before an upgrade."""
        self.put_back = folder / "parameters.put_back"
        """Whether the next start shall put back what was kept."""
        self._new_database = folder / "parameters.db.new"
        self._new_backup = folder / "parameters.backup.db.new"
        self._new_kept = folder / "parameters.kept.db.new"

    def sweep(self) -> None:
        """Remove what a power cut left half made."""
        for draft in (self._new_database, self._new_backup, self._new_kept):
            _remove(draft)

    def new_database(self) -> Path:
        """Return where to make a new database."""
        _remove(self._new_database)
        return self._new_database

    def accept_database(self) -> None:
        """Give the new database its place; no log of another may be taken for its own."""
        for log in _LOGS:
            _beside(self.database, log).unlink(missing_ok=True)
        _sync_file(self._new_database)
        self._new_database.replace(self.database)
        self.sync()

    def new_backup(self) -> Path:
        """Return where to make the next copy."""
        _remove(self._new_backup)
        return self._new_backup

    def accept_backup(self) -> None:
        """Put the new copy in the place of the one before."""
        _sync_file(self._new_backup)
        self._new_backup.replace(self.backup)
        self.sync()

    def new_kept(self) -> Path:
        """Return where to make the copy from before an upgrade."""
        _remove(self._new_kept)
        return self._new_kept

    def accept_kept(self) -> None:
        """Keep the new copy for a way back."""
        _sync_file(self._new_kept)
        self._new_kept.replace(self.kept)
        self.sync()

    def drop_kept(self) -> None:
        """Give up the way back."""
        self.put_back.unlink(missing_ok=True)
        _remove(self.kept)
        self.sync()

    def draft_of_kept(self) -> Path:
        """Return a copy of what was kept, to be made the database."""
        create_private(self.new_database())
        self._new_database.write_bytes(self.kept.read_bytes())
        return self._new_database

    def drop_backup(self) -> None:
        """Remove the copy: what is in it must not come back."""
        self.backup.unlink(missing_ok=True)
        self.sync()

    def restore_backup(self) -> None:
        """Put a copy of the last good copy in the database's place."""
        create_private(self.new_database())
        self._new_database.write_bytes(self.backup.read_bytes())
        self.accept_database()

    def set_aside(self) -> None:
        """Move the damaged database out of the way, for a person to look at; only the last one is kept."""
        for log in ("", *_LOGS):
            _beside(self.damaged, log).unlink(missing_ok=True)
            if (part := _beside(self.database, log)).exists():
                part.replace(_beside(self.damaged, log))
        self.sync()

    def drop_set_aside(self) -> None:
        """Remove what was set aside."""
        _remove(self.damaged)

    def sync(self) -> None:
        """Put the names on the disk."""
        sync_folder(self.folder)


def create_private(path: Path) -> None:
    """Make the file, if it is not there, so that nobody else can read it; its logs take after it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _sync_file(path: Path) -> None:
    file = os.open(path, os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _beside(path: Path, log: str) -> Path:
    return path.with_name(path.name + log)


def _remove(path: Path) -> None:
    for log in ("", *_LOGS):
        _beside(path, log).unlink(missing_ok=True)
