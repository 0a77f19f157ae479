"""The system daemon, or the whole unit, dies at every moment of an upgrade, on real bundles and a real disk.

The order of steps is tried on paper in `tests/unit/system/test_update_power_cuts.py`; here are the processes.
"""

import asyncio
import itertools
import json
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
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

    def __init__(self, bus: PrivateBus, http: Connection, commands: CommandSocket) -> None:
        self.bus = bus
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


@asynccontextmanager
async def mortal(bus: PrivateBus, keyring: Path) -> AsyncIterator[Mortal]:
    """A unit that runs, and may die."""
    bus.environment["C8210_KEYRING"] = str(keyring)
    with CommandSocket(bus) as commands:
        async with simulated_world(bus), bus.joined(HTTP) as http:
            unit = Mortal(bus, http, commands)
            await unit.switch_on()
            await unit.come_to_rest(whole=True)
            yield unit


def moments(all_of_them: bool) -> Iterator[int]:
    """Yield the moments of death before and after each note, or only those after one."""
    yield from itertools.count() if all_of_them else itertools.count(1, 2)


BY_HAND = Options(auto_commit="never")


@pytest.mark.covers("M-MNT-09", "M-MNT-11", part="killed at every note of an upgrade")
@pytest.mark.parametrize("whole", [True, False], ids=["power cut", "killed"])
async def test_an_upgrade_survives_a_death_at_every_moment(
    bus: PrivateBus, trusted: Signer, tmp_path: Path, whole: bool
) -> None:
    """One whole version runs with the settings it had, and can be upgraded again; what was promised is done."""
    async with mortal(bus, trusted.certificate) as unit:
        await unit.set_interval("7")
        for moment in moments(whole):
            assert moment < MOST_MOMENTS
            before = (await unit.check()).version
            wanted = f"12.9.{moment + 1}"
            bundle = image(tmp_path, trusted, wanted, size=20_000)
            unit.die_at(moment)
            promised = await unit.upgrade(bundle, BY_HAND)
            await unit.come_to_rest(whole)
            confirmed = await unit.ask(unit.update.commit)
            await unit.come_to_rest(whole)
            died = unit.has_died()
            told = await unit.check()
            assert told.version in (before, wanted)
            assert await unit.interval() == "7"
            if promised:
                assert told.version == wanted
            if confirmed:
                assert told.committed
            bundle.unlink()
            await unit.ask(unit.update.commit)
            if not died:
                assert (told.version, told.committed) == (wanted, True)
                break
        assert moment >= 16, "every note has two moments"


@pytest.mark.covers("M-MNT-08", "M-MNT-11", part="killed at every note of a rollback")
@pytest.mark.parametrize("whole", [True, False], ids=["power cut", "killed"])
async def test_a_rollback_survives_a_death_at_every_moment(
    bus: PrivateBus, trusted: Signer, tmp_path: Path, whole: bool
) -> None:
    """The version before runs with its settings, or the new one with its own: never one with the other's."""
    async with mortal(bus, trusted.certificate) as unit:
        for moment in moments(False):
            assert moment < MOST_MOMENTS
            before = (await unit.check()).version
            new = f"12.9.{moment + 1}"
            await unit.set_interval("7")
            bundle = image(tmp_path, trusted, new, size=20_000)
            assert await unit.upgrade(bundle, BY_HAND)
            bundle.unlink()
            await unit.come_to_rest(whole)
            assert await unit.ask(unit.update.commit)
            await unit.set_interval("9")
            unit.die_at(moment)
            promised = await unit.ask(unit.update.rollback)
            await unit.come_to_rest(whole)
            died = unit.has_died()
            told = await unit.check()
            assert (told.version, await unit.interval()) in ((before, "7"), (new, "9"))
            if promised:
                assert told.version == before
            if not died:
                break
        assert moment >= 10, "every note has two moments"


@pytest.mark.covers("M-MNT-06", part="killed at every note of an upgrade")
async def test_an_upgrade_with_factory_default_survives_a_death_at_every_moment(
    bus: PrivateBus, trusted: Signer, tmp_path: Path
) -> None:
    """The new version never runs on settings that were to be wiped, and never goes back."""
    async with mortal(bus, trusted.certificate) as unit:
        for moment in moments(False):
            assert moment < MOST_MOMENTS
            before = (await unit.check()).version
            new = f"12.9.{moment + 1}"
            await unit.set_interval("7")
            bundle = image(tmp_path, trusted, new, size=20_000)
            unit.die_at(moment)
            promised = await unit.upgrade(
                bundle, Options(auto_commit="never", factory_default_mode="hard")
            )
            bundle.unlink()
            await unit.come_to_rest(whole=True)
            await unit.ask(unit.update.commit)
            await unit.come_to_rest(whole=True)
            died = unit.has_died()
            told = await unit.check()
            if promised:
                assert told.version == new
            if told.version == new:
                assert await unit.interval() == "4"
                assert told.inactive_version is None
            else:
                assert told.version == before
            await unit.ask(unit.update.commit)
            if not died:
                assert told.committed
                break
        assert moment >= 16, "every note has two moments"
