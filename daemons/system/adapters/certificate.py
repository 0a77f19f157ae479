"""The unit's certificates: made on the first boot, and anew when they no longer cover its names.

Whoever needs one has a key and a certificate of its own: who is broken into gives away no other's.
"""

import asyncio
import hashlib
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from common.errors import HardwareFault
from common.files import remove_file, replace_file
from common.reload import Ask
from daemons.system.certificate_names import CertificateNames

log = logging.getLogger(__name__)

WORK_TIMEOUT_S = 60.0

_KEY_FILE = "key.pem"
_CERTIFICATE_FILE = "certificate.pem"


class _Made(msgspec.Struct, frozen=True):
    """What the present files are, noted beside them so that no start has to parse a certificate."""

    names: CertificateNames
    certificate: str
    key: str


@dataclass(frozen=True)
class Reader:
    """Who reads a key and certificate."""

    name: str
    client: bool = False
    """Whether it also shows it to servers."""


NGINX = Reader("nginx")
READERS = (NGINX, Reader("sip", client=True))


class OwnCertificate:
    """Key and certificate of one reader, in a folder for its group."""

    def __init__(self, state: Path, reader: Reader = NGINX, ask_reload: Ask = lambda: None) -> None:
        """`ask_reload` has the reader load it again."""
        self._reader = reader
        self._ask_reload = ask_reload
        self._folder = state / "tls" / reader.name
        self._note = state / "tls" / f"{reader.name}.json"

    @property
    def file(self) -> Path:
        """Where the certificate lies."""
        return self._folder / _CERTIFICATE_FILE

    @property
    def _files(self) -> tuple[Path, ...]:
        return self._note, self._folder / _CERTIFICATE_FILE, self._folder / _KEY_FILE

    async def ensure(self, names: CertificateNames) -> bool:
        """Make sure that a certificate covers `names`; returns whether a new one was made."""
        made = self._made()
        if made is not None and made.names.cover(names):
            return False
        # On a device the folder is there already, set-group-id: what lies in it belongs to the reader's group.
        self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        # Its reader waits for the first one. To reload that would close the connections of a unit's first callers.
        first = not any(path.exists() for path in self._files)
        await self._certify(names)
        if not first:
            self._ask_reload()
        note = _Made(names, self._digest(_CERTIFICATE_FILE), self._digest(_KEY_FILE))
        replace_file(self._note, msgspec.json.encode(note))
        log.info(
            "a new certificate for %s speaks for %s",
            self._reader.name,
            ", ".join((*names.host_names, *names.addresses)),
        )
        return True

    def wipe(self) -> None:
        """Delete key and certificate."""
        for path in self._files:
            if path.exists():
                remove_file(path)

    def _made(self) -> _Made | None:
        try:
            made = msgspec.json.decode(self._note.read_bytes(), type=_Made)
            present = (self._digest(_CERTIFICATE_FILE), self._digest(_KEY_FILE))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        if present != (made.certificate, made.key):
            log.warning("the certificate or its key was damaged, making it anew")
            return None
        return made

    def _digest(self, name: str) -> str:
        return hashlib.sha256((self._folder / name).read_bytes()).hexdigest()

    async def _certify(self, names: CertificateNames) -> None:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "daemons.system.certify",
            str(self._folder),
            *(("client",) if self._reader.client else ()),
            stdin=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(WORK_TIMEOUT_S):
                await worker.communicate(msgspec.json.encode(names))
        except BaseException:
            worker.kill()
            await worker.wait()
            raise
        if worker.returncode != 0:
            raise HardwareFault(f"no certificate could be made (exit code {worker.returncode})")
