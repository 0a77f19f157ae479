"""A unit with two slots for tests of upgrades: every step of it can be the one at which the power goes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from common.clock import ManualClock
from common.errors import Conflict, HardwareFault, InvalidValue, StorageFull
from common.update import Check
from daemons.system.update.firmware import Firmware
from daemons.system.update.record import Record
from daemons.system.update.trial import Trial
from daemons.system.update.upgrades import Upgrades
from hw.slots import Bundle, BundleRefused, Installed

OLD, NEW = "12.9.0", "12.9.1"
COMPATIBLE = "c8210-rpi4"
TRIES = 3


class PowerCut(BaseException):
    """The power goes; nothing can catch it."""


@dataclass
class Machine:
    """What outlives a power cut, and how the boot loader starts it."""

    versions: dict[str, str] = field(default_factory=lambda: {"A": OLD})
    order: list[str] = field(default_factory=lambda: ["A", "B"])
    left: dict[str, int] = field(default_factory=lambda: {"A": TRIES, "B": 0})
    running: str = ""
    boots: int = 0
    writing: bool = False
    record: bytes = b""
    settings: str = "mine"
    kept: str | None = None
    put_back: bool = False
    bundle: Bundle = field(default_factory=lambda: Bundle(COMPATIBLE, NEW))
    broken: BundleRefused | None = None
    """Why an installation fails half way."""
    checks: list[Check] = field(default_factory=lambda: [Check("all", True)])
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """What somebody does while the version that runs is looked at."""
    deaf: bool = False
    """Whoever looks after the slots does not answer."""
    full: bool = False
    """The disk takes nothing."""
    done: list[str] = field(default_factory=list)
    """Every step, in order."""
    cut_at: int | None = None
    restarts: int = 0
    held: str = ""
    lamps: set[str] = field(default_factory=set)
    clock: ManualClock = field(default_factory=ManualClock)

    def step(self, name: str) -> None:
        """Do something that the power can cut off before it happens."""
        if self.cut_at is not None and len(self.done) >= self.cut_at:
            raise PowerCut
        self.done.append(name)

    async def boot(self) -> "Started":
        """Start the unit as its boot loader would, and what was left of upgrades with it."""
        self.boots += 1
        self.cut_at = None
        startable = [slot for slot in self.order if self.left.get(slot)]
        self.running = startable[0]
        assert self.running in self.versions, "a slot that is not whole was started"
        assert not (self.writing and self.running == self._other())
        self.left[self.running] -= 1
        self.lamps.clear()
        self.held = ""
        if (
            self.put_back and self.kept is not None
        ):  # the params daemon does so before it serves anybody
            self.settings, self.kept = self.kept, None
        self.put_back = False
        return await self.start_daemon()

    async def start_daemon(self) -> "Started":
        """Start the system daemon, as after a crash of it alone."""
        self.held = ""
        started = Started(self)
        await started.upgrades.begin()
        return started

    def _other(self) -> str:
        return "B" if self.running == "A" else "A"


class Started:
    """One life of the system daemon on the machine: its upgrades, and all that they need from outside."""

    path = Path("bundle")

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._size = 0
        firmware = Firmware(self, machine.clock, f"boot {machine.boots}", "unknown")
        restarts = Restarts(machine)
        self.upgrades = Upgrades(firmware, self, self, self, restarts, Lamps(machine.lamps))
        self.trial = Trial(self.upgrades, self, self, restarts)

    # --- slots ---

    async def missing(self) -> str:
        return ""

    async def look(self) -> Installed:
        machine = self.machine
        other = machine._other()
        startable = bool(machine.left.get(other)) and other in machine.order
        version = machine.versions.get(other) if startable else None
        return Installed(machine.running, machine.versions[machine.running], other, version)

    async def compatible(self) -> str:
        return COMPATIBLE

    async def check(self, bundle: Path) -> Bundle:
        self.machine.step("check")
        return self.machine.bundle

    async def install(self, bundle: Path, progress: Callable[[int], None]) -> None:
        machine, other = self.machine, self.machine._other()
        machine.step("begin to write")
        machine.left[other] = 0
        machine.versions.pop(other, None)
        machine.writing = True
        progress(50)
        machine.step("write")
        if machine.broken is not None:
            raise machine.broken
        machine.versions[other] = machine.bundle.version
        machine.writing = False

    async def settled(self) -> None:
        self.machine.writing = False

    async def activate(self, slot: str) -> None:
        self.machine.step(f"activate {slot}")
        self.machine.order = [slot, *(one for one in "AB" if one != slot)]
        self.machine.left[slot] = TRIES

    async def confirm(self) -> None:
        machine = self.machine
        if machine.deaf:
            raise HardwareFault("no answer")
        machine.step("confirm")
        await asyncio.sleep(0)
        machine.left[machine.running] = TRIES
        machine.order = [machine.running, machine._other()]

    async def discard(self) -> None:
        machine = self.machine
        machine.step("discard")
        await asyncio.sleep(0)
        machine.left[machine._other()] = 0

    # --- the spool ---

    def begin(self, size: int) -> None:
        self.machine.step("begin an image")
        self._size = 0

    def take(self) -> int:
        return 7

    def size(self) -> int:
        return self._size

    def arrive(self, size: int) -> None:
        """Have some of an image come."""
        self._size += size

    async def seal(self) -> None:
        self.machine.step("seal")
        if not self._size:
            raise InvalidValue("no image has come")

    def drop(self) -> None:
        self._size = 0

    # --- settings ---

    async def keep(self) -> None:
        self.machine.step("keep the settings")
        self.machine.kept, self.machine.put_back = self.machine.settings, False

    async def put_back(self) -> bool:
        self.machine.step("have the settings put back")
        self.machine.put_back = self.machine.kept is not None
        return self.machine.put_back

    async def drop_kept(self) -> None:
        self.machine.step("drop the kept settings")
        self.machine.kept, self.machine.put_back = None, False

    async def reset(self, level: str, who: str) -> None:
        self.machine.step(f"reset: {level}")
        self.machine.settings = level
        if level == "factory_default":
            self.machine.kept = None

    # --- the record ---

    def load(self) -> Record:
        return (
            msgspec.json.decode(self.machine.record, type=Record)
            if self.machine.record
            else Record()
        )

    def save(self, record: Record) -> None:
        if self.machine.full:
            raise StorageFull("full")
        self.machine.step(f"note {record.step.value}")
        self.machine.record = msgspec.json.encode(record)

    # --- health ---

    async def started(self) -> Sequence[Check]:
        return self.machine.checks[:1]

    async def whole(self) -> Sequence[Check]:
        meanwhile, self.machine.meanwhile = self.machine.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return self.machine.checks


@dataclass
class Lamps:
    """The causes that hold."""

    causes: set[str]

    def hold(self, cause: str, lasting_s: float = 0.0) -> None:
        self.causes.add(cause)

    def drop(self, cause: str) -> None:
        self.causes.discard(cause)


@dataclass
class Restarts:
    """The way down."""

    machine: Machine

    async def able(self) -> bool:
        return True

    async def restart(self, who: str) -> None:
        self.machine.step("restart")
        if self.machine.held:
            raise Conflict(self.machine.held)
        self.machine.restarts += 1

    def hold(self, why: str) -> None:
        self.machine.held = why
