"""The database file survives what happens to files: damage, lost power, a full disk."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.errors import HardwareFault, StorageFull
from daemons.params.adapters import sqlite, tables
from daemons.params.adapters.sqlite import SqliteStore
from daemons.params.change import Change, Line
from daemons.params.ports import Loaded
from daemons.params.state import State
from tests.contract.bad_disk import BadDisk, after_power_cut, operations
from tests.contract.params_writer import ACKNOWLEDGED

POWER_CUTS = 150


class OpenStore:
    """A store with its state, as the database holds it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore(folder, first_generation=1000)
        self.loaded: Loaded = self.store.open()
        self.state: State = self.loaded.state

    def write(self, **values: str | None) -> None:
        """Commit some values."""
        lines = [Line(name, "", value or "") for name, value in values.items()]
        change = Change("test", values=dict(values), history=lines)
        change.apply(self.state)
        self.store.commit([change], 1.5)

    def again(self) -> "OpenStore":
        """Close and open it."""
        self.store.close()
        return OpenStore(self.folder)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenStore]:
    """An empty store."""
    store = OpenStore(tmp_path)
    yield store
    store.store.close()


def test_everything_comes_back(opened: OpenStore) -> None:
    """Values, secrets, groups, records, counters and history."""
    change = Change(
        "joe",
        values={"A.B": "1", "A.C": "x"},
        secrets={"A.S": b"sealed"},
        groups_added=["G.G0", "G.G1"],
        records={("t", "a"): "{}", ("t", "b"): "{}"},
        reset="restore",
        history=[Line("A.B", "0", "1")],
    )
    change.apply(opened.state)
    opened.store.commit([change], 1.5)
    second = Change(
        "joe", values={"A.C": None}, groups_removed=["G.G0"], records={("t", "b"): None}
    )
    second.apply(opened.state)
    opened.store.commit([second], 2.5)
    expected = opened.state
    back = opened.again()
    assert back.state == expected
    assert not back.loaded.lost
    assert (back.state.revision, back.state.generation, back.state.level) == (2, 1, "restore")
    [entry] = back.store.history(10)
    assert (entry.who, entry.name, entry.old, entry.new, entry.time) == (
        "joe",
        "A.B",
        "0",
        "1",
        1.5,
    )
    back.store.close()


def test_the_history_is_bounded(opened: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest lines make room."""
    monkeypatch.setattr(tables, "HISTORY_ROWS", 10)
    for number in range(25):
        opened.write(**{f"N{number}": "x"})
    assert [entry.name for entry in opened.store.history(99)] == [
        f"N{n}" for n in range(24, 14, -1)
    ]


def test_only_we_can_read_the_files(opened: OpenStore) -> None:
    """Settings are nobody else's business."""
    opened.write(A="1")
    opened.store.back_up()
    assert {path.stat().st_mode & 0o077 for path in opened.folder.iterdir()} == {0}


def test_a_copy_is_whole_and_of_its_own(opened: OpenStore) -> None:
    """The copy holds what was written before it, in one file."""
    opened.write(A="1")
    opened.store.back_up()
    opened.write(A="2")
    opened.store.close()
    backup = opened.folder / "parameters.backup.db"
    assert not list(opened.folder.glob("parameters.backup.db-*"))
    with sqlite3.connect(f"file:{backup}?immutable=1", uri=True) as copy:
        assert dict(copy.execute("SELECT name, value FROM value")) == {"A": "1"}
    copy.close()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[:700],
    "empty": lambda _content: b"",
    "overwritten": lambda content: b"\xff" * len(content),
    "header only": lambda content: content[:100] + bytes(len(content) - 100),
    "no database": lambda _content: b"hello\n" * 1000,
    "flipped pages": lambda content: content[:4096] + content[4096:][::-1],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("backup", ["good", "damaged", "none"])
def test_a_damaged_file_makes_way(opened: OpenStore, damage: str, backup: str) -> None:
    """It is set aside, and its last good copy comes, else the defaults; and it is told."""
    for number in range(50):
        opened.write(**{f"N{number}": "x" * 200})
    opened.store.back_up()
    opened.write(after="the copy")
    opened.store.close()
    for log in opened.folder.glob("parameters.db-*"):
        log.unlink()
    file = opened.folder / "parameters.db"
    damaged = DAMAGES[damage](file.read_bytes())
    file.write_bytes(damaged)
    copy = opened.folder / "parameters.backup.db"
    if backup == "damaged":
        copy.write_bytes(b"\0" * 4096)
    elif backup == "none":
        copy.unlink()

    back = OpenStore(opened.folder)
    assert back.loaded.lost
    assert (opened.folder / "parameters.damaged.db").read_bytes() == damaged
    if backup == "good":
        assert back.loaded.recovered == "backup"
        assert len(back.state.values) == 50
    else:
        assert back.loaded.recovered == "defaults"
        assert back.state == State(generation=1000)
    back.write(life="goes on")
    once_more = back.again()
    assert not once_more.loaded.lost
    assert once_more.state.values["life"] == "goes on"
    once_more.store.close()


def test_a_missing_file_is_replaced_by_its_copy(opened: OpenStore) -> None:
    """Somebody deleted it, or the file system lost it."""
    opened.write(A="1")
    opened.store.back_up()
    opened.store.close()
    for file in opened.folder.glob("parameters.db*"):
        file.unlink()
    back = OpenStore(opened.folder)
    assert (back.loaded.recovered, back.state.values) == ("backup", {"A": "1"})
    back.store.close()


def test_a_file_of_a_newer_version_is_not_touched(opened: OpenStore) -> None:
    """What a later version wrote is set aside whole, not misread."""
    opened.write(A="1")
    opened.store.close()
    with sqlite3.connect(opened.folder / "parameters.db") as connection:
        connection.execute(f"PRAGMA user_version={sqlite.SCHEMA_VERSION + 1}")
    connection.close()
    back = OpenStore(opened.folder)
    assert "version" in back.loaded.lost
    assert not back.state.values
    back.store.close()


def test_what_a_power_cut_left_half_made_is_swept(opened: OpenStore) -> None:
    """Drafts of copies are no copies."""
    opened.store.close()
    for name in ("parameters.backup.db.new", "parameters.db.new", "parameters.db.new-wal"):
        (opened.folder / name).write_bytes(b"half")
    back = OpenStore(opened.folder)
    assert not back.loaded.lost
    assert not list(opened.folder.glob("*.new*"))
    back.store.close()


def test_nothing_is_left_of_what_was_forgotten(opened: OpenStore) -> None:
    """After a factory default the disk holds no word of the one before, in no file."""
    opened.write(name="marker-of-the-owner-before")
    opened.store.back_up()
    for damaged in ("parameters.damaged.db", "parameters.damaged.db-wal"):
        (opened.folder / damaged).write_bytes(b"marker-of-the-owner-before")
    change = Change("joe", values={"name": None}, reset="factory_default", forget=True)
    change.apply(opened.state)
    opened.store.commit([change], 2.0)
    opened.store.forget()
    opened.store.back_up()
    assert opened.store.history(99) == []
    for file in opened.folder.iterdir():
        assert b"marker" not in file.read_bytes(), file.name


def test_a_full_disk_refuses_and_changes_nothing(opened: OpenStore) -> None:
    """The error says so, and the next write that fits is taken."""
    opened.write(A="1")
    limit = "PRAGMA max_page_count"
    connection = opened.store._connected()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"{limit}={pages}")
    too_large = Change("joe", values={f"N{n}": "x" * 500 for n in range(500)})
    before = opened.state.copy()
    too_large.apply(opened.state)
    with pytest.raises(StorageFull):
        opened.store.commit([too_large], 1.0)
    connection.execute(f"{limit}=100000")
    opened.state = before
    opened.write(A="2")
    back = opened.again()
    assert back.state.values == {"A": "2"}
    back.store.close()


def test_a_broken_disk_is_a_hardware_fault(opened: OpenStore) -> None:
    """Anything else that SQLite meets is told as a fault of the storage."""
    opened.write(A="1")
    opened.store._connected().execute("PRAGMA query_only=ON")
    with pytest.raises(HardwareFault):
        opened.write(A="2")


def test_no_power_cut_loses_what_was_acknowledged(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """T-PWR-2: unsynced writes are lost in any order, sectors are torn; acknowledged changes stay, whole.

    A real store works while every write and sync is noted. Then the power is cut after a random operation, and the
    store is opened on each thing the disk may then hold.
    """
    folder = tmp_path / "store"
    folder.mkdir()
    first = OpenStore(folder)
    first.write(**{"Pair.First": "0", "Pair.Second": "0"})
    first.store.close()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    disk = BadDisk(tmp_path, watched=f"{folder}/parameters.")
    environment = disk.environment | {"DISK_JOURNAL": str(disk.journal), "PATH": "/usr/bin:/bin"}
    subprocess.run(
        [sys.executable, "-P", "-m", "tests.contract.params_writer", folder, "400"],
        env=environment,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    disk.close()
    done = list(operations(disk.journal))
    syncs_of_database = sum(o.kind == "s" and o.name == "parameters.db" for o in done)
    assert syncs_of_database > 2, "the run must see checkpoints"
    chance = random.Random(20261122)
    lost_unsynced = 0
    for number in range(POWER_CUTS):
        moment = chance.randrange(1, len(done) + 1)
        acknowledged = sum(o.name == ACKNOWLEDGED for o in done[:moment])
        left = tmp_path / f"cut{number}"
        left.mkdir()
        for name, content in after_power_cut(before, done[:moment], chance).items():
            if name != ACKNOWLEDGED and not name.endswith("-shm"):
                (left / name).write_bytes(content)
        back = OpenStore(left)
        assert not back.loaded.lost, f"cut {number} after operation {moment}"
        pair = int(back.state.values["Pair.First"])
        assert back.state.values["Pair.Second"] == f"{pair}"
        assert acknowledged <= pair <= acknowledged + 1
        assert back.state.revision == pair + 1
        lost_unsynced += pair == acknowledged
        back.store.close()
    figure(f"{POWER_CUTS} power cuts among {len(done)} operations: 0 acknowledged changes lost")
    assert lost_unsynced > 0
