"""The params daemon is killed, starved and crowded, and loses nothing that it has acknowledged."""

import asyncio
import errno
import random
import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from common.bus.suite import EVENTS, HTTP, PARAMS, SYSTEM, Member
from common.errors import ApplianceError, HardwareFault, StorageFull, Unavailable
from common.params.kinds import Access
from tests.contract.bad_disk import BadDisk
from tests.contract.params_rig import Caller, caller
from tests.contract.private_bus import PrivateBus, eventually

KILLS = 200
WRITERS = 8
START_LIMIT_S = 1.0
Figure = Callable[[str], None]
NAMES = ("Audio.MaxListeners", "Audio.DSCP", "Audio.ReceiverBuffer")


class Writer:
    """One client that counts up a pair of values, and knows which counts were acknowledged."""

    def __init__(self, caller_: Caller, number: int) -> None:
        self.group = f"StreamProfile.S{number}"
        self.caller = caller_
        self.attempted = 0
        self.acknowledged = 0
        self.answers = 0

    async def write_forever(self) -> None:
        """Count up while the daemon answers; which it does not do for long."""
        while True:
            self.attempted += 1
            text = f"{self.attempted}"
            changes = {f"{self.group}.Name": text, f"{self.group}.Description": text}
            try:
                _revision, refused = await self.caller.params.update(
                    changes, Access.OPERATOR, "writer", True
                )
            except Unavailable:
                return
            assert refused == {}
            self.acknowledged = self.attempted
            self.answers += 1

    async def check(self) -> None:
        """The stored pair is whole, and no older than what was acknowledged."""
        values = await self.caller.values(self.group)
        stored = int(values[f"{self.group}.Name"] or 0)
        assert values[f"{self.group}.Description"] == (f"{stored}" if stored else "")
        assert self.acknowledged <= stored <= self.attempted
        self.acknowledged = self.attempted = stored


@asynccontextmanager
async def writers(bus: PrivateBus, count: int) -> AsyncIterator[list[Writer]]:
    """Make the groups and the clients, on the connection of the edge, which alone writes for people."""
    async with caller(bus, HTTP) as http:
        made = []
        for number in range(count):
            letter, _ = await http.params.add(
                "streamprofile", "StreamProfile", {}, False, Access.ADMIN, "test"
            )
            assert letter == f"S{number}"
            made.append(Writer(http, number))
        yield made


@pytest.mark.timeout(400)
async def test_no_kill_loses_an_acknowledged_write(bus: PrivateBus, figure: Figure) -> None:
    """T-PWR-1: 200 SIGKILLs at random moments while eight clients write."""
    chance = random.Random()
    daemon = await bus.start(PARAMS)
    starts = []
    async with writers(bus, WRITERS) as clients:
        for _kill in range(KILLS):
            async with asyncio.TaskGroup() as tasks:
                for client in clients:
                    tasks.create_task(client.write_forever(), name=client.group)
                await asyncio.sleep(chance.uniform(0.0, 0.12))
                daemon.kill()
            begun = time.monotonic()
            daemon = await bus.start(PARAMS)
            starts.append(time.monotonic() - begun)
            for client in clients:
                await client.check()
    answers = sum(client.answers for client in clients)
    assert "damaged" not in daemon.log
    figure(
        f"{KILLS} kills, {answers} acknowledged writes, 0 lost, 0 corrupt; "
        f"start median {statistics.median(starts):.2f} s, worst {max(starts):.2f} s"
    )
    assert answers > KILLS
    assert statistics.median(starts) <= START_LIMIT_S


@pytest.mark.timeout(300)
async def test_many_writers_of_one_group_leave_a_complete_write(
    bus: PrivateBus, figure: Figure
) -> None:
    """W8: 16 writers x 500 updates, four readers, and a kill in between."""
    group = "StreamProfile.S0"
    names = [f"{group}.{name}" for name in ("Description", "Name", "Parameters")]
    daemon = await bus.start(PARAMS)
    reads = 0
    answered = 0

    async with writers(bus, 1):
        pass  # the group is made
    async with (
        caller(bus, EVENTS) as events,
        caller(bus, HTTP) as http,
    ):

        async def write(number: int) -> None:
            nonlocal answered
            for count in range(500):
                changes = dict.fromkeys(names, f"{number}-{count}")
                try:
                    await http.params.update(changes, Access.OPERATOR, "writer", True)
                except Unavailable:
                    await asyncio.sleep(0.05)
                else:
                    answered += 1

        async def read() -> None:
            nonlocal reads
            while True:
                try:
                    values = await events.values(group)
                except Unavailable:
                    await asyncio.sleep(0.05)
                    continue
                assert list(values) == names
                assert len(set(values.values())) == 1, "half a write was seen"
                reads += 1

        begun = time.monotonic()
        async with asyncio.TaskGroup() as readers:
            reading = [readers.create_task(read(), name="reader") for _ in range(4)]
            async with asyncio.TaskGroup() as tasks:
                for number in range(16):
                    tasks.create_task(write(number), name=f"writer {number}")
                await eventually(lambda: answered > 2000, "some writes", 60)
                daemon.kill()
                daemon = await bus.start(PARAMS)
            for task in reading:
                task.cancel()
        seconds = time.monotonic() - begun
        last = set((await http.values(group)).values())
    assert len(last) == 1
    assert re.fullmatch(r"\d+-\d+", last.pop())
    assert answered > 7000
    figure(
        f"{answered} updates and {reads} reads in {seconds:.1f} s with one kill; every read whole"
    )


async def test_a_stalled_disk_stalls_nobody_who_reads(bus: PrivateBus, tmp_path: Path) -> None:
    """Reads are answered from memory and the watchdog is fed while a write waits for the disk."""
    disk = BadDisk(tmp_path, watched="/params/parameters.")
    await bus.start(PARAMS, **disk.environment)
    async with caller(bus, HTTP) as http:
        disk.stall(1500)
        begun = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(http.set({"Audio.MaxListeners": "7"}), name="writer")
            slowest = 0.0
            while not writing.done():
                asked = time.monotonic()
                await http.values("Audio")
                slowest = max(slowest, time.monotonic() - asked)
        assert time.monotonic() - begun >= 1.5, "the disk must have been slow"
        assert slowest < 0.5
        disk.work()
    disk.close()


async def prepared(caller_: Caller) -> None:
    """Bring the database into the state from which each fault is tried."""
    await caller_.set({"Audio.MaxListeners": "1", "Audio.DSCP": "1", "Audio.ReceiverBuffer": "1"})


async def one_update(caller_: Caller) -> None:
    """Write three values that belong together."""
    refused = await caller_.set(
        {"Audio.MaxListeners": "2", "Audio.DSCP": "2", "Audio.ReceiverBuffer": "2"}, atomic=True
    )
    assert refused == {}


async def one_reset(caller_: Caller) -> None:
    """Clear everything."""
    await caller_.params.reset("factory_default", "test")


OLD, NEW, DEFAULT = {"1"}, {"2"}, {"20", "0", "120"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("work", "by", "new", "error"),
    [
        (one_update, HTTP, NEW, errno.ENOSPC),
        (one_update, HTTP, NEW, errno.EIO),
        (one_reset, SYSTEM, DEFAULT, errno.EIO),
    ],
    ids=["update-full", "update-broken", "reset-broken"],
)
async def test_a_fault_at_any_call_leaves_the_old_or_the_new(
    bus: PrivateBus,
    tmp_path: Path,
    figure: Figure,
    work: Callable[[Caller], Awaitable[None]],
    by: Member,
    new: set[str],
    error: int,
) -> None:
    """T-PWR-3: the Nth write, sync or truncation fails, for every N of one transaction.

    What was acknowledged is there after a kill; what was refused was told, and memory and disk hold either the
    old or the new values, whole.
    """
    disk = BadDisk(tmp_path, watched="/params/parameters.")
    refusals = 0
    call = 0
    async with AsyncExitStack() as callers:
        http = await callers.enter_async_context(caller(bus, HTTP))
        worker = http if by is HTTP else await callers.enter_async_context(caller(bus, by))
        daemon = await bus.start(PARAMS, **disk.environment)
        while True:
            call += 1
            await prepared(http)
            disk.fail(call, error)
            told: ApplianceError | None = None
            try:
                await work(worker)
            except (StorageFull, HardwareFault) as refusal:
                told = refusal
            failed = disk.failed
            disk.work()
            in_memory = set((await http.values(*NAMES)).values())
            assert in_memory == (new if told is None else OLD)
            refusals += told is not None
            daemon.kill()
            daemon = await bus.start(PARAMS, **disk.environment)
            on_disk = set((await http.values(*NAMES)).values())
            assert on_disk == new or (told is not None and on_disk == OLD)
            if not failed:
                break
        assert "damaged" not in daemon.log
    disk.close()
    figure(f"{call - 1} calls failed in turn, {refusals} told the caller, every state whole")
    assert call > 3
    assert refusals >= 2
