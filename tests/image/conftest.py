"""An image without the suite, made by the image's own steps, and updates for it: what the boot chain does by itself."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = ROOT / "build/image/small"
PATIENCE_S = float(os.environ.get("C8210_PATIENCE", "600"))
"""How long a start may take: two minutes on an idle computer, many on a busy one."""


def run(*command: str | Path, **environment: str) -> None:
    """Run a step; what it says goes to the test's output."""
    subprocess.run(
        [str(word) for word in command], check=True, cwd=ROOT, env={**os.environ, **environment}
    )


@dataclass(frozen=True)
class Made:
    """A disk as it is written to a card, a second one with updates, and U-Boot for the emulator."""

    disk: Path
    updates: Path
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
    keys, stranger = MADE / "keys", MADE / "stranger"
    run("tests/image/small_tree.sh", MADE / "tree")
    run(
        "image/image.sh",
        TREE=str(MADE / "tree"),
        OUT=str(MADE / "out"),
        KEYS=str(keys),
        VERSION="1.0.0",
    )
    run("image/rauc/keys.sh", stranger, "Stranger")
    folder = MADE / "updates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    good = folder / "good.raucb"
    bundle = "image/rauc/bundle.sh"
    run(bundle, MADE / "out.work/rootfs.ext4", "2.0.0", keys, good)
    other = MADE / "other.ext4"
    other.write_bytes(os.urandom(1 << 20))
    run(bundle, other, "2.0.0", keys, folder / "other-hardware.raucb", "c8210-rpi5")
    run(bundle, other, "2.0.0", stranger, folder / "stranger.raucb")
    spoil(good, folder / "signature.raucb", -600)
    spoil(good, folder / "content.raucb", good.stat().st_size // 2)
    updates = MADE / "updates.ext4"
    updates.unlink(missing_ok=True)
    size = sum(file.stat().st_size for file in folder.iterdir())
    run("mke2fs", "-q", "-t", "ext4", "-d", folder, updates, f"{size * 5 // 4096 + 16384}k")
    u_boot = MADE / "u-boot/usr/lib/u-boot/qemu_arm64/u-boot.bin"
    if not u_boot.exists():
        run("image/apt.sh", "fetch", MADE / "u-boot.debs", "trixie", "arm64", "u-boot-qemu")
        for deb in (MADE / "u-boot.debs").glob("*.deb"):
            run("dpkg-deb", "--extract", deb, MADE / "u-boot")
    return Made(MADE / "out.work/c8210.img", updates, u_boot)


@pytest.fixture
def card(made: Made, tmp_path: Path) -> Path:
    """Return a card of 4 GB with the image on it."""
    disk = tmp_path / "card.img"
    run("cp", "--sparse=always", made.disk, disk)
    os.truncate(disk, 4 << 30)
    return disk
