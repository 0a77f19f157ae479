"""The power goes at every single step of an upgrade: the unit always comes up with one whole version."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from common.update import Step
from daemons.system.update.record import After, Record, after_start
from hw.slots import Bundle
from tests.unit.system.test_upgrades import upgrade
from tests.unit.system.update_machine import COMPATIBLE, NEW, OLD, Machine, PowerCut, Started

SETTLED = (Step.IDLE, Step.TRIAL)


async def standard(machine: Machine, unit: Started) -> None:
    """Upgrade, keeping all settings."""
    await upgrade(unit)


async def wiped(machine: Machine, unit: Started) -> None:
    """Upgrade with a factory default."""
    await upgrade(unit, factory_default_mode="hard")


async def softly(machine: Machine, unit: Started) -> None:
    """Upgrade with a restore."""
    await upgrade(unit, factory_default_mode="soft")


async def second(machine: Machine, unit: Started) -> None:
    """Upgrade once more."""
    machine.bundle = Bundle(COMPATIBLE, "12.9.2")
    await upgrade(unit)


async def back(machine: Machine, unit: Started) -> None:
    """Roll back."""
    await unit.upgrades.rollback("root")


async def confirmed(machine: Machine, unit: Started) -> None:
    """Confirm what runs."""
    await unit.trial.tick()


Work = Callable[[Machine, Started], Coroutine[Any, Any, None]]
STEPS = 16
"""More than any of these has."""
MOST_RESTARTS = 10


async def prepared(work: Work) -> tuple[Machine, Started]:
    """Return a machine on which `work` can be done."""
    machine = Machine()
    unit = await machine.boot()
    if work in (second, back, confirmed):
        await upgrade(unit)
        unit = await machine.boot()
        if work is not confirmed:
            await unit.trial.tick()
    return machine, unit


@pytest.mark.covers("M-MNT-09", "M-MNT-11", part="power cut at every step")
@pytest.mark.parametrize("crash", [False, True], ids=["power cut", "killed"])
@pytest.mark.parametrize("at", range(STEPS))
@pytest.mark.parametrize("work", [standard, wiped, softly, second, back, confirmed])
async def test_whatever_step_is_cut_off_one_whole_version_runs(
    work: Work, at: int, crash: bool
) -> None:
    """And the unit comes to rest with it, or waits for its confirmation; what was promised holds."""
    machine, unit = await prepared(work)
    before = machine.versions[machine.running]
    machine.done.clear()
    restarts, machine.cut_at = machine.restarts, at
    try:
        await work(machine, unit)
        promised = True
    except PowerCut:
        promised = False
    machine.cut_at = None
    if not crash:
        restarts = machine.restarts  # it is down
    unit = await (machine.start_daemon() if crash else machine.boot())
    while machine.restarts > restarts:  # it goes down, as it was told to
        restarts = machine.restarts
        assert restarts < MOST_RESTARTS
        unit = await machine.boot()
    firmware = unit.upgrades.firmware
    assert firmware.step in SETTLED, firmware.record
    assert machine.held == ""
    assert firmware.version == machine.versions[machine.running]
    versions: dict[Work, str] = {second: "12.9.2", back: OLD}
    wanted = versions.get(work, NEW)
    assert firmware.version in (before, wanted)
    if promised:
        assert firmware.version == wanted
    settings: dict[Work, set[str]] = {
        wiped: {"mine", "factory_default"},
        softly: {"mine", "restore"},
    }
    expected = settings.get(work, {"mine"})
    assert machine.settings in expected
    if firmware.version == NEW and work in (wiped, softly):
        assert machine.settings != "mine", "the new version runs on settings that were to be wiped"
    # It can be upgraded again, whatever was left.
    await unit.trial.commit("root")
    machine.bundle = Bundle(COMPATIBLE, "12.9.3")
    assert (await upgrade(unit)).version == "12.9.3"
    unit = await machine.boot()
    assert unit.upgrades.firmware.version == "12.9.3"


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("running", ["A", "B"])
def test_every_combination_has_an_answer(step: Step, running: str) -> None:
    """And none of them takes a slot for running that does not."""
    record = Record(step=step, slot="A", target="B", boot_id="1")
    answer = after_start(record, running, "2")
    assert isinstance(answer, After)
    if answer in (After.NOTHING, After.TRY_ON, After.GO_ON, After.INTERRUPTED):
        assert running == "A"


async def test_a_version_before_that_cannot_be_started_is_given_up_in_the_end() -> None:
    """The unit does not restart for ever."""
    machine, unit = await prepared(back)
    await unit.upgrades.rollback("root")
    for _start in range(6):
        machine.left["A"] = 0
        machine.order = ["B", "A"]
        machine.left["B"] = 3
        unit = await machine.boot()
        if unit.upgrades.firmware.step is Step.IDLE:
            break
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.step) == (NEW, Step.IDLE)
    assert told.last is not None
    assert (told.last.what, told.last.result) == ("rollback", "failed")
    assert machine.lamps >= {"upgrade_failed"}
