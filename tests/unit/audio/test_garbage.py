"""The engine's process frees what refers to itself, though Python's own collector is off."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Iterator

import pytest

from daemons.audio.realtime import collect_garbage


class Knot:
    """Something that only a collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collector_off() -> Iterator[None]:
    """As `prepare_process` leaves it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("sounds", [True, False])
async def test_what_refers_to_itself_is_freed(sounds: bool) -> None:
    """While something plays as well as in silence."""
    freed = asyncio.Event()
    weakref.finalize(Knot(), freed.set)
    assert not freed.is_set()
    async with asyncio.TaskGroup() as tasks:
        collecting = tasks.create_task(collect_garbage(lambda: sounds, 0.01), name="garbage")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await freed.wait()
        collecting.cancel()
    assert freed.is_set()


async def test_the_old_is_looked_at_in_silence_only() -> None:
    """What outlived a collection waits until nothing plays: looking at everything takes the lock for too long."""
    playing = True
    freed = asyncio.Event()
    knot = Knot()
    weakref.finalize(knot, freed.set)
    gc.collect()  # it is old now
    del knot
    async with asyncio.TaskGroup() as tasks:
        collecting = tasks.create_task(collect_garbage(lambda: playing, 0.01), name="garbage")
        young = asyncio.Event()
        weakref.finalize(Knot(), young.set)
        async with asyncio.timeout(5):
            await young.wait()
        assert not freed.is_set()
        playing = False
        async with asyncio.timeout(5):
            await freed.wait()
        collecting.cancel()
