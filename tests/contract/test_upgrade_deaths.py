"""The system daemon, or the whole unit, dies at every moment of an upgrade, on real bundles and a real disk.

The order of steps is tried on paper in `tests/unit/system/test_update_power_cuts.py`; here are the processes.
"""

import asyncio
import itertools
import json
import os
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from common.bus.connection import Connection
from common.bus.suite import HTTP, PARAMS, SYSTEM
from common.bus.update import UpdateInterface
from common.errors import ApplianceError
from common.params.client import ParamsClient
from common.params.kinds import Access
from common.update import Answer, Options, Progress, Step
from tests.contract.private_bus import PrivateBus, RunningDaemon, eventually
from tests.contract.unit_at_work import CommandSocket, simulated_world
from tests.firmware import Signer, image, signer

pytestmark = pytest.mark.timeout(900)  # some hundred daemons are started one after another

MODULE = "tests.contract.dying_system"
SETTING = "StatusLed.FlashInterval"
AT_REST = (Step.IDLE, Step.TRIAL)
REST_S = 120.0
RESTART_S = 0.8
"""A restart that was asked for comes within that."""
MOST_MOMENTS = 40


class Mortal:
    """Params and system on a private bus, which are started again as systemd or the supervisor would."""

    def __init__(
        self,
        bus: PrivateBus,
        http: Connection,
        commands: CommandSocket,
        image_of: Callable[[str], Path],
    ) -> None:
        self.bus = bus
        self.image_of = image_of
        self.update = http.proxy(UpdateInterface, SYSTEM)
        self.params = ParamsClient(http)
        self._commands = commands
        self._death = bus.folder / "death"
        self._boot_id = ""
        self.daemons: list[RunningDaemon] = []

    # --- life and death ---

    async def switch_on(self) -> None:
        """Start the unit."""
        self._boot_id = str(uuid.uuid4())
        self.daemons = [await self.bus.start(PARAMS, C8210_BOOT_ID=self._boot_id)]
        await self.start_system()

    async def start_system(self) -> None:
        """Start the system daemon, however often it dies on its way."""
        while True:
            system = self.bus.spawn(
                SYSTEM,
                module=MODULE,
                C8210_DEATH=str(self._death),
                C8210_SUPERVISOR=self._commands.path,
                C8210_BOOT_ID=self._boot_id,
            )
            await eventually(partial(_came, system), "it is ready, or dead", 20)
            self.daemons[1:] = [system]
            if system.process.poll() is None:
                return

    def cut_power(self) -> None:
        """Switch it off without a word."""
        for daemon in self.daemons:
            daemon.kill()

    async def come_to_rest(self, whole: bool) -> None:
        """Start again what has died, or, with `whole`, all of it; and as often as the unit wants to."""
        async with asyncio.timeout(REST_S):
            await self._come_to_rest(whole)

    async def _come_to_rest(self, whole: bool) -> None:
        while True:
            if self.system.process.poll() is not None:
                if whole:
                    self.cut_power()
                    await self.switch_on()
                else:
                    await self.start_system()
            if not self._commands.quiet():
                await self._commands.command()
                self.cut_power()
                await self.switch_on()
            elif await self._rests():
                return
            await asyncio.sleep(0.02)

    async def _rests(self) -> bool:
        try:
            told = await self.progress()
        except ApplianceError:
            return False
        if told.last is not None and told.last.result == "rolled_back":
            await asyncio.sleep(RESTART_S)  # one more start follows, and no step tells of it
        return told.supported and told.step in AT_REST and self._commands.quiet()

    @property
    def system(self) -> RunningDaemon:
        """The system daemon."""
        return self.daemons[1]

    def die_at(self, moment: int) -> None:
        """Let the system daemon die at some moment from now on."""
        self._death.write_text(f"{moment} 0")

    def has_died(self) -> bool:
        """Whether that moment has come; it does not come any more."""
        lives = self._death.exists()
        self._death.unlink(missing_ok=True)
        return not lives

    # --- what people do ---

    async def progress(self) -> Progress:
        """Return how far it is."""
        return msgspec.json.decode(await self.update.progress(), type=Progress)

    async def upgrade(self, bundle: Path, options: Options) -> bool:
        """Bring an image in and have it installed; returns whether that was promised."""
        try:
            content = await asyncio.to_thread(bundle.read_bytes)
            _accepted(await self.update.prepare(len(content), "root"))
            descriptor = await self.update.spool()
            os.write(descriptor, content)
            os.close(descriptor)
            _accepted(await self.update.upgrade(msgspec.json.encode(options).decode(), "root"))
        except ApplianceError:
            await eventually(lambda: self.system.process.poll() is not None, "it has died")
            return False
        return True

    async def ask(self, call: Callable[[str], Any]) -> bool:
        """Call a method that takes nobody but who asks; returns whether it was done."""
        try:
            _accepted(await call("root"))
        except ApplianceError:
            return False
        return True

    async def set_interval(self, value: str) -> None:
        """Change the setting that is looked at."""
        await self.params.bus.update({SETTING: value}, int(Access.ADMIN), "root", True)

    async def interval(self) -> str:
        """Return it."""
        return (await self.params.values([SETTING]))[SETTING]

    def boot_loader(self) -> dict[str, Any]:
        """Return what it keeps."""
        kept = self.bus.state / "system" / "slots" / "boot.json"
        found: dict[str, Any] = json.loads(kept.read_text())
        return found

    async def check(self) -> Progress:
        """Return how far it is, after a look whether all of it fits together."""
        told = await self.progress()
        loader = self.boot_loader()
        assert told.step in AT_REST, told
        assert told.slot == loader["running"]
        assert told.version == loader["versions"][told.slot]
        assert not list((self.bus.state / "system" / "update").glob("bundle*"))
        return told


def _came(daemon: RunningDaemon) -> bool:
    return daemon.notifications.ready.is_set() or daemon.process.poll() is not None


def _accepted(answer: str) -> None:
    told = msgspec.json.decode(answer, type=Answer)
    assert told.refused is None, told


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
    """Somebody whom the unit trusts."""
    found = signer(tmp_path, "trusted")
    monkeypatch.setenv("C8210_KEYRING", str(found.certificate))
    return found


@pytest.fixture
async def mortal(bus: PrivateBus, trusted: Signer, tmp_path: Path) -> AsyncIterator[Mortal]:
    """A unit that runs, and may die."""
    bus.environment["C8210_KEYRING"] = str(trusted.certificate)
    image_of = partial(image, tmp_path, trusted, size=20_000)
    with CommandSocket(bus) as commands:
        async with simulated_world(bus), bus.joined(HTTP) as http:
            unit = Mortal(bus, http, commands, image_of)
            await unit.switch_on()
            await unit.come_to_rest(whole=True)
            yield unit


BY_HAND = Options(auto_commit="never")


@dataclass
class Life:
    """A unit on its way from one version to the next."""

    unit: Mortal
    whole: bool
    """Whether all of it dies, or only its system daemon."""
    moment: int
    """When it dies: a test says from where on that counts."""
    before: str
    new: str
    bundle: Path
    died: bool = True

    async def upgrade(self, options: Options = BY_HAND) -> bool:
        """Have the new version installed; returns whether that was promised."""
        return await self.unit.upgrade(self.bundle, options)

    async def commit(self) -> bool:
        """Commit what runs, once the unit rests; returns whether that was done."""
        await self.unit.come_to_rest(self.whole)
        return await self.unit.ask(self.unit.update.commit)

    async def end(self) -> Progress:
        """Return how far it is, once the unit rests; from here on it does not die."""
        await self.unit.come_to_rest(self.whole)
        self.died = self.unit.has_died()
        return await self.unit.check()


async def lives(
    unit: Mortal, whole: bool, at_least: int, before_notes: bool = False
) -> AsyncIterator[Life]:
    """Yield life after life with a death at a later moment, and a last one without; there are some at least.

    The moments are those after each note, or also those before it.
    """
    for moment in itertools.count() if before_notes else itertools.count(1, 2):
        assert moment < MOST_MOMENTS
        before = (await unit.check()).version
        new = f"12.9.{moment + 1}"
        life = Life(unit, whole, moment, before, new, unit.image_of(new))
        yield life
        life.bundle.unlink()
        if not life.died:
            break
    assert moment >= at_least, "every note has two moments"


both_deaths = pytest.mark.parametrize("whole", [True, False], ids=["power cut", "killed"])


@pytest.mark.covers("M-MNT-09", "M-MNT-11", part="killed at every note of an upgrade")
@both_deaths
async def test_an_upgrade_survives_a_death_at_every_moment(mortal: Mortal, whole: bool) -> None:
    """One whole version runs with the settings it had, and can be upgraded again; what was promised is done."""
    await mortal.set_interval("7")
    async for life in lives(mortal, whole, at_least=16, before_notes=whole):
        mortal.die_at(life.moment)
        promised = await life.upgrade()
        confirmed = await life.commit()
        told = await life.end()
        assert told.version in (life.before, life.new)
        assert await mortal.interval() == "7"
        if promised:
            assert told.version == life.new
        if confirmed:
            assert told.committed
        await mortal.ask(mortal.update.commit)
        if not life.died:
            assert (told.version, told.committed) == (life.new, True)


@pytest.mark.covers("M-MNT-08", "M-MNT-11", part="killed at every note of a rollback")
@both_deaths
async def test_a_rollback_survives_a_death_at_every_moment(mortal: Mortal, whole: bool) -> None:
    """The version before runs with its settings, or the new one with its own: never one with the other's."""
    async for life in lives(mortal, whole, at_least=10):
        await mortal.set_interval("7")
        assert await life.upgrade()
        assert await life.commit()
        await mortal.set_interval("9")
        mortal.die_at(life.moment)
        promised = await mortal.ask(mortal.update.rollback)
        told = await life.end()
        outcome = (told.version, await mortal.interval())
        assert outcome in ((life.before, "7"), (life.new, "9"))
        if promised:
            assert told.version == life.before


@pytest.mark.covers("M-MNT-06", part="killed at every note of an upgrade")
async def test_an_upgrade_with_factory_default_survives_a_death_at_every_moment(
    mortal: Mortal,
) -> None:
    """The new version never runs on settings that were to be wiped, and never goes back."""
    wiping = Options(auto_commit="never", factory_default_mode="hard")
    async for life in lives(mortal, whole=True, at_least=16):
        await mortal.set_interval("7")
        mortal.die_at(life.moment)
        promised = await life.upgrade(wiping)
        await life.commit()
        told = await life.end()
        if promised:
            assert told.version == life.new
        if told.version == life.new:
            assert await mortal.interval() == "4"
            assert told.inactive_version is None
        else:
            assert told.version == life.before
        await mortal.ask(mortal.update.commit)
        if not life.died:
            assert told.committed
