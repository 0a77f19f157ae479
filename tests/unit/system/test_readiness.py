"""Whether the unit is ready."""

import asyncio

import pytest

from common.errors import InvalidValue
from daemons.system.readiness import Readiness


def made(*names: str) -> tuple[Readiness, list[bool]]:
    """Return a readiness for these daemons, and what it says of changes."""
    changes: list[bool] = []
    return Readiness(names, changes.append), changes


def test_the_unit_is_ready_when_every_daemon_is_there() -> None:
    """Each change is said once."""
    readiness, changes = made("params", "audio")
    readiness.seen("params", True)
    assert not readiness.ready
    readiness.seen("audio", True)
    readiness.seen("audio", True)
    readiness.seen("audio", False)
    assert changes == [True, False]
    assert readiness.daemons() == {"params": True, "audio": False}


async def test_who_waits_is_answered_as_soon_as_it_is_so() -> None:
    """Not at the end of the time-out."""
    readiness, _ = made("params")
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(readiness.wait(3600), name="waiting")
        await asyncio.sleep(0)
        readiness.seen("params", True)
    assert waiting.result()


async def test_who_does_not_wait_is_answered_at_once() -> None:
    """A time-out of 0 asks, and no more."""
    readiness, _ = made("params")
    assert not await readiness.wait(0)
    readiness.seen("params", True)
    assert await readiness.wait(0)


@pytest.mark.parametrize("timeout_s", [-1, 3601, float("nan")])
async def test_an_odd_time_out_is_refused(timeout_s: float) -> None:
    """Nobody waits for ever."""
    with pytest.raises(InvalidValue):
        await made("params")[0].wait(timeout_s)
