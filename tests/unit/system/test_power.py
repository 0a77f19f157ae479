"""Restart, restore and factory default: what happens, and in which order."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from common.errors import Conflict, InvalidValue, NotSupported, Unavailable
from daemons.system import power
from daemons.system.power import Power


class World:
    """Everything the power's parts do, in the order in which they do it."""

    def __init__(self, *, restarters: int = 1, fails: bool = False) -> None:
        self.happened: list[str] = []
        self.pending: list[Callable[[], Coroutine[None, None, None]]] = []
        self.params_away = False
        self._fails = fails
        self.power = Power([self] * restarters, self, self.reset_parameters, self.pending.append)

    async def available(self) -> bool:
        return True

    async def restart(self) -> None:
        self.happened.append("restart")
        if self._fails:
            raise Unavailable("nobody listens")

    def hold(self, cause: str, lasting_s: float = 0.0) -> None:
        self.happened.append(f"LED {cause}")

    def drop(self, cause: str) -> None:
        self.happened.append(f"LED without {cause}")

    async def reset_parameters(self, level: str, who: str) -> None:
        if self.params_away:
            raise Unavailable("params is away")
        self.happened.append(f"{level} by {who}")

    async def go_down(self) -> None:
        await self.pending.pop()()


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "GRACE_S", 0)


@pytest.mark.covers("M-MNT-01", "M-API-01", part="order")
async def test_a_restart_is_answered_before_it_happens() -> None:
    """The one who asked gets the answer; no setting is touched."""
    world = World()
    await world.power.restart("root")
    assert world.happened == []
    assert world.power.going_down
    await world.go_down()
    assert world.happened == ["restart"]


@pytest.mark.covers("M-MNT-02", "M-MNT-04", "M-LED-03", part="order")
@pytest.mark.parametrize("level", ["restore", "factory_default"])
async def test_a_reset_flashes_clears_and_then_restarts(level: str) -> None:
    """The LED first, for clearing takes its time; the restart last."""
    world = World()
    await world.power.reset(level, "root")
    assert world.happened == ["LED reset", f"{level} by root"]
    await world.go_down()
    assert world.happened[-1] == "restart"


@pytest.mark.parametrize("level", ["", "hard", "RESTORE", "never"])
async def test_an_unknown_level_is_refused(level: str) -> None:
    """Nothing is cleared by a guess."""
    world = World()
    with pytest.raises(InvalidValue):
        await world.power.reset(level, "root")
    assert not world.power.going_down


async def test_where_nothing_can_restart_nothing_is_cleared() -> None:
    """A unit that is cleared but runs on would be neither the old nor a new one."""
    world = World(restarters=0)
    for attempt in (world.power.reset("restore", "root"), world.power.restart("root")):
        with pytest.raises(NotSupported):
            await attempt
    assert world.happened == []
    assert not world.power.going_down


async def test_the_unit_goes_down_once() -> None:
    """Who comes second hears that it is happening already."""
    world = World()
    first, second = await asyncio.gather(
        world.power.restart("root"), world.power.reset("restore", "joe"), return_exceptions=True
    )
    assert first is None
    assert isinstance(second, Conflict)
    assert len(world.pending) == 1


async def test_a_reset_that_params_refuses_leaves_the_unit_running() -> None:
    """And it can be tried again."""
    world = World()
    world.params_away = True
    with pytest.raises(Unavailable):
        await world.power.reset("restore", "root")
    assert world.happened == ["LED reset", "LED without reset"]
    assert not world.power.going_down
    world.params_away = False
    await world.power.reset("restore", "root")
    assert len(world.pending) == 1


async def test_a_restart_that_fails_leaves_the_unit_running() -> None:
    """The error is logged, the LED goes back, and the next attempt is welcome."""
    world = World(fails=True)
    await world.power.restart("root")
    await world.go_down()
    assert not world.power.going_down
    await world.power.restart("root")
