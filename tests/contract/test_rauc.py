"""Slots of a device through RAUC's own service, with files for slots and for what a boot loader keeps."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.bus.suite import SYSTEM
from common.errors import HardwareFault
from common.update import Refusal
from daemons.system.adapters.rauc import RaucSlots
from hw.slots import BundleRefused, Installed
from tests.contract import private_bus
from tests.contract.private_bus import PrivateBus
from tests.firmware import COMPATIBLE, image, signer
from tests.suite import ROOT
from units.supervisor.programs import BUS_CONFIGURATION

LARGE = 60_000_000
"""So much that it takes a moment to write."""
BACKEND = """\
#!/bin/sh
cd "$(dirname "$0")"
case "$1" in
  get-primary) cat primary 2>/dev/null || echo A;;
  set-primary) echo "$2" > primary; echo good > "state-$2";;
  get-state) cat "state-$2" 2>/dev/null || echo good;;
  set-state) echo "$3" > "state-$2";;
  get-current) echo A;;
esac
"""
CONFIGURATION = """\
[system]
compatible={compatible}
bootloader=custom
mountprefix={folder}/mnt
statusfile={folder}/status
activate-installed=false
[keyring]
path={keyring}
[handlers]
bootloader-custom-backend={folder}/backend
[slot.rootfs.0]
device={folder}/a.img
type=raw
bootname=A
[slot.rootfs.1]
device={folder}/b.img
type=raw
bootname=B
"""


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    """A bus on which RAUC may have its name, as on a device."""
    ours = '<allow own_prefix="org.c8210"/>'
    theirs = '<allow own="de.pengutronix.rauc"/>'
    wider = BUS_CONFIGURATION.replace(ours, ours + theirs)
    monkeypatch.setattr(private_bus, "BUS_CONFIGURATION", wider)
    with private_bus.private_bus() as bus:
        yield bus


@dataclass
class Device:
    """A machine with two slots."""

    folder: Path
    slots: RaucSlots
    bundle: Path
    service: asyncio.subprocess.Process

    def primary(self) -> str:
        """Return the slot that would be started."""
        return (self.folder / "primary").read_text().strip()


async def service(bus: PrivateBus, folder: Path) -> asyncio.subprocess.Process:
    """Start RAUC's service."""
    return await asyncio.create_subprocess_exec(
        *("rauc", "-c", str(folder / "system.conf"), "--override-boot-slot=A", "service"),
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


@asynccontextmanager
async def device(
    bus: PrivateBus, folder: Path, image_format: str = "plain", noted: str = ""
) -> AsyncIterator[Device]:
    """Run RAUC's service on a bus; `noted` is what it has written down before."""
    trusted = signer(folder, "trusted")
    for slot in ("a.img", "b.img"):
        (folder / slot).write_bytes(bytes(2**20))
    (folder / "mnt").mkdir()
    (folder / "backend").write_text(BACKEND)
    (folder / "backend").chmod(0o755)
    (folder / "status").write_text(noted)
    (folder / "state-B").write_text("bad\n")  # as a new card has it: nothing is in the second slot
    (folder / "system.conf").write_text(
        CONFIGURATION.format(compatible=COMPATIBLE, folder=folder, keyring=trusted.certificate)
    )
    bundle = image(folder, trusted, "12.9.1", image_format=image_format)
    rauc = await service(bus, folder)
    try:
        async with bus.joined(SYSTEM) as connection:
            slots = RaucSlots(connection)
            async with asyncio.timeout(20):
                while await slots.missing():
                    await asyncio.sleep(0.1)
            unit = Device(folder, slots, bundle, rauc)
            try:
                yield unit
            finally:
                rauc = unit.service  # it may be another one by now
    finally:
        with suppress(ProcessLookupError):
            rauc.terminate()
        await rauc.wait()


needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("losetup") is None, reason="mounting a bundle needs root"
)


@pytest.mark.covers("M-MNT-05", "M-MNT-08", part="RAUC")
async def test_rauc_writes_marks_and_gives_up_as_it_is_told(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """An installation changes nothing of what is started next; that is a step of its own."""
    async with device(bus, tmp_path) as unit:
        slots = unit.slots
        assert await slots.look() == Installed("A", "", "B", None)
        assert await slots.compatible() == COMPATIBLE
        if os.geteuid() == 0:
            told: list[int] = []
            await slots.install(unit.bundle, told.append)
            assert told[-1] == 100
            assert not (tmp_path / "primary").exists()
            await slots.activate("B")
            assert unit.primary() == "B"
            assert (await slots.look()).other_version == "12.9.1"
            written = (tmp_path / "b.img").read_bytes()
            assert (
                written[:1000]
                == (tmp_path / "content-12.9.1-c8210-rpi4-200000" / "rootfs.img").read_bytes()[
                    :1000
                ]
            )
        await slots.discard()
        assert (await slots.look()).other_version is None
        assert (tmp_path / "state-B").read_text().strip() == "bad"
        await slots.confirm()
        assert (tmp_path / "state-A").read_text().strip() == "good"
        await slots.settled()


@needs_root
@pytest.mark.covers("M-MNT-09", part="RAUC dies while it writes")
async def test_an_installation_that_rauc_does_not_live_to_end_is_none(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """The bus starts it anew at once, and then it is idle and knows of no error."""
    async with device(bus, tmp_path) as unit:
        await unit.slots.install(unit.bundle, lambda percent: None)
        large = image(tmp_path / "large", signer(tmp_path, "trusted"), "12.9.2", size=LARGE)
        (tmp_path / "b.img").write_bytes(bytes(2 * LARGE))
        began = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(unfinished(unit.slots, large, began.set), name="installation")
                await began.wait()
                unit.service.kill()
                await unit.service.wait()
                unit.service = await service(bus, tmp_path)
        finally:
            let_go(large)


async def unfinished(slots: RaucSlots, bundle: Path, began: Callable[[], None]) -> None:
    """Install a bundle, and expect that it does not come to its end."""
    with pytest.raises(HardwareFault, match="did not come to its end"):
        await slots.install(bundle, lambda percent: began())


def let_go(bundle: Path) -> None:
    """Take away the block device that a killed RAUC has left of a bundle."""
    found = subprocess.run(
        ["losetup", "--noheadings", "--output=NAME", "--associated", bundle],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in found.stdout.split():
        subprocess.run(["losetup", "--detach", name], check=True)


async def test_a_slot_that_nobody_has_installed_is_a_way_back(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """The first slot of a new card came with the image: RAUC has no note of it, but it can be started."""
    async with device(bus, tmp_path) as unit:
        (tmp_path / "state-B").write_text("good\n")
        assert await unit.slots.look() == Installed("A", "", "B", "")
        await unit.slots.discard()
        assert (await unit.slots.look()).other_version is None


async def test_what_the_first_start_notes_for_rauc_is_the_version_before(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """By the very line of the initrd (image/kernel/init), which says what came with the card."""
    (line,) = re.findall(r"printf '(\[slot.*?)' ", (ROOT / "image/kernel/init").read_text())
    noted = line.replace("\\n", "\n") % ("rootfs.1", "12.8.0")
    async with device(bus, tmp_path, noted=noted) as unit:
        (tmp_path / "state-B").write_text("good\n")
        assert await unit.slots.look() == Installed("A", "", "B", "12.8.0")


@needs_root
async def test_what_rauc_cannot_install_is_refused_in_its_words(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """A bundle that was changed after it was signed."""
    async with device(bus, tmp_path) as unit:
        content = bytearray(unit.bundle.read_bytes())
        content[5000] ^= 1
        unit.bundle.write_bytes(content)
        with pytest.raises(BundleRefused, match="could not be installed") as refused:
            await unit.slots.install(unit.bundle, lambda percent: None)
        assert refused.value.reason is Refusal.INVALID
        assert (tmp_path / "a.img").read_bytes() == bytes(2**20)


async def test_without_rauc_there_is_nothing_to_install_to(bus: PrivateBus) -> None:
    """As on a computer; the reason is for people."""
    async with bus.joined(SYSTEM) as connection:
        slots = RaucSlots(connection)
        assert "RAUC does not answer" in await slots.missing()
        with pytest.raises(HardwareFault):
            await slots.look()
