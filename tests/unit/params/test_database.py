"""The database writes in the order of arrival, tells before it answers, and believes only the store."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from common.clock import ManualClock
from common.errors import Conflict, StorageFull, Unavailable
from common.params.kinds import Access
from common.params.view import HistoryEntry
from daemons.params import database as module
from daemons.params.change import Change
from daemons.params.database import Database
from daemons.params.ports import Loaded
from daemons.params.state import State
from daemons.params.tree import Tree
from tests.unit.params.example import registry, sealer


class Disk:
    """A store in memory that can wait, refuse and break."""

    def __init__(self) -> None:
        self.commits: list[list[Change]] = []
        self.copies = 0
        self.forgotten = 0
        self.refusal: Exception | None = None
        self.free = threading.Event()
        self.free.set()
        self.entered = threading.Event()

    def open(self) -> Loaded:
        """Know nothing."""
        return Loaded(State(values={"Network.OldName": "lobby"}))

    def commit(self, changes: Sequence[Change], now: float) -> None:
        """Take the changes when there is leave to."""
        self.entered.set()
        self.free.wait(10)
        if self.refusal is not None:
            raise self.refusal
        self.commits.append(list(changes))

    def history(self, limit: int) -> list[HistoryEntry]:
        """Return one line of each kind of right."""
        return [
            HistoryEntry(1, 0.0, "joe", name, "", "")
            for name in ("Audio.Gain", "Network.Keys", "Gone.Name")
        ][:limit]

    async def busy(self) -> None:
        """Return when a commit has begun."""
        assert await asyncio.to_thread(self.entered.wait, 10)

    def stop(self) -> None:
        """Let the next commit wait."""
        self.free.clear()
        self.entered.clear()

    def back_up(self) -> None:
        """Count."""
        self.copies += 1

    def forget(self) -> None:
        """Count."""
        self.forgotten += 1

    def keep(self) -> None:
        """Nothing is kept here: `test_updating.py` has that."""
        raise NotImplementedError

    def put_back_next_time(self) -> bool:
        """Nothing is kept here."""
        raise NotImplementedError

    def drop_kept(self) -> None:
        """Nothing is kept here."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def running(disk: Disk) -> AsyncIterator[Database]:
    """Run a database on `disk` until the block ends."""
    database = Database(registry(), disk, sealer(), ManualClock())
    async with asyncio.TaskGroup() as tasks, database.running(tasks):
        yield database


async def put(database: Database, name: str, value: str) -> int:
    """Write one value; returns the revision."""

    def plan(_tree: Tree) -> tuple[Change, None]:
        return Change("joe", values={name: value}, told={name: value}), None

    change, _ = await database.write(plan)
    return change.revision


async def test_what_an_older_version_stored_is_brought_in_line_at_start() -> None:
    """Before anybody can ask."""
    disk = Disk()
    async with running(disk) as database:
        assert database.tree.state.values == {"Network.Name": "lobby"}
        assert len(disk.commits) == 1


async def test_requests_that_wait_together_are_written_together() -> None:
    """One transaction of the store, one signal and one revision each, in order of arrival."""
    disk = Disk()
    async with running(disk) as database:
        told: list[dict[str, str]] = []
        database.listen(lambda change: told.append(change.told))
        disk.stop()
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(put(database, "A.A", "1"), name="first")
            await disk.busy()
            others = [
                tasks.create_task(put(database, "A.A", f"{number}"), name=f"{number}")
                for number in range(2, 10)
            ]
            await asyncio.sleep(0)
            assert not told
            assert "A.A" not in database.tree.state.values
            disk.free.set()
        assert [len(batch) for batch in disk.commits] == [1, 1, 8]
        assert [first.result(), *(other.result() for other in others)] == list(range(2, 11))
        assert [change["A.A"] for change in told] == [f"{number}" for number in range(1, 10)]
        assert database.tree.state.values["A.A"] == "9"


async def test_a_plan_sees_what_came_before_it_in_the_batch() -> None:
    """Two who both want to be first do not both succeed."""
    disk = Disk()

    def plan(tree: Tree) -> tuple[Change, None]:
        if "A.A" in tree.state.values:
            raise Conflict("taken")
        return Change("joe", values={"A.A": "x"}), None

    async with running(disk) as database:
        results = await asyncio.gather(
            *(database.write(plan) for _ in range(5)), return_exceptions=True
        )
        assert sum(isinstance(result, Conflict) for result in results) == 4


async def test_a_plan_that_fails_harms_nobody_else() -> None:
    """Its error is its caller's alone, whatever it is."""

    def broken(_tree: Tree) -> tuple[Change, None]:
        raise ZeroDivisionError

    async with running(Disk()) as database:
        failed, written = await asyncio.gather(
            database.write(broken), put(database, "A.A", "1"), return_exceptions=True
        )
        assert isinstance(failed, ZeroDivisionError)
        assert written == 2


async def test_what_the_store_refuses_has_not_happened() -> None:
    """Every caller of the batch is told, memory stays, nobody hears of it, and the next write goes on."""
    disk = Disk()
    async with running(disk) as database:
        told: list[Change] = []
        database.listen(told.append)
        disk.refusal = StorageFull("there is no room")
        results = await asyncio.gather(
            put(database, "A.A", "1"), put(database, "A.B", "2"), return_exceptions=True
        )
        assert all(isinstance(result, StorageFull) for result in results)
        assert "A.A" not in database.tree.state.values
        assert not told
        disk.refusal = None
        assert await put(database, "A.A", "3") == 2


async def test_a_damaged_store_takes_the_daemon_down() -> None:
    """The next start sets the file aside and brings the last good copy."""
    disk = Disk()

    async def live() -> None:
        async with running(disk) as database:
            disk.refusal = RuntimeError("the file is damaged")
            await put(database, "A.A", "1")

    with pytest.raises(ExceptionGroup) as failure:
        await live()
    assert failure.group_contains(RuntimeError, match="damaged")


async def test_there_is_an_end_to_waiting_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """More requests than the queue takes are refused at once."""
    monkeypatch.setattr(module, "LONGEST_QUEUE", 3)
    disk = Disk()
    async with running(disk) as database:
        disk.stop()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(put(database, "A.A", "0"), name="being written")
            await disk.busy()
            for number in range(3):
                tasks.create_task(put(database, "A.A", f"{number}"), name=f"{number}")
            await asyncio.sleep(0)
            with pytest.raises(Unavailable, match="too many"):
                await put(database, "A.A", "4")
            disk.free.set()


async def test_copies_are_made_after_many_changes_and_after_a_reset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And one at start, when the file has just been found good."""
    monkeypatch.setattr(module, "BACKUP_AFTER_CHANGES", 5)
    disk = Disk()
    async with running(disk) as database:
        for number in range(3):
            await put(database, "A.A", f"{number}")
        assert disk.copies == 1
        for number in range(3):
            await put(database, "A.B", f"{number}")
        assert disk.copies == 2
        await database.write(lambda _tree: (Change("joe", reset="restore"), None))
        assert (disk.copies, disk.forgotten) == (3, 1)


async def test_nothing_to_write_is_not_written() -> None:
    """An empty change has the revision of what is."""
    disk = Disk()
    async with running(disk) as database:
        change, answer = await database.write(lambda _tree: (Change("joe"), "answer"))
        assert (change.revision, answer) == (1, "answer")
        assert len(disk.commits) == 1


async def test_the_history_shows_what_one_may_read() -> None:
    """What nobody declares any more is for administrators."""
    async with running(Disk()) as database:
        names = [entry.name for entry in await database.history(10, Access.VIEWER)]
        assert names == ["Audio.Gain"]
        assert len(await database.history(10, Access.ADMIN)) == 3
