"""The settings over an upgrade and back: what a newer version leaves, and what was kept for the way back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from common.bus.suite import HTTP, PARAMS, SYSTEM
from common.errors import NotPermitted
from common.params.client import ParamsClient
from common.params.kinds import Access
from daemons.params.adapters import sqlite
from daemons.params.adapters.files import Files
from daemons.params.adapters.sqlite import SqliteStore
from daemons.params.change import Change
from daemons.params.state import State
from tests.contract.private_bus import PrivateBus

NEWER_ADDITIVE = """
ALTER TABLE value ADD COLUMN source TEXT NOT NULL DEFAULT 'person';
ALTER TABLE secret ADD COLUMN seal INTEGER NOT NULL DEFAULT 1;
ALTER TABLE numbered_group ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE record ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE state ADD COLUMN schema INTEGER NOT NULL DEFAULT 2;
CREATE TABLE zone (name TEXT PRIMARY KEY, units TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO zone VALUES ('hall', 'a,b');
INSERT INTO value VALUES ('Zone.Z0.Name', 'hall', 'migration');
UPDATE value SET name = 'Network.Renamed.HostName' WHERE name = 'Network.HostName';
"""
"""What a later version may do to the tables of this one without a word (decision 0027)."""


class Unit:
    """A params folder, opened by one version after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore(folder, first_generation=1000)
        self.state: State = self.store.open().state

    def write(self, reset: str | None = None, **values: str) -> None:
        """Commit some values."""
        change = Change("joe", values=dict(values), reset=reset, forget=reset == "factory_default")
        change.apply(self.state)
        self.store.commit([change], 1.5)

    def start_again(self, newer: str = "") -> None:
        """Close it, let a newer version work on the file, and open it with this one."""
        self.store.close()
        if newer:
            with closing(sqlite3.connect(self.folder / "parameters.db")) as connection:
                connection.executescript(newer)
        self.store = SqliteStore(self.folder, first_generation=1000)
        self.loaded = self.store.open()
        self.state = self.loaded.state


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    """A unit with settings and records of every kind."""
    unit = Unit(tmp_path)
    change = Change(
        "joe",
        values={"Network.HostName": "hall", "A.B": "1"},
        secrets={"A.S": b"sealed"},
        groups_added=["G.G0"],
        records={("t", "a"): "{}"},
    )
    change.apply(unit.state)
    unit.store.commit([change], 1.5)
    return unit


@pytest.mark.covers("M-MNT-08", "M-MNT-10", part="this version starts on a later one's settings")
def test_this_version_starts_and_writes_on_what_a_later_one_has_added(unit: Unit) -> None:
    """Nothing is lost, nothing counts as damaged, and every kind of write still works."""
    unit.start_again(NEWER_ADDITIVE)
    assert not unit.loaded.lost
    assert unit.state.values["A.B"] == "1"
    assert unit.state.values["Zone.Z0.Name"] == "hall"
    assert unit.state.secrets == {"A.S": b"sealed"}
    change = Change(
        "joe",
        values={"A.B": "2"},
        secrets={"A.S": b"other", "A.T": b"more"},
        groups_added=["G.G1"],
        groups_removed=["G.G0"],
        records={("t", "a"): "[]", ("t", "b"): "{}"},
        reset="restore",
    )
    change.apply(unit.state)
    unit.store.commit([change], 1.5)
    expected = unit.state
    unit.start_again()
    assert unit.state == expected


@pytest.mark.covers("M-MNT-08", part="settings come back")
def test_what_was_kept_comes_back_at_the_next_start_only_when_asked(unit: Unit) -> None:
    """The counters go on, since daemons and clients have seen them."""
    unit.store.keep()
    unit.start_again(NEWER_ADDITIVE)
    unit.write(**{"A.B": "9"})
    unit.write(reset="restore", **{"A.B": "8"})
    revision, generation = unit.state.revision, unit.state.generation
    unit.start_again()
    assert unit.state.values["A.B"] == "8"
    assert unit.store.put_back_next_time()
    unit.start_again()
    assert unit.state.values == {"Network.HostName": "hall", "A.B": "1"}
    assert (unit.state.revision, unit.state.generation) == (revision, generation)
    assert unit.state.level == "restore"
    unit.write(**{"A.B": "3"})
    unit.start_again()
    assert unit.state.values["A.B"] == "3", "it was put back twice"
    assert not unit.store.put_back_next_time()


@pytest.mark.covers("M-MNT-08", part="settings that this version cannot read")
@pytest.mark.parametrize("kept", [True, False])
def test_a_file_that_this_version_would_misread_makes_way_for_what_was_kept(
    unit: Unit, kept: bool
) -> None:
    """Also when nobody could say before that it would be needed; without it the unit tells of the loss."""
    if kept:
        unit.store.keep()
    unit.start_again(f"PRAGMA user_version={sqlite.SCHEMA_VERSION + 1}; DROP TABLE value;")
    assert bool(unit.loaded.lost) == (not kept)
    assert unit.state.values == ({"Network.HostName": "hall", "A.B": "1"} if kept else {})


def test_damaged_copies_are_not_put_back(unit: Unit) -> None:
    """What is there is better than what cannot be believed."""
    unit.store.keep()
    assert unit.store.put_back_next_time()
    (unit.folder / "parameters.kept.db").write_bytes(b"not a database at all" * 400)
    unit.write(**{"A.B": "9"})
    unit.start_again()
    assert not unit.loaded.lost
    assert unit.state.values["A.B"] == "9"
    assert not unit.store.put_back_next_time()


class _Cut(Exception):
    pass


@pytest.mark.parametrize("step", ["draft_of_kept", "accept_database", "drop_kept"])
def test_a_power_cut_while_putting_back_is_made_up_for(
    unit: Unit, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Before or after each step that touches the disk."""
    unit.store.keep()
    unit.write(**{"A.B": "9"})
    assert unit.store.put_back_next_time()
    unit.store.close()
    real: Callable[[Files], object] = getattr(Files, step)

    def cut_before(_self: Files) -> None:
        raise _Cut

    def cut_after(self: Files) -> None:
        real(self)
        raise _Cut

    for cut in (cut_before, cut_after):
        with monkeypatch.context() as patch:
            patch.setattr(Files, step, cut)
            with pytest.raises(_Cut):
                SqliteStore(unit.folder).open()
        if step == "drop_kept" and cut is cut_after:
            break
    store = SqliteStore(unit.folder)
    assert store.open().state.values["A.B"] == "1"
    store.close()


async def test_a_factory_default_gives_up_the_way_back_and_only_system_may_use_it(
    bus: PrivateBus,
) -> None:
    """What was wiped must not come back; a restore, which may be part of an upgrade, leaves it."""
    await bus.start(PARAMS)
    async with bus.joined(SYSTEM) as system:
        params = ParamsClient(system)
        await params.wait()
        await params.bus.update({"StatusLed.FlashInterval": "9"}, int(Access.ADMIN), "joe", True)
        await params.bus.keep()
        await params.bus.reset("restore", "joe")
        assert (bus.state / "params" / "parameters.kept.db").exists()
        await params.bus.reset("factory_default", "joe")
        assert not await params.bus.put_back()
        found = b"".join(path.read_bytes() for path in (bus.state / "params").glob("parameters*"))
        assert b"FlashInterval" not in found
        await params.bus.keep()
        await params.bus.drop_kept()
        assert not await params.bus.put_back()
    async with bus.joined(HTTP) as http:
        stranger = ParamsClient(http)
        await stranger.wait()
        for call in (stranger.bus.keep, stranger.bus.put_back, stranger.bus.drop_kept):
            with pytest.raises(NotPermitted):
                await call()
