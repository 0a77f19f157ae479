"""The certificates that a daemon uses, as files in its runtime folder: TLS libraries read nothing else.

They are asked of the system daemon, and anew whenever others are installed. A file keeps its name when its content
changes, which `CertificateFiles.revision` tells.
"""

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from common.bus.certificates import CertificatesInterface
from common.bus.connection import Connection
from common.bus.suite import SYSTEM
from common.certificates import Kind
from common.errors import ApplianceError, NotFound
from common.files import replace_file

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.5
_ALL = ""


class CertificateFiles:
    """Certificates with their keys, and authorities, by alias."""

    def __init__(
        self, connection: Connection, folder: Path, changed: Callable[[], None] = lambda: None
    ) -> None:
        """`changed` is called when a file is there, is gone, or has other content."""
        self._connection = connection
        self._folder = folder / "certificates"
        self._system = connection.proxy(CertificatesInterface, SYSTEM)
        self._changed = changed
        self._uses: dict[str, str] = {}
        self._authorities: frozenset[str] = frozenset({_ALL})
        self._files: dict[tuple[str, str], tuple[Path, str]] = {}
        """Kind and alias -> file, and the digest of its content."""
        self._wake = asyncio.Event()

    def revision(self, *aliases: str) -> str:
        """Return what is another one with other files, or other content of them; of some aliases, or of all."""
        told = (
            f"{kind} {alias} {digest}"
            for (kind, alias), (_path, digest) in sorted(self._files.items())
            if not aliases or alias in aliases
        )
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def key_pair(self, alias: str) -> str:
        """Return the file with a certificate and its key; empty while there is none."""
        return self._path("client", alias)

    def authority(self, alias: str) -> str:
        """Return the file with the certificate of one authority; empty while there is none."""
        return self._path("authority", alias)

    @property
    def installed(self) -> Path:
        """Where all authorities stand that somebody has installed; there is no such file while there are none."""
        return self._folder / _name("authority", _ALL)

    def want(self, uses: Mapping[str, str], authorities: Collection[str] = ()) -> None:
        """Have these certificates, each with words for by what it is used, and these authorities beside all of them.

        An alias of `authorities` that stands in `uses`, too, cannot be deleted either.
        """
        wanted = frozenset({_ALL, *authorities})
        if (dict(uses), wanted) != (self._uses, self._authorities):
            self._uses, self._authorities = dict(uses), wanted
            self._wake.set()

    async def check(self, alias: str, kind: Kind, field: str) -> None:
        """Raise `NotFound` when settings cannot name that certificate; an empty name is none."""
        if not alias:
            return
        if (await self._system.aliases()).get(alias) != kind:
            what = "certificate" if kind == "client" else "certificate of an authority"
            raise NotFound(f"{field}: there is no {what} '{alias[:64]}'")

    async def run(self) -> None:
        """Keep the files, until cancelled."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.iterdir():
            left.unlink()
        await self._connection.subscribe(
            CertificatesInterface.changed, SYSTEM, lambda *_: self._wake.set()
        )
        self._connection.watch(SYSTEM, lambda there: self._wake.set() if there else None)
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._refresh()
            except (ApplianceError, OSError) as error:
                log.debug("the certificates cannot be had now: %s", error)
                await asyncio.sleep(RETRY_INTERVAL_S)
                self._wake.set()

    async def _refresh(self) -> None:
        before = self.revision()
        uses, authorities = self._uses, self._authorities
        await self._system.use(self._connection.member.name, uses)
        wanted = {("client", alias) for alias in uses if alias not in authorities}
        wanted |= {("authority", alias) for alias in authorities}
        for kind, alias in sorted(wanted):
            content = await self._content(kind, alias)
            if content:
                self._keep(kind, alias, content)
            else:
                wanted.discard((kind, alias))
        for key in [key for key in self._files if key not in wanted]:
            path, _digest = self._files.pop(key)
            path.unlink(missing_ok=True)
        if before != self.revision():
            self._changed()

    async def _content(self, kind: str, alias: str) -> bytes:
        opened = self._system.open_key_pair if kind == "client" else self._system.open_authorities
        try:
            descriptor = await opened(alias)
        except NotFound as error:
            log.warning("a certificate that is to be used is not there: %s", error)
            return b""
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def _keep(self, kind: str, alias: str, content: bytes) -> None:
        path, digest = self._folder / _name(kind, alias), hashlib.sha256(content).hexdigest()
        if self._files.get((kind, alias)) != (path, digest):
            replace_file(path, content)
            self._files[kind, alias] = (path, digest)

    def _path(self, kind: str, alias: str) -> str:
        found = self._files.get((kind, alias))
        return "" if found is None else str(found[0])


def _name(kind: str, alias: str) -> str:
    return f"{kind}-{hashlib.sha256(alias.encode()).hexdigest()[:16] if alias else 'all'}.pem"
