"""A new version until it is confirmed, and what the boot loader does meanwhile."""

import asyncio

import pytest

from common.errors import StorageFull
from common.update import Answer, Check, Refusal, Step
from tests.unit.system.test_upgrades import upgrade
from tests.unit.system.update_machine import NEW, OLD, TRIES, Machine, Started


async def on_trial(machine: Machine, **options: object) -> Started:
    """Upgrade, and start the new version."""
    await upgrade(await machine.boot(), **options)
    return await machine.boot()


async def pass_by(machine: Machine, unit: Started, seconds: int) -> None:
    """Let time pass, second by second, until the unit restarts."""
    restarts = machine.restarts
    for _second in range(seconds):
        machine.clock.advance(1)
        await unit.trial.tick()
        if machine.restarts != restarts:
            return


@pytest.mark.covers("M-MNT-07", part="time is up")
async def test_a_version_that_nobody_confirms_makes_way_when_its_time_is_up() -> None:
    """Not before; its settings go with it."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never", auto_rollback="2")
    machine.settings = "changed"
    await pass_by(machine, unit, 118)
    assert unit.upgrades.firmware.progress().time_to_rollback_s == 3
    await pass_by(machine, unit, 5)
    assert unit.upgrades.firmware.step is Step.REVERTING
    unit = await machine.boot()
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.inactive_version, machine.settings) == (OLD, None, "mine")
    assert told.last is not None
    assert (told.last.result, told.last.version) == ("rolled_back", NEW)
    assert "not confirmed in time" in told.last.message
    assert machine.lamps == {"upgrade_failed"}


@pytest.mark.covers("M-MNT-07", part="confirmed in time")
async def test_a_version_that_is_confirmed_stays() -> None:
    """However often the unit starts again."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never", auto_rollback="2")
    await pass_by(machine, unit, 60)
    await unit.trial.commit("root")
    await pass_by(machine, unit, 600)
    for _start in range(2 * TRIES):
        unit = await machine.boot()
        assert unit.upgrades.firmware.progress().version == NEW


async def test_what_is_not_well_is_not_confirmed_by_itself() -> None:
    """The reason is told, and the version before comes back."""
    machine = Machine(checks=[Check("daemons", True), Check("sound", False, "the device is gone")])
    unit = await on_trial(machine)
    await pass_by(machine, unit, 590)
    assert unit.upgrades.firmware.on_trial
    assert [check.well for check in unit.upgrades.firmware.progress().checks] == [True, False]
    await pass_by(machine, unit, 20)
    unit = await machine.boot()
    told = unit.upgrades.firmware.progress()
    assert told.version == OLD
    assert told.last is not None
    assert "sound (the device is gone)" in told.last.message


async def test_what_becomes_well_is_confirmed() -> None:
    """It is looked at again and again."""
    machine = Machine(checks=[Check("daemons", True), Check("sound", False, "not yet")])
    unit = await on_trial(machine)
    await pass_by(machine, unit, 30)
    machine.checks[1] = Check("sound", True)
    await pass_by(machine, unit, 6)
    assert not unit.upgrades.firmware.on_trial


async def test_a_commit_at_boot_waits_for_daemons_and_settings_only() -> None:
    """`boot` instead of `started`."""
    machine = Machine(checks=[Check("daemons", True), Check("sound", False, "no")])
    unit = await on_trial(machine, auto_commit="boot")
    await pass_by(machine, unit, 2)
    assert not unit.upgrades.firmware.on_trial


async def test_a_restart_that_somebody_asks_for_keeps_the_version_and_its_time() -> None:
    """More often than the boot loader has tries."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never", auto_rollback="10")
    for _start in range(2 * TRIES):
        await pass_by(machine, unit, 60)
        await unit.trial.reboot("root")
        unit = await machine.boot()
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.committed) == (NEW, False)
    assert told.time_to_rollback_s is not None
    assert 230 <= told.time_to_rollback_s <= 250


@pytest.mark.covers("M-MNT-07", part="a version that does not come up")
async def test_a_version_that_does_not_come_up_makes_way_after_three_starts() -> None:
    """The boot loader's doing; settings follow by one more start."""
    machine = Machine()
    await upgrade(await machine.boot())
    for _hang in range(TRIES):
        machine.left["B"] -= 1  # it starts, and nothing of it is ever heard
    unit = await machine.boot()
    assert machine.running == "A"
    assert machine.restarts == 2
    unit = await machine.boot()
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.step, machine.settings) == (OLD, Step.IDLE, "mine")
    assert told.last is not None
    assert told.last.result == "rolled_back"


async def test_without_a_limit_a_version_that_is_well_keeps_its_tries() -> None:
    """`stopAuto`, or no limit from the start: nothing takes it back by itself."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never", auto_rollback="5")
    unit.trial.stop_timer("root")
    await pass_by(machine, unit, 2)
    for _start in range(2 * TRIES):
        unit = await machine.boot()
        await pass_by(machine, unit, 2)
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.committed, told.time_to_rollback_s) == (NEW, False, None)
    assert told.pending_commit == "never"
    await pass_by(machine, unit, 1000)
    assert unit.upgrades.firmware.on_trial


async def test_time_goes_on_after_a_crash_of_the_daemon() -> None:
    """What is written down is at most a few seconds old."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never", auto_rollback="10")
    await pass_by(machine, unit, 300)
    unit = await machine.start_daemon()
    left = unit.upgrades.firmware.progress().time_to_rollback_s
    assert left is not None
    assert 298 <= left <= 306


async def test_a_rollback_while_the_version_is_looked_at_is_not_undone() -> None:
    """All is well, but somebody wants to go back: that counts."""
    machine = Machine()
    unit = await on_trial(machine)
    machine.meanwhile = lambda: unit.upgrades.rollback("root")
    await unit.trial.tick()
    assert unit.upgrades.firmware.step is Step.REVERTING
    unit = await machine.boot()
    assert unit.upgrades.firmware.progress().version == OLD


@pytest.mark.parametrize("first", ["rollback", "commit"])
async def test_of_a_rollback_and_a_confirmation_at_once_one_is_done(first: str) -> None:
    """Whichever comes first; the other finds what it has left."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never")
    work = {"rollback": unit.upgrades.rollback("root"), "commit": unit.trial.commit("root")}
    second = next(name for name in work if name != first)
    answer, later = await asyncio.gather(work[first], work[second])
    if first == "rollback":
        assert (answer, later.refused) == (Answer(OLD), Refusal.BUSY)
    else:
        assert (answer, later) == (Answer(NEW), Answer(OLD))
    unit = await machine.boot()
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.step) == (OLD, Step.IDLE)


async def test_a_version_that_is_dropped_is_not_gone_back_to() -> None:
    """Both are asked for at once."""
    machine = Machine()
    unit = await on_trial(machine)
    await unit.trial.tick()
    dropped, back = await asyncio.gather(unit.upgrades.purge("root"), unit.upgrades.rollback("joe"))
    assert dropped == Answer(NEW)
    assert back.refused is Refusal.NO_OLD_VERSION
    assert unit.upgrades.firmware.step is Step.IDLE
    assert not machine.put_back


@pytest.mark.parametrize("trouble", ["deaf", "full"])
async def test_a_confirmation_that_fails_is_tried_again(trouble: str) -> None:
    """The version is well: it must not make way because one thing did not work once."""
    machine = Machine()
    unit = await on_trial(machine)
    setattr(machine, trouble, True)
    await pass_by(machine, unit, 20)
    assert not unit.upgrades.firmware.progress().committed
    setattr(machine, trouble, False)
    await pass_by(machine, unit, 6)
    assert unit.upgrades.firmware.progress().committed
    assert (await machine.boot()).upgrades.firmware.progress().version == NEW


async def test_a_confirmation_that_is_not_kept_is_not_promised() -> None:
    """Else it would be gone with the next start."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never")
    machine.full = True
    with pytest.raises(StorageFull):
        await unit.trial.commit("root")
    assert unit.upgrades.firmware.on_trial


async def test_a_full_disk_costs_a_confirmed_version_none_of_its_tries() -> None:
    """Else three starts with a full disk would end in the version before, with the settings of then."""
    machine = Machine()
    unit = await on_trial(machine)
    await unit.trial.tick()
    machine.full = True
    for _start in range(2 * TRIES):
        unit = await machine.boot()
        told = unit.upgrades.firmware.progress()
        assert (told.version, told.supported) == (NEW, True)
        assert machine.left["B"] == TRIES


async def test_a_full_disk_does_not_keep_a_bad_version() -> None:
    """It may be that version that has filled it: the unit goes back, and settings follow when there is room."""
    machine = Machine(checks=[Check("sound", False, "the device is gone")])
    unit = await on_trial(machine, auto_rollback="2")
    machine.settings = "changed"
    await pass_by(machine, unit, 60)
    machine.full = True
    await pass_by(machine, unit, 70)
    assert machine.restarts == 2
    machine.full = False
    unit = await machine.boot()
    assert machine.running == "A"
    unit = await machine.boot()  # as it was told to
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.step, machine.settings) == (OLD, Step.IDLE, "mine")


async def test_a_full_disk_does_not_keep_the_unit_from_restarting() -> None:
    """Only the time that is left may be some seconds wrong."""
    machine = Machine()
    unit = await on_trial(machine, auto_commit="never", auto_rollback="10")
    await pass_by(machine, unit, 60)
    machine.full = True
    await unit.trial.reboot("root")
    assert machine.restarts == 2


async def lose_all_tries(machine: Machine) -> None:
    """Let no start of the new version come to its end, until the boot loader takes the other."""
    machine.left["B"] = 0
    await machine.boot()


async def test_power_cuts_do_not_take_a_confirmed_version_away() -> None:
    """Mains that come and go three times look to the boot loader like a version that does not start."""
    machine = Machine()
    unit = await on_trial(machine)
    await unit.trial.tick()
    machine.settings = "changed since"
    for _storm in range(2 * TRIES):
        restarts = machine.restarts
        await lose_all_tries(machine)
        assert (machine.running, machine.restarts) == ("A", restarts + 1)
        unit = await machine.boot()
        told = unit.upgrades.firmware.progress()
        assert (told.version, told.inactive_version, told.step) == (NEW, OLD, Step.IDLE)
        assert told.last is not None
        assert (told.last.result, machine.settings) == ("done", "changed since")


async def test_a_confirmed_version_that_starts_no_more_makes_way() -> None:
    """After it was started once more, in vain."""
    machine = Machine()
    unit = await on_trial(machine)
    await unit.trial.tick()
    await lose_all_tries(machine)
    await lose_all_tries(machine)
    unit = await machine.boot()  # into the settings of then
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.inactive_version, told.step) == (OLD, None, Step.IDLE)
    assert told.last is not None
    assert (told.last.result, machine.settings) == ("rolled_back", "mine")
