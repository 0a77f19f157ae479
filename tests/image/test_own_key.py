"""An owner's own key: made, enrolled, believed, taken back (docs/own-key.md), by RAUC itself on this machine."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RAUC = ROOT / "image/rauc"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run something; both outputs are in `stdout`."""
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


class Unit:
    """What a unit believes: the image's own configuration, in a folder."""

    def __init__(self, folder: Path, maker: Path) -> None:
        self.keys = folder / "owner"
        self.keys.mkdir()
        self._conf = folder / "system.conf"
        text = (RAUC / "system.conf").read_text()
        text = text.replace("/etc/rauc/keyring.pem", str(maker))
        text = text.replace("/data/rauc/keys", str(self.keys))
        # Newer than this machine's RAUC may be; neither says whom to believe.
        drop = ("boot-attempts", "bundle-formats", "data-directory", "use-bundle-signing-time")
        self._conf.write_text(
            "\n".join(line for line in text.splitlines() if not line.startswith(drop))
        )

    def takes(self, bundle: Path) -> bool:
        """Say whether the bundle's signature is believed."""
        done = run("rauc", f"--conf={self._conf}", "info", bundle)
        assert done.returncode == 0 or "signature" in done.stdout or "verif" in done.stdout, (
            done.stdout
        )
        return done.returncode == 0

    def enrol(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the program of the image, on this unit's folder."""
        return run("sh", RAUC / "enrol.sh", *words, C8210_OWNER_KEYS=str(self.keys))


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    """Return a unit that believes a maker whose key nobody here has."""
    assert run("bash", RAUC / "keys.sh", tmp_path / "maker", "Maker").returncode == 0
    return Unit(tmp_path, tmp_path / "maker/ca.pem")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return an update that the owner has signed."""
    assert run("bash", RAUC / "keys.sh", tmp_path / "mine", "Owner").returncode == 0
    slot = tmp_path / "rootfs.ext4"
    slot.write_bytes(os.urandom(65536))
    file = tmp_path / "mine.raucb"
    done = run("bash", RAUC / "bundle.sh", slot, "1.2.3", tmp_path / "mine", file)
    assert done.returncode == 0, done.stdout
    return file


def test_an_owners_key_is_believed_once_enrolled_and_until_taken_back(
    unit: Unit, bundle: Path, tmp_path: Path
) -> None:
    """Refused before, taken after, refused again."""
    assert not unit.takes(bundle)
    assert unit.enrol(tmp_path / "mine/ca.pem").returncode == 0
    assert unit.takes(bundle)
    listed = unit.enrol("--list").stdout
    assert "Owner" in listed
    assert unit.enrol("--remove", listed.split()[0]).returncode == 0
    assert not unit.takes(bundle)


def test_a_tampered_update_is_refused_whoever_signed_it(
    unit: Unit, bundle: Path, tmp_path: Path
) -> None:
    """One bit of the signature is enough."""
    assert unit.enrol(tmp_path / "mine/ca.pem").returncode == 0
    whole = bytearray(bundle.read_bytes())
    whole[-600] ^= 1  # in the signature, which stands at the end
    bundle.write_bytes(whole)
    assert not unit.takes(bundle)


def test_what_is_no_authority_is_not_enrolled(unit: Unit, bundle: Path, tmp_path: Path) -> None:
    """A signer's certificate and a private key are refused, and nothing is kept of them."""
    for file in ("signer.pem", "ca.key"):
        assert unit.enrol(tmp_path / "mine" / file).returncode == 1
    assert list(unit.keys.iterdir()) == []


def test_no_private_key_comes_along(unit: Unit, bundle: Path, tmp_path: Path) -> None:
    """A file that has both gives up its certificate alone."""
    both = tmp_path / "both.pem"
    both.write_text((tmp_path / "mine/ca.key").read_text() + (tmp_path / "mine/ca.pem").read_text())
    assert unit.enrol(both).returncode == 0
    (kept,) = [file for file in unit.keys.glob("*.pem") if not file.is_symlink()]
    assert "PRIVATE" not in kept.read_text()
    assert unit.takes(bundle)


def test_keys_are_made_once_and_nobody_else_reads_them(tmp_path: Path) -> None:
    """A second call changes nothing: units out there believe the first key."""
    for _ in range(2):
        assert run("bash", RAUC / "keys.sh", tmp_path / "keys").returncode == 0
    first = {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()}
    assert sorted(first) == ["ca.key", "ca.pem", "signer.key", "signer.pem"]
    assert run("bash", RAUC / "keys.sh", tmp_path / "keys").returncode == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()} == first
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
