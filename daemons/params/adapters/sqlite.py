"""The database file: SQLite in WAL mode with synchronous=FULL, only what differs from the defaults."""

import errno
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from common.errors import ApplianceError, HardwareFault, StorageFull
from common.params.view import HistoryEntry
from daemons.params.adapters import tables
from daemons.params.adapters.files import Files, create_private
from daemons.params.change import Change
from daemons.params.ports import Loaded
from daemons.params.state import State

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
APPLICATION_ID = 0x43383231  # "C821"
WAL_PAGES = 256

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Damaged(Exception):
    """The file is there, but it cannot be believed."""


class TooNew(Damaged):
    """A later version of this program has written it, in a way that this one would misread."""


class SqliteStore:
    """The store, as one file with its log and its last good copy beside it."""

    def __init__(self, folder: Path, first_generation: int = 0) -> None:
        self._files = Files(folder)
        self._first_generation = first_generation
        self._connection: sqlite3.Connection | None = None

    def open(self) -> Loaded:
        """Return what is kept; a file that is damaged makes way for its last good copy, else for defaults."""
        self._files.sweep()
        lost, recovered = "", ""
        if self._files.put_back.exists():
            self._put_back()
        if not self._files.database.exists():
            if self._files.backup.exists():
                lost, recovered = "the file is missing", "backup"
                self._files.restore_backup()
            else:
                self._create(0)
        try:
            return self._load(lost, recovered)
        except TooNew as newer:
            if self._put_back():
                return self._load("", "")
            lost = str(newer)
        except Damaged as damage:
            lost = str(damage)
        self._files.set_aside()
        if self._files.backup.exists() and recovered != "backup":
            self._files.restore_backup()
            with suppress(Damaged):
                return self._load(lost, "backup")
        # The daemons remember the generation they have seen; a new one must not fall below it.
        self._create(self._first_generation)
        return self._load(lost, "defaults")

    def commit(self, changes: Sequence[Change], now: float) -> None:
        """Put `changes` on the disk, all or none of them."""
        connection = self._connected()
        try:
            if any(change.forget for change in changes):
                self._files.drop_backup()
            connection.execute("BEGIN IMMEDIATE")
            for change in changes:
                tables.write(connection, change, now)
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            if connection.in_transaction:
                with suppress(sqlite3.Error):  # the error that led here is the one to tell
                    connection.execute("ROLLBACK")
            if _is_damage(error):
                raise Damaged(str(error)) from error
            raise _told(error) from error

    def history(self, limit: int) -> list[HistoryEntry]:
        """Return the newest lines, newest first."""
        rows = self._connected().execute(
            "SELECT revision, time, who, name, old, new FROM history ORDER BY number DESC LIMIT ?",
            (limit,),
        )
        return [HistoryEntry(*row) for row in rows]

    def back_up(self) -> None:
        """Make a copy that is whole and checked before it takes the place of the one before."""
        with _failures_told():
            self._copy(self._files.new_backup())
            self._files.accept_backup()

    def keep(self) -> None:
        """Make a checked copy of what is on the disk, for the way back from an upgrade."""
        with _failures_told():
            self._files.put_back.unlink(missing_ok=True)
            self._copy(self._files.new_kept())
            self._files.accept_kept()

    def put_back_next_time(self) -> bool:
        """Have the next start put back what was kept; returns whether there is anything."""
        if not self._files.kept.exists():
            return False
        with _failures_told():
            create_private(self._files.put_back)
            self._files.sync()
        return True

    def drop_kept(self) -> None:
        """Give up the way back."""
        with _failures_told():
            self._files.drop_kept()

    def forget(self) -> None:
        """Leave nothing on the disk of what was deleted, copies included."""
        connection = self._connected()
        with _failures_told():
            self._files.drop_set_aside()
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _copy(self, path: Path) -> None:
        with closing(_connect(path)) as target:
            self._connected().backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            _check(target)

    def _put_back(self) -> bool:
        """Put what was kept before an upgrade in the database's place; returns whether it could be used.

        A power cut in between finds the database whole, and does it again.
        """
        if not self._files.kept.exists():
            self._files.drop_kept()
            return False
        draft = self._files.draft_of_kept()
        try:
            with closing(_connect(draft)) as connection:
                _check(connection)
                present = self._present()
                if present is not None:
                    tables.carry_on(connection, present)
        except (Damaged, sqlite3.DatabaseError) as error:
            log.error("the settings from before the upgrade cannot be put back: %s", error)
            self._files.drop_kept()
            return False
        self._files.accept_database()
        self._files.drop_kept()
        log.info("the settings are those from before the upgrade again")
        return True

    def _present(self) -> State | None:
        """Return what the database holds now, if it can be read at all."""
        if not self._files.database.exists():
            return None
        try:
            with closing(_connect(self._files.database)) as connection:
                return tables.read(connection)
        except sqlite3.DatabaseError:
            return None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("the store is not open")
        return self._connection

    def _load(self, lost: str, recovered: str) -> Loaded:
        try:
            connection = self._connection = _connect(self._files.database)
            _check(connection)
            _make_durable(connection)
            state = tables.read(connection)
            if state is None:
                raise Damaged("its state is missing")
        except sqlite3.DatabaseError as error:
            self.close()
            if _is_damage(error):
                raise Damaged(str(error)) from error
            raise
        except Damaged:
            self.close()
            raise
        self._files.sync()
        return Loaded(state, lost, recovered)

    def _create(self, generation: int) -> None:
        """Make an empty database; it is either whole or not there."""
        draft = self._files.new_database()
        connection = _connect(draft)
        try:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            tables.create(connection, generation)
        finally:
            connection.close()
        self._files.accept_database()


def _connect(path: Path) -> sqlite3.Connection:
    create_private(path)
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)


def _make_durable(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit={WAL_PAGES * 4096}")


def _check(connection: sqlite3.Connection) -> None:
    version = _pragma(connection, "user_version")
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise Damaged("it is of another kind")
    if version > SCHEMA_VERSION:
        raise TooNew(f"it is of a later version ({version})")
    verdict = _pragma(connection, "integrity_check")
    if verdict != "ok":
        raise Damaged(str(verdict).partition("\n")[0])


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _is_damage(error: Exception) -> bool:
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGE


@contextmanager
def _failures_told() -> Iterator[None]:
    """A disk that fails is an answer, and no reason to stop."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _told(error) from error


def _told(error: sqlite3.Error | OSError) -> ApplianceError:
    full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    if full or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
        return StorageFull("there is no room left to keep the change")
    return HardwareFault("the change could not be written to the storage")
