"""Certificates as records of the params daemon, which seals their keys."""

import msgspec

from common.errors import NotFound
from common.params.client import ParamsClient
from daemons.system.certificates.store import Stored
from daemons.system.records import CERTIFICATE, CertificateRecord


class CertificateRecords:
    """Keeps each certificate as a record of its alias."""

    def __init__(self, params: ParamsClient) -> None:
        self._params = params

    async def load(self) -> Stored:
        """Return all of them, without their keys."""
        return {
            id_: (revision, msgspec.json.decode(content, type=CertificateRecord))
            for id_, revision, content in await self._params.bus.records(CERTIFICATE.name)
        }

    async def save(self, record: CertificateRecord, revision: int) -> int:
        """Write one; without a key the old one stays."""
        content = msgspec.json.encode(record).decode()
        return await self._params.bus.put_record(CERTIFICATE.name, record.alias, revision, content)

    async def delete(self, alias: str, revision: int) -> None:
        """Delete one with its key."""
        await self._params.bus.delete_record(CERTIFICATE.name, alias, revision)

    async def private_key(self, alias: str) -> str:
        """Return the key of one; one that this unit cannot open is as good as lost."""
        sealed = await self._params.record_secrets(CERTIFICATE.name, alias)
        key = sealed.get("private_key", "")
        if not isinstance(key, str) or not key:
            raise NotFound(f"the private key of '{alias}' cannot be read: install it anew")
        return key
