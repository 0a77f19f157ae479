"""The parameter database: durable writes beside a bare fsync, readings beside an empty call."""

import asyncio
import itertools
import os
import time
from collections.abc import Awaitable, Callable

from bench.figures import Figure, Table, at_most, median, milliseconds, spread
from common.bus.suite import HTTP, PARAMS
from common.params.client import ParamsClient
from common.params.kinds import Access
from tests.contract.private_bus import PrivateBus, private_bus

ROUNDS = 6
WRITES = 40
READINGS = 200
LISTS = 10
WRITE_TIMES = 1.5
READ_TIMES = 2.0
LIST_LIMIT_S = 0.015
LIST_OF = 1000
BLOCK = bytes(4096)
PARAMETER = "StatusLed.FlashInterval"

Times = list[float]


def measure() -> Table:
    """Measure a params daemon on a bus of its own."""
    with private_bus() as bus:
        return asyncio.run(_measure(bus))


async def _measure(bus: PrivateBus) -> Table:
    writes, syncs, readings, empties, lists = Times(), Times(), Times(), Times(), Times()
    await bus.start(PARAMS)
    async with bus.joined(HTTP) as connection:
        client = ParamsClient(connection)
        await client.wait()
        values = itertools.cycle(("5", "6"))

        async def write() -> None:
            await client.bus.update({PARAMETER: next(values)}, int(Access.ADMIN), "bench", True)

        async def read() -> None:
            await client.bus.select([PARAMETER], int(Access.ADMIN))

        async def read_all() -> None:
            await client.bus.select([""], int(Access.ADMIN))

        async def nothing() -> None:
            await client.bus.generation()

        with (bus.state / "bench.sync").open("wb", buffering=0) as file:

            async def sync() -> None:
                file.write(BLOCK)
                os.fsync(file.fileno())

            for _ in range(ROUNDS):
                syncs += await _times(sync, WRITES)
                writes += await _times(write, WRITES)
                empties += await _times(nothing, READINGS)
                readings += await _times(read, READINGS)
                lists += await _times(read_all, LISTS)
        count = len((await client.bus.select([""], int(Access.ADMIN)))[0][1])

    thousand = median(lists) * LIST_OF / count
    return Table(
        "Parameters over the bus",
        (
            Figure(
                "durable write of one parameter",
                spread(writes),
                f"fsync of 4 KiB in the same folder: {spread(syncs)}",
                f"median <= {WRITE_TIMES} x fsync",
                at_most(median(writes), WRITE_TIMES * median(syncs)),
            ),
            Figure(
                "reading of one parameter",
                spread(readings),
                f"empty call: {spread(empties)}",
                f"median <= {READ_TIMES:g} x empty call",
                at_most(median(readings), READ_TIMES * median(empties)),
            ),
            Figure(
                f"list of the whole tree, {count} parameters",
                spread(lists),
                f"for {LIST_OF}: {milliseconds(thousand)}",
                f"{LIST_OF} <= {milliseconds(LIST_LIMIT_S)}",
                at_most(thousand, LIST_LIMIT_S),
            ),
        ),
    )


async def _times(action: Callable[[], Awaitable[None]], count: int) -> Times:
    times: Times = []
    for _ in range(count):
        started = time.perf_counter()
        await action()
        times.append(time.perf_counter() - started)
    return times
