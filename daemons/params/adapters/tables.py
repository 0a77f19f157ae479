"""The tables of the database file: STRICT, and only what differs from the defaults.

An older version has to start on what a newer one has left (decision 0027): new things come as tables and columns with a
default of their own, and every statement names its columns. Only what an older version would misread raises
`SCHEMA_VERSION`; it then starts on the copy that was kept for it.
"""

import sqlite3
from collections.abc import Iterable

from daemons.params.change import Change
from daemons.params.state import Record, State

HISTORY_ROWS = 5000

_SCHEMA = """
CREATE TABLE value (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE secret (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE numbered_group (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE record (
    type TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE history (
    number INTEGER PRIMARY KEY, revision INTEGER NOT NULL, time REAL NOT NULL,
    who TEXT NOT NULL, name TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL
) STRICT;
CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    revision INTEGER NOT NULL, generation INTEGER NOT NULL, level TEXT NOT NULL
) STRICT;
"""

_PUT_VALUE = "INSERT INTO value (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2"
_DROP_VALUE = "DELETE FROM value WHERE name = ?"
_PUT_SECRET = (
    "INSERT INTO secret (name, sealed) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET sealed = ?2"  # noqa: S105
)
_DROP_SECRET = "DELETE FROM secret WHERE name = ?"  # noqa: S105


def create(connection: sqlite3.Connection, generation: int) -> None:
    """Make the tables of a database that knows nothing."""
    connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
    connection.execute(
        "INSERT INTO state (only, revision, generation, level) VALUES (1, 0, ?, '')", (generation,)
    )


def read(connection: sqlite3.Connection) -> State | None:
    """Return what the tables hold, or None when they do not hold together."""
    only = connection.execute("SELECT revision, generation, level FROM state").fetchone()
    if only is None:
        return None
    revision, generation, level = only
    return State(
        values=dict(connection.execute("SELECT name, value FROM value")),
        secrets=dict(connection.execute("SELECT name, sealed FROM secret")),
        groups=frozenset(name for (name,) in connection.execute("SELECT name FROM numbered_group")),
        records={
            (type_, id_): Record(record_revision, content)
            for type_, id_, record_revision, content in connection.execute(
                "SELECT type, id, revision, content FROM record"
            )
        },
        revision=revision,
        generation=generation,
        level=level,
    )


def carry_on(connection: sqlite3.Connection, present: State) -> None:
    """Make older tables follow on `present`: the daemons have seen its generation, and clients its revision."""
    connection.execute(
        "UPDATE state SET revision = max(revision, ?), generation = ?, level = ?",
        (present.revision, present.generation, present.level),
    )


def write(connection: sqlite3.Connection, change: Change, now: float) -> None:
    """Write one change, within the transaction that is open."""
    _put(connection, _PUT_VALUE, _DROP_VALUE, change.values.items())
    _put(connection, _PUT_SECRET, _DROP_SECRET, change.secrets.items())
    connection.executemany(
        "INSERT INTO numbered_group (name) VALUES (?)", [(name,) for name in change.groups_added]
    )
    connection.executemany(
        "DELETE FROM numbered_group WHERE name = ?", [(name,) for name in change.groups_removed]
    )
    for (type_, id_), content in change.records.items():
        if content is None:
            connection.execute("DELETE FROM record WHERE type = ? AND id = ?", (type_, id_))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO record (type, id, revision, content) VALUES (?, ?, ?, ?)",
                (type_, id_, change.revision, content),
            )
    if change.forget:
        connection.execute("DELETE FROM history")
    elif change.history:
        _write_history(connection, change, now)
    connection.execute("UPDATE state SET revision = ?", (change.revision,))
    if change.reset is not None:
        connection.execute(
            "UPDATE state SET generation = ?, level = ?", (change.generation, change.reset)
        )


def _put(
    connection: sqlite3.Connection,
    put: str,
    drop: str,
    changes: Iterable[tuple[str, str | bytes | None]],
) -> None:
    for name, value in changes:
        if value is None:
            connection.execute(drop, (name,))
        else:
            connection.execute(put, (name, value))


def _write_history(connection: sqlite3.Connection, change: Change, now: float) -> None:
    cursor = connection.executemany(
        "INSERT INTO history (revision, time, who, name, old, new) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (change.revision, now, change.who, line.name, line.old, line.new)
            for line in change.history
        ],
    )
    cursor.execute(
        "DELETE FROM history WHERE number <= (SELECT max(number) FROM history) - ?", (HISTORY_ROWS,)
    )
