"""An upgrade from the image to the restart, and what is refused on the way."""

import pytest

from common.errors import Conflict, InvalidValue, NotSupported, StorageFull
from common.update import Answer, Options, Refusal, Step
from daemons.system.update.upgrades import STALLED_S
from hw.slots import Bundle, BundleRefused
from tests.unit.system.update_machine import COMPATIBLE, NEW, OLD, Machine, Started


async def upgrade(unit: Started, **options: object) -> Answer:
    """Bring an image in and have it installed."""
    assert await unit.upgrades.prepare(100, "root") == Answer()
    unit.upgrades.spool()
    unit.arrive(100)
    return await unit.upgrades.upgrade(Options(**options), "root")  # type: ignore[arg-type]


@pytest.mark.covers("M-MNT-05", "M-MNT-11", part="order")
async def test_a_standard_upgrade_restarts_into_the_new_version_with_the_same_settings() -> None:
    """Verified, written, settings kept, and only then started; confirmed when all is well."""
    machine = Machine()
    unit = await machine.boot()
    machine.done.clear()
    assert await upgrade(unit) == Answer(NEW)
    order = [step for step in machine.done if not step.startswith("note")]
    assert order == [
        *("begin an image", "seal", "check", "begin to write", "write"),
        *("keep the settings", "activate B", "restart"),
    ]
    unit = await machine.boot()
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.slot, told.committed, told.inactive_version) == (
        NEW,
        "B",
        False,
        OLD,
    )
    assert (told.pending_commit, told.time_to_rollback_s) == ("started", 600)
    await unit.trial.tick()
    told = unit.upgrades.firmware.progress()
    assert (told.committed, told.step, told.pending_commit) == (True, Step.IDLE, None)
    assert told.last is not None
    assert (told.last.what, told.last.result, told.last.version) == ("upgrade", "done", NEW)
    assert machine.settings == "mine"


@pytest.mark.covers("M-MNT-08", part="order")
async def test_a_rollback_brings_version_and_settings_back() -> None:
    """And leaves nothing to go back to."""
    machine = Machine()
    await upgrade(await machine.boot())
    unit = await machine.boot()
    await unit.trial.tick()
    machine.settings = "changed by the new version"
    assert await unit.upgrades.rollback("root") == Answer(OLD)
    unit = await machine.boot()
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.slot, told.inactive_version) == (OLD, "A", None)
    assert told.last is not None
    assert (told.last.what, told.last.result) == ("rollback", "done")
    assert machine.settings == "mine"
    assert not machine.lamps
    again = await unit.upgrades.rollback("root")
    assert again.refused is Refusal.NO_OLD_VERSION


@pytest.mark.covers("M-MNT-06", part="no way back")
async def test_a_factory_default_upgrade_wipes_and_refuses_the_way_back() -> None:
    """Also before it is confirmed; the version before is dropped once the new one is well."""
    machine = Machine()
    await upgrade(await machine.boot(), factory_default_mode="hard")
    unit = await machine.boot()
    assert machine.settings == "factory_default"
    assert unit.upgrades.firmware.progress().inactive_version is None
    assert (await unit.upgrades.rollback("root")).refused is Refusal.NO_OLD_VERSION
    await unit.trial.tick()
    assert (await unit.upgrades.rollback("root")).refused is Refusal.NO_OLD_VERSION
    assert machine.left["A"] == 0
    assert machine.kept is None


async def test_a_soft_default_keeps_what_was_before_it_for_the_way_back() -> None:
    """A rollback brings back the settings from before the reset."""
    machine = Machine()
    await upgrade(await machine.boot(), factory_default_mode="soft")
    unit = await machine.boot()
    assert machine.settings == "restore"
    await unit.upgrades.rollback("root")
    await machine.boot()
    assert machine.settings == "mine"


@pytest.mark.parametrize(
    ("bundle", "mode", "refused", "words"),
    [
        (Bundle("somebody-else", NEW), "none", Refusal.OTHER_DEVICE, "'somebody-else'"),
        (Bundle("somebody-else", NEW), "hard", Refusal.OTHER_DEVICE, COMPATIBLE),
        (Bundle(COMPATIBLE, "12.8.7"), "none", Refusal.OLDER, "hard factory default"),
        (Bundle(COMPATIBLE, "12.8.7"), "soft", Refusal.OLDER, "older than 12.9.0"),
        (Bundle(COMPATIBLE, "12.8.7"), "hard", None, ""),
        (Bundle(COMPATIBLE, OLD), "none", None, ""),
        (Bundle(COMPATIBLE, "12.10.0"), "none", None, ""),
    ],
)
async def test_what_does_not_fit_is_refused_before_anything_is_written(
    bundle: Bundle, mode: str, refused: Refusal | None, words: str
) -> None:
    """With the reason."""
    machine = Machine(bundle=bundle)
    unit = await machine.boot()
    answer = await upgrade(unit, factory_default_mode=mode)
    assert answer.refused is refused
    assert words in answer.message
    assert ("begin to write" in machine.done) == (refused is None)
    if refused is not None:
        assert unit.upgrades.firmware.step is Step.IDLE
        assert unit.size() == 0
        assert machine.held == ""
        assert machine.lamps == {"upgrade_failed"}


@pytest.mark.covers("M-MNT-09", part="an image that is damaged inside")
async def test_an_installation_that_fails_leaves_the_version_that_runs() -> None:
    """The other slot is given up, and with it the way back."""
    machine = Machine()
    await upgrade(await machine.boot())
    unit = await machine.boot()
    await unit.trial.tick()
    machine.broken = BundleRefused(Refusal.INVALID, "Firmware image is damaged.")
    answer = await upgrade(unit)
    assert answer == Answer(refused=Refusal.INVALID, message="Firmware image is damaged.")
    told = unit.upgrades.firmware.progress()
    assert (told.version, told.inactive_version, told.step) == (NEW, None, Step.IDLE)
    assert told.last is not None
    assert (told.last.result, told.last.message) == ("failed", "Firmware image is damaged.")
    assert machine.lamps == {"upgrade_failed"}
    for _start in range(TRIES_AND_MORE):
        unit = await machine.boot()
        assert machine.running == "B"


TRIES_AND_MORE = 5


async def test_only_one_at_a_time_and_nothing_while_the_version_is_unconfirmed() -> None:
    """423 and 412 at the edge."""
    machine = Machine()
    unit = await machine.boot()
    assert await unit.upgrades.prepare(100, "root") == Answer()
    assert (await unit.upgrades.prepare(100, "joe")).refused is Refusal.BUSY
    assert (await unit.upgrades.purge("joe")).refused is Refusal.BUSY
    assert (await unit.upgrades.rollback("joe")).refused is Refusal.BUSY
    assert (await unit.trial.commit("joe")).refused is Refusal.BUSY
    unit.upgrades.abandon()
    machine.checks.clear()
    await upgrade(unit, auto_commit="never")
    unit = await machine.boot()
    assert (await unit.upgrades.prepare(100, "joe")).refused is Refusal.UNCOMMITTED
    assert (await unit.upgrades.purge("joe")).refused is Refusal.UNCOMMITTED
    assert await unit.trial.commit("joe") == Answer(NEW)
    assert await unit.upgrades.purge("joe") == Answer(NEW)
    assert (await unit.upgrades.rollback("joe")).refused is Refusal.NO_OLD_VERSION


async def test_an_image_that_does_not_come_to_its_end_is_given_up() -> None:
    """By whoever brings it, or because nothing more comes."""
    machine = Machine()
    unit = await machine.boot()
    with pytest.raises(Conflict):
        unit.upgrades.spool()
    with pytest.raises(Conflict):
        await unit.upgrades.upgrade(Options(), "root")
    await unit.upgrades.prepare(100, "root")
    for _part in range(5):
        unit.arrive(10)
        await unit.trial.tick()
        machine.clock.advance(STALLED_S - 1)
    assert unit.size() == 50, "what still comes is not given up"
    await unit.trial.tick()
    machine.clock.advance(2)
    await unit.trial.tick()
    assert unit.upgrades.firmware.step is Step.IDLE
    assert unit.size() == 0


async def test_an_upgrade_without_an_image_fails_and_changes_nothing() -> None:
    """The restart is free again."""
    machine = Machine()
    unit = await machine.boot()
    await unit.upgrades.prepare(0, "root")
    with pytest.raises(InvalidValue):
        await unit.upgrades.upgrade(Options(), "root")
    assert unit.upgrades.firmware.step is Step.IDLE
    assert machine.held == ""


async def test_an_upgrade_on_a_disk_that_is_full_leaves_the_unit_usable() -> None:
    """It can be restarted and, when there is room again, upgraded."""
    machine = Machine()
    unit = await machine.boot()
    machine.full = True
    with pytest.raises(StorageFull):
        await upgrade(unit)
    assert unit.upgrades.firmware.step is Step.IDLE
    assert machine.held == ""
    assert "upgrade" not in machine.lamps
    machine.full = False
    machine.broken = BundleRefused(Refusal.INVALID, "damaged")
    real = Started.install

    async def fill(self: Started, *arguments: object) -> None:
        try:
            await real(self, *arguments)  # type: ignore[arg-type]
        finally:
            machine.full = True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Started, "install", fill)
        assert (await upgrade(unit)).refused is Refusal.INVALID
    assert unit.upgrades.firmware.step is Step.IDLE
    assert machine.held == ""
    machine.full, machine.broken = False, None
    assert await upgrade(unit) == Answer(NEW)


async def test_a_unit_without_slots_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verb names the reason."""

    async def missing(_self: Started) -> str:
        return "there is one place only"

    monkeypatch.setattr(Started, "missing", missing)
    machine = Machine(running="A")
    unit = await machine.start_daemon()
    told = unit.upgrades.firmware.progress()
    assert (told.supported, told.why_not) == (False, "there is one place only")
    for call in (
        unit.upgrades.prepare(1, "root"),
        unit.upgrades.rollback("root"),
        unit.upgrades.purge("root"),
    ):
        with pytest.raises(NotSupported, match="one place only"):
            await call


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("never", None), ("1", 60), ("1440", 86400), (20, 1200), ("default", 600)],
)
def test_the_time_for_a_confirmation_can_be_set(text: str | int, seconds: float | None) -> None:
    """In minutes; who confirms by hand has by default all the time there is."""
    assert Options(auto_rollback=text).rollback_after_s == seconds
    assert Options(auto_commit="never").rollback_after_s is None
    assert Options(auto_commit="never", auto_rollback="3").rollback_after_s == 180


@pytest.mark.parametrize("text", ["0", "1441", "-1", "1.5", "soon", "", 0, 99999])
def test_a_time_that_is_none_is_refused(text: str | int) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="autoRollback"):
        Options(auto_rollback=text)


async def test_a_clock_that_is_not_set_yet_does_not_date_an_upgrade() -> None:
    """The first start of the new version begins in the past: a small computer has no clock without power."""
    machine = Machine()
    unit = await machine.boot()
    await upgrade(unit)
    sent = machine.clock.time()
    machine.clock.advance(-365 * 86400)
    unit = await machine.boot()
    await unit.trial.tick()
    told = unit.upgrades.firmware.progress()
    assert told.last_upgrade_at == sent
    assert told.last is not None
    assert told.last.at == sent
