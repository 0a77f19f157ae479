"""The certificates of the unit: which there are, and who uses them."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from common.certificates import LONGEST_ALIAS, LONGEST_TEXT, MOST, OWN, Certificate, Kind, NewKey
from common.errors import Conflict, InvalidValue, NotFound
from daemons.system.certificates import work
from daemons.system.records import CertificateRecord

_ALIAS = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
"""What stands in a path without escapes, for that is where an alias stands in the API."""

Stored = Mapping[str, tuple[int, CertificateRecord]]
"""Alias -> revision and content, without the key."""


class Store(Protocol):
    """Where certificates are kept."""

    async def load(self) -> Stored:
        """Return all of them."""
        ...

    async def save(self, record: CertificateRecord, revision: int) -> int:
        """Write one that was read at `revision` (0: a new one); without a key the old one stays."""
        ...

    async def delete(self, alias: str, revision: int) -> None:
        """Delete one with its key."""
        ...

    async def private_key(self, alias: str) -> str:
        """Return the key of one, as PEM; raises `NotFound`."""
        ...


class Worker(Protocol):
    """Who knows cryptography."""

    async def __call__(self, request: work.Request) -> work.Answer:
        """Return the answer; raises `InvalidValue` for what was refused."""
        ...


class Fixed(Protocol):
    """The certificates that nobody has installed."""

    async def own(self) -> Certificate | None:
        """Return the one that the unit has made itself; None when there is none now."""
        ...

    async def preinstalled(self) -> Sequence[Certificate]:
        """Return those of the authorities that the unit came with."""
        ...


class Certificates:
    """All of them, by alias."""

    def __init__(
        self, store: Store, worker: Worker, fixed: Fixed, changed: Callable[[], None]
    ) -> None:
        """`changed` is called after each change."""
        self._store = store
        self._worker = worker
        self._fixed = fixed
        self._changed = changed
        self._stored: Stored = {}
        self._uses: dict[str, dict[str, str]] = {}
        """Daemon -> alias -> by what it is used."""
        self._one_at_a_time = asyncio.Lock()

    async def load(self) -> None:
        """Go by what is kept: at the start, after a reset, and when the params daemon is back."""
        async with self._one_at_a_time:
            before, self._stored = self._stored, await self._store.load()
        if before != self._stored:
            self._changed()

    # -- what there is --

    async def listed(self) -> list[Certificate]:
        """Return those that are installed, and the unit's own."""
        found = [self._shown(record) for _revision, record in self._stored.values()]
        if (own := await self._fixed.own()) is not None:
            found.append(own)
        return sorted(found, key=lambda each: (each.kind, each.alias.lower()))

    async def preinstalled(self) -> list[Certificate]:
        """Return those of the authorities that the unit came with."""
        return list(await self._fixed.preinstalled())

    def aliases(self) -> dict[str, str]:
        """Return alias -> kind."""
        return {alias: record.kind for alias, (_revision, record) in self._stored.items()}

    async def key_pair(self, alias: str) -> str:
        """Return a client/server certificate with its chain and its key, as PEM."""
        record = self._existing(alias)
        if record.kind != "client":
            raise NotFound(f"'{alias}' is the certificate of an authority, it has no key")
        return record.certificate + await self._store.private_key(alias)

    async def authorities(self, alias: str) -> str:
        """Return the certificate of one authority, or of all that are installed, as PEM."""
        if not alias:
            records = (record for _revision, record in self._stored.values())
            return "".join(each.certificate for each in records if each.kind == "authority")
        if alias not in self._stored:
            for each in await self._fixed.preinstalled():
                if each.alias == alias:
                    return each.certificate
        record = self._existing(alias)
        if record.kind != "authority":
            raise NotFound(f"'{alias}' is not the certificate of an authority")
        return record.certificate

    # -- changes --

    async def add(self, alias: str, certificate: str, private_key: str, passphrase: str) -> None:
        """Install a client/server certificate."""
        _check_texts(certificate=certificate, private_key=private_key, passphrase=passphrase)
        await self._install(alias, "client", work.Fit(certificate, private_key, passphrase))

    async def add_authority(self, alias: str, certificate: str) -> None:
        """Install the certificate of an authority."""
        _check_texts(certificate=certificate)
        await self._install(alias, "authority", work.Read(certificate, single=True))

    async def add_container(self, alias: str, container: str, passphrase: str) -> None:
        """Install a client/server certificate from PKCS #12."""
        _check_texts(pkcs12=container, passphrase=passphrase)
        await self._install(alias, "client", work.Unpack(container, passphrase))

    async def create(self, new: NewKey) -> None:
        """Make a key, and a certificate that it signs itself."""
        await self._install(new.alias, "client", work.Make(new))

    async def replace(self, alias: str, certificate: str) -> None:
        """Put another certificate in the place of one."""
        _check_texts(certificate=certificate)
        async with self._one_at_a_time:
            kind = self._existing(alias).kind
            if kind == "client":
                key = await self._store.private_key(alias)
                request: work.Request = work.Fit(certificate, key)
            else:
                request = work.Read(certificate, single=True)
            await self._keep(alias, kind, (await self._worker(request)).found[0])

    async def request(self, alias: str, subject: str, names: Sequence[str]) -> str:
        """Return a certificate signing request by the key of a certificate, as PEM."""
        record = self._existing(alias)
        if record.kind != "client":
            raise InvalidValue(f"'{alias}' is the certificate of an authority, it has no key")
        key = await self._store.private_key(alias)
        return (await self._worker(work.Apply(record.certificate, key, subject, tuple(names)))).text

    async def remove(self, alias: str) -> None:
        """Delete a certificate that nobody uses."""
        async with self._one_at_a_time:
            self._existing(alias)
            if users := self._users(alias):
                raise Conflict(f"'{alias}' is in use by {', '.join(users)}")
            await self._store.delete(alias, self._stored[alias][0])
            self._stored = {name: kept for name, kept in self._stored.items() if name != alias}
        self._changed()

    def use(self, who: str, uses: Mapping[str, str]) -> None:
        """Know what a daemon uses from now on."""
        self._uses[who] = dict(uses)

    # -- the parts --

    async def _install(self, alias: str, kind: Kind, request: work.Request) -> None:
        if len(alias) > LONGEST_ALIAS or not _ALIAS.fullmatch(alias):
            raise InvalidValue(
                f"alias: 1 to {LONGEST_ALIAS} letters, digits and any of . _ ~ -, without . at the front"
            )
        async with self._one_at_a_time:
            await self._check_free(alias)
            await self._keep(alias, kind, (await self._worker(request)).found[0])

    async def _check_free(self, alias: str) -> None:
        if alias in self._stored:
            raise Conflict(f"there is a certificate '{alias}' already")
        if len(self._stored) >= MOST:
            raise Conflict(f"there can be at most {MOST} certificates")
        if any(each.alias == alias for each in await self._fixed.preinstalled()):
            raise Conflict(f"there is a pre-installed certificate '{alias}' already")

    async def _keep(self, alias: str, kind: Kind, found: work.Found) -> None:
        revision = self._stored[alias][0] if alias in self._stored else 0
        record = CertificateRecord(alias, kind, found.certificate, found.details)
        whole = (
            CertificateRecord(alias, kind, found.certificate, found.details, found.private_key)
            if kind == "client"
            else record
        )
        kept = await self._store.save(whole, revision)
        self._stored = dict(sorted({**self._stored, alias: (kept, record)}.items()))
        self._changed()

    def _existing(self, alias: str) -> CertificateRecord:
        if alias == OWN:
            raise Conflict(f"'{OWN}' is the unit's own certificate, which stays as it is")
        if alias not in self._stored:
            raise NotFound(f'"{alias[:LONGEST_ALIAS]}"')
        return self._stored[alias][1]

    def _shown(self, record: CertificateRecord) -> Certificate:
        return Certificate(
            record.alias,
            record.kind,
            record.certificate,
            record.details,
            used_by=tuple(self._users(record.alias)),
        )

    def _users(self, alias: str) -> list[str]:
        return sorted(uses[alias] for uses in self._uses.values() if alias in uses)


def _check_texts(**texts: str) -> None:
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise InvalidValue(f"{name}: at most {LONGEST_TEXT} characters")
