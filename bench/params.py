"""A setting's way to the disk beside a bare sync, and its way out of memory beside an empty call."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from io import FileIO
from pathlib import Path

from bench.figures import Figure, Table, at_least, at_most, median, milliseconds, spread
from bench.processes import pss_bytes
from common.bus.suite import HTTP, PARAMS
from common.params.kinds import Access
from common.paths import LIBRARY
from tests.contract.params_rig import Caller, caller
from tests.contract.private_bus import PrivateBus, RunningDaemon, private_bus

ROUNDS = 300
WRITERS = 16
PAGES_OF_A_CHANGE = 4
"""What the log of one change takes in the main: the value, its history, the counter, and their parents."""
OVER_A_SYNC_S = 0.004
START_S = 1.0


def measure() -> Table:
    """Measure on the disk that holds the work tree."""
    folder = Path(tempfile.mkdtemp(prefix=".bench-params-", dir=LIBRARY))
    try:
        with private_bus() as bus:
            return asyncio.run(_measure(bus, folder))
    finally:
        shutil.rmtree(folder)


async def _measure(bus: PrivateBus, folder: Path) -> Table:
    begun = time.monotonic()
    daemon = await bus.start(PARAMS, C8210_STATE=str(folder))
    started_s = time.monotonic() - begun
    with (folder / "bare").open("wb", buffering=0) as bare:
        async with caller(bus, HTTP) as http:
            syncs, commits = await _alternately(_bare_sync(bare), _update(http))
            crowd_s = await _crowd(http)
            calls, reads = await _alternately(_empty_call(http), _read(http, "Brand"))
            _calls, trees = await _alternately(_empty_call(http), _read(http, ""))
    return Table(
        "Parameters",
        (
            Figure(
                "one change, acknowledged from the disk",
                spread(commits),
                f"bare write and sync: {spread(syncs)}",
                f"<= sync + {milliseconds(OVER_A_SYNC_S)}",
                at_most(median(commits), median(syncs) + OVER_A_SYNC_S),
            ),
            Figure(
                f"changes by {WRITERS} clients at once",
                f"{1 / crowd_s:.0f}/s",
                f"one sync each would be {1 / median(syncs):.0f}/s",
                ">= one by one",
                at_least(1 / crowd_s, 1 / median(commits)),
            ),
            Figure(
                "read a group of seven", spread(reads), f"empty call to the same: {spread(calls)}"
            ),
            Figure("read the whole tree", spread(trees)),
            *_process(daemon, started_s),
        ),
        ("The sync is of as many pages, appended to a file beside the database.",),
    )


def _process(daemon: RunningDaemon, started_s: float) -> tuple[Figure, ...]:
    return (
        Figure(
            "process to ready",
            f"{started_s:.2f} s",
            "",
            f"<= {START_S:.0f} s",
            at_most(started_s, START_S),
        ),
        Figure("memory (PSS)", f"{pss_bytes(daemon.process.pid) / 1e6:.1f} MB"),
    )


Work = Callable[[int], Awaitable[object]]


async def _alternately(one: Work, other: Work) -> tuple[list[float], list[float]]:
    """Return what each took, turn by turn, so that both meet the same disk and the same load."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS):
        for work, taken in zip((one, other), times, strict=True):
            begun = time.perf_counter()
            await work(number)
            taken.append(time.perf_counter() - begun)
    return times


def _bare_sync(file: FileIO) -> Work:
    async def work(_number: int) -> None:
        file.write(b"x" * 4096 * PAGES_OF_A_CHANGE)
        os.fdatasync(file.fileno())

    return work


def _update(http: Caller) -> Work:
    async def work(number: int) -> None:
        await http.set({"AudioSource.A0.Name": f"{number}"})

    return work


def _read(http: Caller, group: str) -> Work:
    return lambda _number: http.params.select([group], Access.VIEWER)


def _empty_call(http: Caller) -> Work:
    return lambda _number: http.params.generation()


async def _crowd(http: Caller) -> float:
    """Return the mean time of a change when many are made at once."""
    names = ["Audio.MaxListeners", "Audio.DSCP", "Audio.ReceiverBuffer", "Audio.ReceiverTimeout"]

    async def client(number: int) -> None:
        for turn in range(ROUNDS // 2):
            await http.set({names[number % len(names)]: f"{(number + turn) % 20}"})

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(WRITERS):
            tasks.create_task(client(number), name=f"client {number}")
    return (time.perf_counter() - begun) / (WRITERS * (ROUNDS // 2))
