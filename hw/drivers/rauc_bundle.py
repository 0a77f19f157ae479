"""Bundles of RAUC, looked into before anything is done with them.

RAUC's own program verifies the signature. What it answers is text for people: which kind of refusal that is, is found
here, first by the format of the file (squashfs, then perhaps hashes, then a CMS signature and its length).
"""

import asyncio
import logging
import os
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

import msgspec

from common.errors import HardwareFault
from common.update import Refusal
from hw.slots import Bundle, BundleRefused

log = logging.getLogger(__name__)

PROGRAM = "rauc"
CHECK_TIMEOUT_S = 60.0

NOT_FOR_THIS = "Firmware image does not match this device."
NOT_SIGNED = "Firmware image is not signed."

_MAGIC = b"hsqs"
_SUPERBLOCK_BYTES = 96
_BLOCK = 4096
_LONGEST_SIGNATURE = 64 * 1024
_NOISE = ("rauc-Message:", "rauc-WARNING", "(rauc:")

_SAID: Sequence[tuple[str, Refusal, str]] = (
    (
        "certificate revoked",
        Refusal.REVOKED,
        "Firmware image is signed with a certificate that was revoked.",
    ),
    (
        "unable to get local issuer certificate",
        Refusal.UNKNOWN_CERTIFICATE,
        "Firmware image is signed with a certificate that this device does not know.",
    ),
    (
        "self-signed certificate",
        Refusal.UNKNOWN_CERTIFICATE,
        "Firmware image is signed with a certificate that this device does not know.",
    ),
    (
        "signature verification failed",
        Refusal.UNSIGNED,
        "Firmware image was changed after it was signed.",
    ),
)


class _Manifest(msgspec.Struct):
    compatible: str
    version: str | None = None


def installed() -> bool:
    """Whether RAUC's program is there."""
    return shutil.which(PROGRAM, path=f"{os.environ.get('PATH', os.defpath)}:/usr/bin") is not None


async def check(bundle: Path, options: Sequence[str] = ()) -> Bundle:
    """Return what a bundle is, after its signature was verified; raises `BundleRefused`, `HardwareFault`."""
    await asyncio.to_thread(check_format, bundle)
    code, answer, said = await run(
        *options, "info", "--output-format=json", str(bundle), timeout_s=CHECK_TIMEOUT_S
    )
    if code != 0:
        raise refusal(said)
    try:
        manifest = msgspec.json.decode(answer, type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleRefused(
            Refusal.INVALID, "Firmware image has no manifest that can be read."
        ) from error
    if not manifest.version:
        raise BundleRefused(Refusal.INVALID, "Firmware image does not name its version.")
    return Bundle(manifest.compatible, manifest.version)


def check_format(bundle: Path) -> None:
    """Refuse what is no signed bundle; raises `BundleRefused`."""
    size = bundle.stat().st_size
    with bundle.open("rb") as file:
        superblock = file.read(_SUPERBLOCK_BYTES)
        if len(superblock) < _SUPERBLOCK_BYTES or not superblock.startswith(_MAGIC):
            # As a unit of this kind answers a file that is none at all.
            raise BundleRefused(Refusal.OTHER_DEVICE, NOT_FOR_THIS)
        (used,) = struct.unpack_from("<Q", superblock, 40)
        if used > size:
            raise BundleRefused(Refusal.INVALID, "Firmware image is cut off.")
        rest = size - used
        if rest <= _BLOCK:
            raise BundleRefused(Refusal.UNSIGNED, NOT_SIGNED)
        file.seek(-8, os.SEEK_END)
        (signature,) = struct.unpack(">Q", file.read(8))
    if not 0 < signature <= min(_LONGEST_SIGNATURE, rest - 8):
        raise BundleRefused(Refusal.INVALID, "Firmware image is cut off or damaged.")


def refusal(said: str) -> BundleRefused:
    """Return what RAUC's complaint means."""
    words = complaint(said)
    for part, reason, message in _SAID:
        if part in said:
            return BundleRefused(reason, message)
    return BundleRefused(Refusal.INVALID, f"Firmware image is invalid: {words}.")


def complaint(said: str) -> str:
    """Return RAUC's own words without its chatter."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    words = [line for line in lines if not line.startswith(_NOISE)]
    return (words[-1] if words else "no reason was given").rstrip(".")[:300]


async def run(*arguments: str, timeout_s: float) -> tuple[int, bytes, str]:
    """Run RAUC's program: its exit code, output, and what it says to people."""
    try:
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise HardwareFault("the program rauc is not installed") from None
    try:
        async with asyncio.timeout(timeout_s):
            answer, said = await process.communicate()
    except TimeoutError:
        raise HardwareFault("the program rauc does not come to an end") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = said.decode(errors="replace")
    log.debug("rauc %s: %s", " ".join(arguments[:3]), text)
    return process.returncode or 0, answer, text
