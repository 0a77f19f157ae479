"""The queue on disk: SQLite in WAL mode with synchronous=FULL, and the files to send beside it.

All of it blocks, and belongs on one thread.
"""

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from common.errors import ApplianceError, HardwareFault, InvalidValue, StorageFull
from common.files import replace_file, sync_folder
from daemons.events.delivery.item import Item, Target

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
APPLICATION_ID = 0x43383251  # "C82Q"
RESERVED = 1000
"""How many numbers are set aside at a time, so that none is used twice even when the database is lost."""

_TABLES = """
CREATE TABLE messages (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id INTEGER NOT NULL, recipient TEXT NOT NULL, what TEXT NOT NULL,
    bytes INTEGER NOT NULL, file_bytes INTEGER NOT NULL, queued REAL NOT NULL, attempts INTEGER NOT NULL,
    age_s REAL NOT NULL, reason TEXT NOT NULL, message BLOB NOT NULL
) STRICT;
CREATE TABLE last (number INTEGER NOT NULL) STRICT;
"""


class Store:
    """Messages and their files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = folder / "files"
        self._database = folder / "queue.sqlite"
        self._sequence = folder / "sequence"
        self._connection: sqlite3.Connection | None = None
        self._reserved = 0

    def open(self) -> tuple[list[Item], int]:
        """Return what waits, and the last number that was used."""
        self._files.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(OSError, ValueError):
            self._reserved = int(self._sequence.read_text(encoding="ascii"))
        try:
            items, last = self._load()
        except sqlite3.DatabaseError as error:
            log.error("the queue of deliveries is damaged (%s), starting an empty one", error)
            self.close()
            for path in (self._database, *self._folder.glob("queue.sqlite-*")):
                with suppress(FileNotFoundError):
                    path.replace(path.with_name(f"{path.name}.damaged"))
            items, last = self._load()
        self._sweep({item.number for item in items})
        return items, last

    def add(self, item: Item, message: bytes, file: Path | None) -> None:
        """Keep a message, with its file, which moves here; when this returns it is on disk."""
        with _told():
            self._reserve(item.number)
            if file is not None:
                self._take(file, item.number)
            try:
                with self._transaction() as connection:
                    connection.execute(
                        "INSERT INTO messages VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                        (item.number, item.target.kind, item.target.id, item.recipient, item.what, item.bytes,
                         item.file_bytes, item.queued, item.attempts, item.past_s, item.reason, message),
                    )  # fmt: skip
                    connection.execute("UPDATE last SET number = max(number, ?)", (item.number,))
            except BaseException:
                self.path(item.number).unlink(missing_ok=True)
                raise
            if file is not None:
                file.unlink(missing_ok=True)

    def message(self, number: int) -> bytes:
        """Return the content of a message."""
        with _told():
            row = (
                self._connected()
                .execute("SELECT message FROM messages WHERE number = ?", (number,))
                .fetchone()
            )
        content: bytes = row[0]
        return content

    def update(self, items: Sequence[tuple[int, int, float, str]]) -> None:
        """Keep (number, attempts, age in s, reason) of messages."""
        with _told(), self._transaction() as connection:
            connection.executemany(
                "UPDATE messages SET attempts = ?2, age_s = ?3, reason = ?4 WHERE number = ?1",
                items,
            )

    def remove(self, number: int) -> None:
        """Forget a message and its file. The file goes first: that makes room where none is left."""
        with _told():
            self.path(number).unlink(missing_ok=True)
            with self._transaction() as connection:
                connection.execute("DELETE FROM messages WHERE number = ?", (number,))

    def wipe(self) -> None:
        """Forget everything, what was set aside included, and leave no trace of it; numbers go on."""
        with _told():
            self.close()
            for path in (*self._folder.glob(f"{self._database.name}*"), *self._files.iterdir()):
                path.unlink(missing_ok=True)
            self._load()

    def path(self, number: int) -> Path:
        """Return where the file of a message lies."""
        return self._files / str(number)

    def close(self) -> None:
        """Let go of the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- inside --

    def _load(self) -> tuple[list[Item], int]:
        os.close(os.open(self._database, os.O_RDWR | os.O_CREAT, 0o600))
        connection = self._connection = sqlite3.connect(
            self._database, isolation_level=None, check_same_thread=False, timeout=5.0
        )
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("it fails its check")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA journal_size_limit=1048576")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            connection.executescript(
                f"BEGIN IMMEDIATE;{_TABLES} INSERT INTO last VALUES ({self._reserved});"  # noqa: S608 -- a number
                f"PRAGMA application_id={APPLICATION_ID};"
                f"PRAGMA user_version={SCHEMA_VERSION}; COMMIT;"
            )
        rows = connection.execute(
            "SELECT number, kind, id, recipient, what, bytes, file_bytes, queued, attempts, reason, age_s "
            "FROM messages ORDER BY number"
        )
        items = [Item(number, Target(kind, id_), *rest) for number, kind, id_, *rest in rows]
        last: int = connection.execute("SELECT number FROM last").fetchone()[0]
        sync_folder(self._folder)
        return items, last

    def _reserve(self, number: int) -> None:
        if number > self._reserved:
            reserved = number + RESERVED
            replace_file(self._sequence, str(reserved).encode())
            self._reserved = reserved

    def _take(self, source: Path, number: int) -> None:
        """Have the file here too; the source stays until the message is kept."""
        target = self.path(number)
        target.unlink(missing_ok=True)
        try:
            try:
                os.link(source, target)
            except FileNotFoundError:
                raise InvalidValue("the file to send does not exist") from None
            except OSError:  # another file system, or one without links
                shutil.copyfile(source, target)
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            sync_folder(self._files)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def _sweep(self, kept: set[int]) -> None:
        """Remove files that a kill between two steps has left."""
        names = {str(number) for number in kept}
        for path in self._files.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("the queue is not open")
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                with suppress(sqlite3.Error):  # the error that led here is the one to tell
                    connection.execute("ROLLBACK")
            raise


@contextmanager
def _told() -> Iterator[None]:
    """Tell errors of the disk as the house does."""
    try:
        yield
    except ApplianceError:
        raise
    except (sqlite3.Error, OSError) as error:
        full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        if full or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
            raise StorageFull("there is no room left to keep the message") from error
        raise HardwareFault("the message could not be written to the storage") from error
