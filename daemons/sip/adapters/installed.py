"""What the unit brings along for SIP: its own certificate, those that are installed, and whom it believes."""

import os
from collections.abc import Iterable
from pathlib import Path

from common.certificate_files import CertificateFiles
from common.errors import InvalidValue, NotFound
from common.files import replace_file
from common.sip import Account
from daemons.sip.endpoint import Installation

AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Whom the unit trusts, as Debian keeps it; `SSL_CERT_FILE` names others."""


class Installed:
    """All of it, as files that the stack reads."""

    def __init__(self, files: CertificateFiles, own: Path, runtime: Path, address: str) -> None:
        """`own` is the folder with the unit's own certificate for SIP, `runtime` one to write to."""
        self._files = files
        self._own = own
        self._trusted = runtime / "authorities.pem"
        self._address = address
        self._aliases: tuple[str, ...] = ()
        self._verifies = False
        self._joined: tuple[str, int, int] | None = None
        """What `_trusted` was made of."""

    def follow(self, accounts: Iterable[Account]) -> None:
        """Have what these accounts show."""
        uses: dict[str, list[str]] = {}
        self._verifies = False
        for account in accounts:
            if account.transport == "tls" and account.verify_server_certificate:
                self._verifies = True
            if account.certificate:
                uses.setdefault(account.certificate, []).append(account.name or account.id)
        self._aliases = tuple(sorted(uses))
        self._files.want(
            {alias: f"the SIP account {', '.join(names)}" for alias, names in uses.items()}
        )

    async def check(self, alias: str) -> None:
        """Raise `InvalidValue` for a certificate that no account can show."""
        try:
            await self._files.check(alias, "client", "Certificate")
        except NotFound as error:
            raise InvalidValue(error.message) from None

    def __call__(self) -> Installation:
        """Return what there is now."""
        certificate, key = self._own / "certificate.pem", self._own / "key.pem"
        try:
            made_ns = max(certificate.stat().st_mtime_ns, key.stat().st_mtime_ns)
            own = (str(certificate), str(key))
        except OSError:
            made_ns, own = 0, ("", "")
        # The stack is started anew for other ones: not for those that no account needs.
        needed = (*self._aliases, *(("",) if self._verifies else ()))
        pairs = ((alias, self._files.key_pair(alias)) for alias in self._aliases)
        return Installation(
            self._address,
            *own,
            self._authorities(),
            tuple((alias, file) for alias, file in pairs if file),
            made_ns,
            self._files.revision(*needed) if needed else "",
        )

    def _authorities(self) -> str:
        """Return a file with all authorities: the stack takes one only."""
        system, installed = (
            Path(os.environ.get("SSL_CERT_FILE", AUTHORITIES)),
            self._files.installed,
        )
        try:
            if not self._verifies:
                return str(system)
            more_ns = installed.stat().st_mtime_ns
        except OSError:
            return str(system)
        try:
            system_ns = system.stat().st_mtime_ns
        except OSError:
            return str(installed)
        made_of = (self._files.revision(), more_ns, system_ns)
        if made_of != self._joined:
            replace_file(self._trusted, system.read_bytes() + b"\n" + installed.read_bytes())
            self._joined = made_of
        return str(self._trusted)
