"""Firmware images for tests: signed bundles of a few kilobytes, and what is wrong with others."""

import datetime
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

COMPATIBLE = "c8210-rpi4"
_USAGE = "extendedKeyUsage=codeSigning,emailProtection"


@dataclass(frozen=True)
class Signer:
    """Somebody who signs images."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class House:
    """Who makes images: some who sign them, and what a unit trusts of all this."""

    signer: Signer
    dismissed: Signer
    """Whose certificate was revoked."""
    keyring: Path


def house(folder: Path) -> House:
    """Make an authority, two whom it has let sign, and its word that one of them may not any more."""
    own = signer(folder, "house", "-addext", "keyUsage=keyCertSign,cRLSign")
    hired, dismissed = _issued(folder, own, "hired"), _issued(folder, own, "dismissed")
    keyring = folder / "keyring.pem"
    keyring.write_bytes(own.certificate.read_bytes() + _revoked(own, dismissed))
    return House(hired, dismissed, keyring)


def _issued(folder: Path, by: Signer, name: str) -> Signer:
    certificate, key, request = (folder / f"{name}.{each}" for each in ("pem", "key", "csr"))
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"{_USAGE}\nbasicConstraints=CA:FALSE\n")
    for command in (
        [
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", str(key), "-out", str(request), "-subj", f"/CN={name}"),
        ],
        [
            *("x509", "-req", "-in", str(request), "-out", str(certificate), "-days", "3650"),
            *("-CA", str(by.certificate), "-CAkey", str(by.key), "-extfile", str(extensions)),
        ],
    ):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return Signer(certificate, key)


def _revoked(by: Signer, dismissed: Signer) -> bytes:
    authority = x509.load_pem_x509_certificate(by.certificate.read_bytes())
    serial = x509.load_pem_x509_certificate(dismissed.certificate.read_bytes()).serial_number
    key = serialization.load_pem_private_key(by.key.read_bytes(), None)
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
    listed = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now)
        .next_update(now + datetime.timedelta(days=3650))
        .add_revoked_certificate(revoked)
        .sign(cast(EllipticCurvePrivateKey, key), hashes.SHA256())
    )
    return listed.public_bytes(serialization.Encoding.PEM)


def signer(folder: Path, name: str, *extensions: str) -> Signer:
    """Make a signer whose certificate is its own authority."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={name}"),
            *("-days", "3650", "-addext", _USAGE, *extensions),
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
