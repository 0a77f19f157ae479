"""The record of a running daemon."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.clock import ManualClock
from common.errors import Unavailable
from common.rules import Search, Told
from daemons.events.record import record
from daemons.events.record.record import BURST, Record
from daemons.events.record.store import State, Store

PORT = "tns1:Device/tnsaxis:IO/Port"


class Desk:
    """A record with a clock of its own, and states that somebody tells."""

    def __init__(self, file: Path) -> None:
        self.clock = ManualClock()
        self.states: list[State] = []
        self.record = Record(Store(file), self.clock, lambda: self.states)

    def note(self, count: int = 1) -> None:
        """Note some events."""
        for number in range(count):
            told = Told(PORT, {"port": "0"}, {"state": str(number)})
            self.record.event(self.clock.time(), told, stateful=True)

    async def found(self, limit: int = 100) -> list[int]:
        """Return how many are missing before each entry, the newest first."""
        return [each.left_out for each in await self.record.search(Search(limit=limit))]


@asynccontextmanager
async def _lean_heap() -> AsyncIterator[None]:
    """Have what other tests have left not looked through meanwhile, as a daemon does with what it began with."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[None]:
    """Run it."""
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks, desk.record.running(tasks):
        yield


async def test_what_was_just_noted_is_found(tmp_path: Path) -> None:
    """Though it is written some time later; and after the end it is still there."""
    desk = Desk(tmp_path / "record.sqlite")
    async with running(desk):
        desk.note(3)
        assert await desk.found() == [0, 0, 0]
        desk.note()
    again = Desk(tmp_path / "record.sqlite")
    async with running(again):
        assert await again.found() == [0, 0, 0, 0]


async def test_too_many_at_once_are_left_out_and_counted(tmp_path: Path) -> None:
    """A storm neither fills the disk nor pushes out all that was before; the next entry says so."""
    desk = Desk(tmp_path / "record.sqlite")
    async with running(desk):
        desk.note(BURST + 500)
        desk.clock.advance(1)
        desk.note(1)
        found = await desk.found(limit=500)
        assert found[0] == 500
        assert not any(found[1:])
        span = await desk.record.between(0, desk.clock.time())
        assert not span.complete


async def test_what_begins_after_a_gap_is_whole_again(tmp_path: Path) -> None:
    """The present states are noted anew, once entries are taken again."""
    desk = Desk(tmp_path / "record.sqlite")
    desk.states = [(1.0, Told(PORT, {"port": "1"}, {"state": "1"}))]
    async with running(desk):
        desk.record.snapshot()
        desk.note(BURST + 500)
        desk.clock.advance(1)
        now = desk.clock.time()
        assert not (await desk.record.between(now, now)).complete
        desk.note(1)
        desk.clock.advance(1)
        now = desk.clock.time()
        assert not (await desk.record.between(now - 2, now)).complete
        desk.clock.advance(1)
        desk.note(1)
        span = await desk.record.between(now, desk.clock.time())
        assert (span.states[0], span.complete) == (desk.states[0], True)


async def test_a_storm_does_not_hold_up_the_loop(tmp_path: Path) -> None:
    """Five seconds of 1,000 events a second, while somebody else's work goes on."""
    desk = Desk(tmp_path / "record.sqlite")
    async with running(desk), _lean_heap():
        busy = 0.0
        for _ in range(100):
            desk.clock.advance(0.05)
            begin = time.thread_time()
            desk.note(50)
            busy += time.thread_time() - begin
            await asyncio.sleep(0)
        assert busy < 0.5  # of five seconds
        assert len(await desk.found(limit=500)) == 500


async def test_a_replay_begins_with_a_snapshot(tmp_path: Path) -> None:
    """At the start, and again and again by itself."""
    desk = Desk(tmp_path / "record.sqlite")
    desk.states = [(1.0, Told(PORT, {"port": "1"}, {"state": "1"}))]
    async with running(desk):
        desk.record.snapshot()
        start = desk.clock.time()
        desk.clock.advance(1)
        desk.note(1500)
        span = await desk.record.between(start, desk.clock.time())
        assert (span.states, len(span.events), span.complete) == (tuple(desk.states), 1500, True)
        desk.clock.advance(1)
        later = await desk.record.between(desk.clock.time(), desk.clock.time())
        assert [told.data["state"] for _, told in later.states] == ["1", "1499"]


async def test_a_reset_wipes_it(tmp_path: Path) -> None:
    """What waits to be written, too; a new record begins."""
    desk = Desk(tmp_path / "record.sqlite")
    async with running(desk):
        desk.note(3)
        await desk.found()
        desk.note(3)
        await desk.record.wipe()
        assert await desk.found() == []
        desk.note()
        assert await desk.found() == [0]


async def test_a_disk_that_takes_nothing_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log; when it is back, the next entry says how many are missing."""
    caplog.set_level(logging.INFO, record.__name__)
    folder = tmp_path / "later"
    desk = Desk(folder / "record.sqlite")
    async with running(desk):
        desk.note(2)
        with pytest.raises(Unavailable):
            await desk.found()
        desk.note(3)
        with pytest.raises(Unavailable):
            await desk.found()
        folder.mkdir()
        desk.note()
        desk.note()
        assert await desk.found() == [0, 5]
    assert [each.levelname for each in caplog.records if each.name == record.__name__] == [
        "ERROR",
        "INFO",
    ]


async def test_a_file_that_is_damaged_meanwhile_is_replaced(tmp_path: Path) -> None:
    """The daemon goes on with an empty one."""
    file = tmp_path / "record.sqlite"
    desk = Desk(file)
    async with running(desk):
        for _ in range(BURST):  # more than SQLite has in mind
            desk.record.event(1.0, Told(PORT, {}, {"long": "x" * 1024}), stateful=False)
        await desk.found()
        damage(file)
        damage(file.with_name("record.sqlite-wal"))
        assert await desk.record.search(Search(text="nothing")) == []
        assert (tmp_path / "record.sqlite.damaged").exists()
        desk.clock.advance(1)
        desk.note()
        assert await desk.found() == [0]


def damage(file: Path) -> None:
    """Overwrite all but the first page, which SQLite has in mind."""
    with file.open("r+b") as content:
        size = content.seek(0, 2)
        content.seek(4096)
        content.write(b"\xff" * (size - 4096))
