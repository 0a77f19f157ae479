"""The amplifier's protection is told, and the amplifier tried again until it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.clock import ManualClock
from daemons.audio.impedance.guard import Guard, Pace
from hw.ports import Protection
from tests.unit.audio_impedance.bench import BenchAmplifier

QUICK = Pace(cool_down_s=0.02, probation_s=0.02)


class Post:
    """A guard, and what it told."""

    def __init__(self) -> None:
        self.amplifier = BenchAmplifier()
        self.amplifier.inside.on_protection = self.moved
        self.told: list[Protection | None] = []
        self.guard = Guard(
            self.amplifier, ManualClock(), lambda: self.told.append(self.guard.state), QUICK
        )

    def moved(self) -> None:
        """Report as a driver would."""
        self.amplifier.changed(Protection(self.amplifier.inside.protection))

    async def until(self, state: Protection) -> None:
        """Wait until the guard says so."""
        async with asyncio.timeout(10):
            while self.guard.state is not state:
                await asyncio.sleep(0.001)


@asynccontextmanager
async def guarded() -> AsyncIterator[Post]:
    """Run a guard for one test."""
    post = Post()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(post.guard.run(), name="guard")
        await post.until(Protection.OK)
        yield post
        task.cancel()


async def test_a_trip_is_told_and_the_amplifier_comes_back_by_itself() -> None:
    """Once each."""
    async with guarded() as post:
        post.amplifier.inside.connect({"fault": "overcurrent"})
        post.amplifier.inside.connect({"fault": None})
        await post.until(Protection.OK)
        assert post.told == [Protection.OK, Protection.OVERCURRENT, Protection.OK]
        assert post.amplifier.resets == 1


async def test_a_lasting_fault_is_one_trip_however_often_it_is_tried() -> None:
    """It trips again at each try, and nobody hears of an amplifier that runs."""
    async with guarded() as post:
        post.amplifier.inside.connect({"fault": "overtemperature"})
        async with asyncio.timeout(10):
            while post.amplifier.resets < 3:
                await asyncio.sleep(0.001)
        assert post.told == [Protection.OK, Protection.OVERTEMPERATURE]
        post.amplifier.inside.connect({"fault": None})
        await post.until(Protection.OK)
        assert post.amplifier.resets == 4


async def test_an_amplifier_found_tripped_is_told_and_tried() -> None:
    """The daemon may have died after the trip."""
    post = Post()
    post.amplifier.inside.connect({"fault": "overcurrent"})
    post.amplifier.inside.connect({"fault": None})
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(post.guard.run(), name="guard")
        await post.until(Protection.OK)
        task.cancel()
    assert post.told == [Protection.OVERCURRENT, Protection.OK]
