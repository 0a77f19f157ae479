"""The image and updates for it, as `make image` makes them, and a card that a unit has started from once."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.product import VERSION
from tests.image.first_start import FirstStart, first_start
from tests.suite import ROOT

MADE = ROOT / "build/image/test"
OUT = ROOT / "build/image/out"
KEYS = ROOT / "build/image/keys"
PATIENCE_S = float(os.environ.get("C8210_PATIENCE", "900"))
"""How long a start may take: two minutes on an idle computer, many on a busy one."""


def run(*command: str | Path, **environment: str) -> None:
    """Run a step; what it says goes to the test's output."""
    subprocess.run(
        [str(word) for word in command], check=True, cwd=ROOT, env={**os.environ, **environment}
    )


@dataclass(frozen=True)
class Made:
    """A disk as it is written to a card, updates, and U-Boot for the emulator."""

    disk: Path
    next_version: str
    next: Path
    """An update of the maker's."""
    mine: Path
    """The same, signed by an owner."""
    owner: Path
    """The owner's certificate."""
    refused: Path
    """A folder with updates that are none for this unit, by what is wrong with them."""
    u_boot: Path


def spoil(whole: Path, spoilt: Path, at: int) -> None:
    """Copy a file with one bit changed; `at` counts from the end when it is negative."""
    content = bytearray(whole.read_bytes())
    content[at] ^= 1
    spoilt.write_bytes(content)


@pytest.fixture(scope="session")
def made() -> Made:
    """Make everything; takes some minutes the first time."""
    if os.geteuid() != 0:
        pytest.fail("only root can make an image")
    run("image/image.sh")
    major, minor, patch = VERSION.split(".")
    later = f"{major}.{minor}.{int(patch) + 1}"
    made = MADE / "next"
    run("image/image.sh", OUT=str(made), VERSION=later)
    run("image/rauc/keys.sh", MADE / "owner", "Owner")
    bundle = "image/rauc/bundle.sh"
    mine = MADE / "mine.raucb"
    run(bundle, MADE / "next.work/rootfs.ext4", later, MADE / "owner", mine)
    return Made(
        OUT.with_name("out.work") / "c8210.img",
        later,
        made / f"c8210-{later}.raucb",
        mine,
        MADE / "owner/ca.pem",
        _refused(later),
        _u_boot(),
    )


def _refused(version: str) -> Path:
    folder = MADE / "refused"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    slot = MADE / "noise.ext4"
    slot.write_bytes(os.urandom(1 << 20))
    bundle = "image/rauc/bundle.sh"
    good = MADE / "noise.raucb"
    run(bundle, slot, version, KEYS, good)
    run(bundle, slot, version, KEYS, folder / "other-hardware", "c8210-rpi5")
    run(bundle, slot, version, MADE / "owner", folder / "not-enrolled")
    spoil(good, folder / "signature", -600)
    spoil(good, folder / "content", good.stat().st_size // 2)
    return folder


def _u_boot() -> Path:
    file = MADE / "u-boot/usr/lib/u-boot/qemu_arm64/u-boot.bin"
    if not file.exists():
        run("image/apt.sh", "fetch", MADE / "u-boot.debs", "trixie", "arm64", "u-boot-qemu")
        for deb in (MADE / "u-boot.debs").glob("*.deb"):
            run("dpkg-deb", "--extract", deb, MADE / "u-boot")
    return file


@pytest.fixture(scope="session")
def first(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstStart]:
    """A unit that was started for the first time, claimed, and switched off again; what was seen of it."""
    folder = tmp_path_factory.mktemp("first")
    card = folder / "card.img"
    run("cp", "--sparse=always", made.disk, card)
    os.truncate(card, 4 << 30)
    yield first_start(card, made.u_boot, folder, PATIENCE_S)
    card.unlink()


@pytest.fixture
def card(first: FirstStart, tmp_path: Path) -> Iterator[Path]:
    """Return the card of that unit."""
    copy = tmp_path / "card.img"
    run("cp", "--sparse=always", first.card, copy)
    yield copy
    copy.unlink()
