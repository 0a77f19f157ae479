"""The two slots of a simulated unit: bundles are verified and unpacked as on a device, the boot loader is ours.

The boot loader does what the device's script does: it takes the first slot in its order that has tries left, and each
start costs one. Starting the suite is starting the unit; which slot runs says nothing of the program, which is always
the one on this computer.
"""

import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from common import product
from common.errors import NotFound
from common.files import replace_file, sync_folder
from common.update import Refusal
from hw.drivers import rauc_bundle
from hw.slots import Bundle, BundleRefused, Installed

KEYRING = "C8210_KEYRING"
"""The variable that names the certificates by which images are trusted."""
COMPATIBLE = "c8210-rpi4"
"""That of the image, so that the same bundles can be tried here."""
TRIES = 3
NAMES = ("A", "B")
UNPACK_TIMEOUT_S = 600.0
LOOK_INTERVAL_S = 0.02


class _BootLoader(msgspec.Struct):
    """What the boot loader keeps, and what is in the slots."""

    versions: dict[str, str]
    """Slot -> version."""
    order: list[str] = msgspec.field(default_factory=lambda: list(NAMES))
    left: dict[str, int] = msgspec.field(default_factory=lambda: dict.fromkeys(NAMES, TRIES))
    running: str = ""
    boot_id: str = ""

    def boot(self, boot_id: str) -> None:
        """Start a slot."""
        if not any(self.left[slot] for slot in self.order):
            # As the script does without a word that it understands.
            self.order = [self.running or NAMES[0]]
            self.left[self.order[0]] = TRIES
        self.running = next(slot for slot in self.order if self.left[slot])
        self.left[self.running] -= 1
        self.boot_id = boot_id


class SimulatedSlots:
    """Two slots in a folder."""

    def __init__(self, folder: Path, boot_id: str, keyring: str | None = None) -> None:
        self._folder = folder
        self._file = folder / "boot.json"
        self._keyring = keyring if keyring is not None else os.environ.get(KEYRING, "")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._loader = self._read()
        if self._loader.boot_id != boot_id:
            self._loader.boot(boot_id)
            self._write()

    async def missing(self) -> str:
        """Return why no bundle could be verified."""
        if not rauc_bundle.installed():
            return "the program rauc, which verifies images, is not installed on this computer"
        if not self._keyring:
            return (
                f"this simulated unit trusts nobody's images: name their certificates in {KEYRING}"
            )
        if not await asyncio.to_thread(Path(self._keyring).is_file):
            return f"there is no file {self._keyring}, which {KEYRING} names"
        return ""

    async def look(self) -> Installed:
        """Return what is installed."""
        loader = self._loader
        other = self._other()
        startable = other in loader.order and loader.left[other] > 0
        return Installed(
            running=loader.running,
            running_version=loader.versions.get(loader.running, ""),
            other=other,
            other_version=loader.versions.get(other) if startable else None,
        )

    async def compatible(self) -> str:
        """Return what images have to be for."""
        return COMPATIBLE

    async def check(self, bundle: Path) -> Bundle:
        """Verify a bundle's signature."""
        return await rauc_bundle.check(bundle, self._trust())

    async def install(self, bundle: Path, progress: Callable[[int], None]) -> None:
        """Unpack a bundle, which verifies all of it."""
        other = self._other()
        found = await self.check(bundle)
        place = self._folder / other
        self._loader.versions.pop(other, None)
        self._loader.left[other] = 0
        self._write()
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
        whole = (await asyncio.to_thread(bundle.stat)).st_size
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(_watch(place, whole, progress), name="progress")
            code, _answer, said = await rauc_bundle.run(
                *self._trust(), "extract", str(bundle), str(place), timeout_s=UNPACK_TIMEOUT_S
            )
            watch.cancel()
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)  # nobody starts it
        if code != 0:
            raise BundleRefused(
                Refusal.INVALID, f"Firmware image is damaged: {rauc_bundle.complaint(said)}."
            )
        self._loader.versions[other] = found.version
        self._write()
        sync_folder(self._folder)
        progress(100)

    async def settled(self) -> None:
        """Return at once: what a predecessor has begun has ended with it."""

    async def activate(self, slot: str) -> None:
        """Put a slot before the other."""
        if slot not in self._loader.versions:
            raise NotFound(f"nothing is in slot {slot}")
        self._loader.order = [slot, *(name for name in NAMES if name != slot)]
        self._loader.left[slot] = TRIES
        self._write()

    async def confirm(self) -> None:
        """Give the running slot its tries."""
        loader = self._loader
        loader.left[loader.running] = TRIES
        loader.order = [loader.running, *(name for name in NAMES if name != loader.running)]
        self._write()

    async def discard(self) -> None:
        """Take all tries from the other slot, and what is in it."""
        other = self._other()
        self._loader.left[other] = 0
        self._loader.versions.pop(other, None)
        self._write()

    def _other(self) -> str:
        return NAMES[1] if self._loader.running == NAMES[0] else NAMES[0]

    def _trust(self) -> tuple[str, ...]:
        """Return the options by which RAUC trusts the keyring, and heeds a list of revoked certificates in it."""
        keyring = Path(self._keyring)
        heed = "true" if b"X509 CRL" in keyring.read_bytes() else "false"
        configuration = self._folder / "rauc.conf"
        replace_file(
            configuration,
            f"[system]\ncompatible={COMPATIBLE}\nbootloader=noop\n"
            f"[keyring]\npath={keyring.resolve()}\ncheck-crl={heed}\n".encode(),
        )
        return ("--conf", str(configuration))

    def _read(self) -> _BootLoader:
        with suppress(FileNotFoundError, msgspec.DecodeError):
            return msgspec.json.decode(self._file.read_bytes(), type=_BootLoader)
        return _BootLoader({NAMES[0]: product.VERSION}, left={NAMES[0]: TRIES, NAMES[1]: 0})

    def _write(self) -> None:
        replace_file(self._file, msgspec.json.encode(self._loader))


async def _watch(place: Path, whole: int, progress: Callable[[int], None]) -> None:
    """Tell how much of a bundle is unpacked, by its own size: images are hardly smaller unpacked."""
    while True:
        await asyncio.sleep(LOOK_INTERVAL_S)
        written = await asyncio.to_thread(_size, place)
        progress(min(99, 100 * written // max(whole, 1)))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
