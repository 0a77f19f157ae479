"""The record on disk: SQLite. All of it blocks, and belongs on one thread.

A loss of power may take the last entries with it, so the disk is waited for at checkpoints only.
"""

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import msgspec

from common.rules import Recorded, Search, Told
from daemons.events.record.entry import Entry, Kind, Row, recorded, row_of, speaks_of

log = logging.getLogger(__name__)

MOST_ENTRIES: Final = 50_000
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of entries, without what SQLite adds."""
MOST_REPLAYED: Final = 20_000

SCHEMA_VERSION: Final = 1
APPLICATION_ID: Final = 0x43383252  # "C82R"
_ENTRIES: Final = """
CREATE TABLE entries{half} (
    number INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, rule INTEGER NOT NULL,
    stateful INTEGER NOT NULL, left_out INTEGER NOT NULL, content TEXT NOT NULL
) STRICT;
"""
# Two halves that are emptied in turn, as a whole: to delete one by one would write as much again.
_TABLES: Final = f"""
{_ENTRIES.format(half=0)}
{_ENTRIES.format(half=1)}
CREATE VIEW entries AS SELECT * FROM entries0 UNION ALL SELECT * FROM entries1;
CREATE TABLE snapshots (number INTEGER PRIMARY KEY, time REAL NOT NULL, content TEXT NOT NULL) STRICT;
"""  # noqa: S608 -- of constants
_SIZE: Final = "length(CAST(content AS BLOB)) + 32"

State = tuple[float, Told]
"""Since when (seconds since 1970), and what."""


@dataclass(frozen=True)
class Snapshot:
    """All states of one moment; it holds after the entries that were noted before it."""

    time: float
    states: tuple[State, ...]


@dataclass(frozen=True)
class Span:
    """What happened in some time."""

    states: tuple[State, ...]
    """Those at its start."""
    events: tuple[tuple[float, Told], ...]
    complete: bool
    """Whether the record reaches back to the start, and nothing is missing in between."""


class Store:
    """One file."""

    def __init__(
        self, file: Path, *, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES
    ) -> None:
        self._file = file
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._connection: sqlite3.Connection | None = None
        self._half = 0
        """The one that is written."""
        self._entries = 0
        self._bytes = 0
        self._number = 0
        """Of the last entry."""

    def open(self) -> None:
        """Open the file; a damaged one is set aside. Raises OSError or sqlite3.Error where there can be none."""
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.set_aside(error)

    def set_aside(self, error: sqlite3.DatabaseError) -> None:
        """Begin a new record in place of a damaged one."""
        log.error("the record of events is damaged (%s), starting an empty one", error)
        self.close()
        for path in self._files():
            if path == self._file:
                path.replace(path.with_name(f"{path.name}.damaged"))
            else:
                path.unlink(missing_ok=True)
        self._open()

    def wipe(self) -> None:
        """Forget everything, what was set aside included, and leave no trace in the file."""
        self.close()
        for path in (*self._files(), self._file.with_name(f"{self._file.name}.damaged")):
            path.unlink(missing_ok=True)
        self._open()

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def write(self, batch: Sequence[Entry | Snapshot]) -> None:
        """Write all of it or, where sqlite3.Error is raised, nothing; the oldest make room."""
        connection = self._connected()
        try:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                for each in batch:
                    if isinstance(each, Snapshot):
                        self._write_snapshot(connection, each)
                    else:
                        self._write_entry(connection, row_of(each))
        except BaseException:
            self._count(connection)
            raise

    def search(self, search: Search) -> list[Recorded]:
        """Return what is looked for, the newest first."""
        where, values = ["1"], list[object]()
        for condition, value in (
            ("time < ?", search.before),
            ("time > ?", search.after),
            ("rule = ?", search.rule),
        ):
            if value is not None:
                where.append(condition)
                values.append(value)
        if search.kinds:
            where.append(f"kind IN ({','.join('?' * len(search.kinds))})")
            values += search.kinds
        rows = self._connected().execute(
            "SELECT number, time, kind, left_out, content FROM entries"  # noqa: S608 -- of constants
            f" WHERE {' AND '.join(where)} ORDER BY number DESC",
            values,
        )
        text = search.text.lower()
        # As it stands in JSON: most entries are passed over without being read.
        plain = msgspec.json.encode(text).decode()[1:-1]
        found: list[Recorded] = []
        for row in rows:
            if plain in row[-1].lower():
                entry = _recorded(row)
                if entry is not None and speaks_of(entry, text):
                    found.append(entry)
            if len(found) == search.limit:
                break
        return found

    def span(self, start: float, end: float) -> Span:
        """Return the events from `start` to `end` in their order, at most 20,000, and the states before them."""
        connection = self._connected()
        snapshot = connection.execute(
            "SELECT number, content FROM snapshots WHERE time <= ? ORDER BY number DESC LIMIT 1",
            (start,),
        ).fetchone()
        number, states = 0, dict[str, State]()
        if snapshot is not None:
            number = snapshot[0]
            kept = msgspec.json.decode(snapshot[1], type=tuple[State, ...])
            states = {_key(told): (since, told) for since, told in kept}
        events: list[tuple[float, Told]] = []
        missing = 0
        for time, stateful, left_out, content in connection.execute(
            "SELECT time, stateful, left_out, content FROM entries"
            " WHERE number > ? AND kind = 'event' ORDER BY number",
            (number,),
        ):
            if time > end:
                continue
            missing += left_out
            try:
                told = msgspec.json.decode(content, type=Told)
            except msgspec.DecodeError:
                missing += 1
                continue
            if time >= start:
                events.append((time, told))
                if len(events) > MOST_REPLAYED:
                    break
            elif stateful:
                states[_key(told)] = (time, told)
        complete = snapshot is not None and not missing and len(events) <= MOST_REPLAYED
        return Span(tuple(states.values()), tuple(events[:MOST_REPLAYED]), complete)

    # -- inside --

    def _open(self) -> None:
        self.close()
        connection = self._connection = sqlite3.connect(self._file, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        # Debian's SQLite overwrites what is deleted, which would write all of it once more; a reset removes the file.
        connection.execute("PRAGMA secure_delete = OFF")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            raise sqlite3.DatabaseError(f"its version is {version}")
        if version == 0:
            connection.executescript(
                f"BEGIN; {_TABLES} PRAGMA application_id = {APPLICATION_ID};"
                f" PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"
            )
        self._count(connection)

    def _count(self, connection: sqlite3.Connection) -> None:
        last = [
            connection.execute(f"SELECT coalesce(max(number), 0) FROM entries{half}").fetchone()[0]  # noqa: S608
            for half in (0, 1)
        ]
        self._number = max(last)
        self._half = last.index(self._number)
        self._entries, self._bytes = connection.execute(
            f"SELECT count(*), coalesce(sum({_SIZE}), 0) FROM entries{self._half}"  # noqa: S608
        ).fetchone()

    def _write_snapshot(self, connection: sqlite3.Connection, snapshot: Snapshot) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?,?,?)",
            (self._number, snapshot.time, msgspec.json.encode(snapshot.states).decode()),
        )

    def _write_entry(self, connection: sqlite3.Connection, row: Row) -> None:
        if self._entries >= self._most_entries // 2 or self._bytes >= self._most_bytes // 2:
            self._make_room(connection)
        self._number += 1
        connection.execute(
            f"INSERT INTO entries{self._half} VALUES (?,?,?,?,?,?,?)",  # noqa: S608 -- 0 or 1
            (
                *(self._number, row.time, row.kind, row.rule, row.stateful, row.left_out),
                row.content,
            ),
        )
        self._entries += 1
        self._bytes += len(row.content.encode()) + 32

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Go over to the older half; a snapshot stays as long as something follows it."""
        (oldest,) = connection.execute(f"SELECT min(number) FROM entries{self._half}").fetchone()  # noqa: S608
        self._half = 1 - self._half
        self._entries = self._bytes = 0
        connection.execute(f"DELETE FROM entries{self._half}")  # noqa: S608 -- 0 or 1
        connection.execute(
            "DELETE FROM snapshots WHERE number <"
            " (SELECT coalesce(max(number), 0) FROM snapshots WHERE number < ?)",
            (oldest,),
        )

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.OperationalError("the record of events is not open")
        return self._connection

    def _files(self) -> tuple[Path, ...]:
        return (self._file, *(Path(f"{self._file}{end}") for end in ("-wal", "-shm")))


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is damaged, and not its disk full or away."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error).startswith("no such ")
    return True


def _key(told: Told) -> str:
    return msgspec.json.encode((told.topic, sorted(told.source.items()))).decode()


def _recorded(row: tuple[int, float, str, int, str]) -> Recorded | None:
    """Return an entry; None for one that an older version wrote in another shape."""
    number, time, kind, left_out, content = row
    try:
        return recorded(number, time, cast(Kind, kind), left_out, content)
    except msgspec.DecodeError:
        return None
