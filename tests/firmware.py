"""Firmware images for tests: signed bundles of a few kilobytes, and what is wrong with others."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

COMPATIBLE = "c8210-rpi4"
_USAGE = "extendedKeyUsage=codeSigning,emailProtection"


@dataclass(frozen=True)
class Signer:
    """Somebody who signs images."""

    certificate: Path
    key: Path


def signer(folder: Path, name: str) -> Signer:
    """Make a signer whose certificate is its own authority."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={name}"),
            *("-days", "3650", "-addext", _USAGE),
        ],
        check=True,
        capture_output=True,
    )
    return Signer(certificate, key)


def image(
    folder: Path,
    by: Signer,
    version: str,
    *,
    compatible: str = COMPATIBLE,
    size: int = 200_000,
    image_format: str = "verity",
) -> Path:
    """Make a signed bundle."""
    content = folder / f"content-{version}-{compatible}-{size}"
    content.mkdir(parents=True)
    # What cannot be packed, so that the bundle is about as large as it is to be.
    (content / "rootfs.img").write_bytes(os.urandom(size))
    (content / "manifest.raucm").write_text(
        f"[update]\ncompatible={compatible}\nversion={version}\n"
        f"[bundle]\nformat={image_format}\n[image.rootfs]\nfilename=rootfs.img\n"
    )
    bundle = folder / f"{content.name}.raucb"
    subprocess.run(
        ["rauc", "bundle", "--cert", by.certificate, "--key", by.key, content, bundle],
        check=True,
        capture_output=True,
    )
    return bundle


def unsigned(folder: Path) -> Path:
    """Make what a bundle is before it is signed."""
    content, bundle = folder / "unsigned", folder / "unsigned.raucb"
    content.mkdir()
    (content / "rootfs.img").write_bytes(bytes(5000))
    subprocess.run(
        ["mksquashfs", content, bundle, "-quiet", "-noappend"], check=True, capture_output=True
    )
    return bundle


def changed(bundle: Path, position: int) -> Path:
    """Return a copy with one byte changed; negative positions count from the end."""
    content = bytearray(bundle.read_bytes())
    content[position] ^= 1
    copy = bundle.with_name(f"changed-{position}.raucb")
    copy.write_bytes(content)
    return copy


def cut(bundle: Path, size: int) -> Path:
    """Return a copy of the first bytes."""
    copy = bundle.with_name(f"cut-{size}.raucb")
    copy.write_bytes(bundle.read_bytes()[:size])
    return copy
