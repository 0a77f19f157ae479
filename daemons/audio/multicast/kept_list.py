"""The controller's list as records of the params daemon."""

import logging
from dataclasses import dataclass, field
from typing import Final

import msgspec

from common.errors import ApplianceError
from common.params.client import ParamsClient
from daemons.audio.multicast.source_list import Source, SourceList, listed
from daemons.audio.records import (
    MULTICAST_LIST,
    MULTICAST_SOURCE,
    MulticastListRecord,
    MulticastSourceRecord,
)

log = logging.getLogger(__name__)

_LIST_ID: Final = "list"


@dataclass
class KeptList:
    """Reads and writes the list."""

    params: ParamsClient
    _revisions: dict[str, int] = field(default_factory=dict)
    _list_revision: int = 0

    async def load(self) -> SourceList:
        """Return what is kept."""
        sources: dict[str, Source] = {}
        self._revisions.clear()
        for id_, revision, content in await self.params.bus.records(MULTICAST_SOURCE.name):
            self._revisions[id_] = revision
            kept = msgspec.json.decode(content, type=MulticastSourceRecord)
            key = await self._key(id_) if kept.encrypted else ""
            sources[id_] = Source(
                id_,
                kept.label,
                kept.address,
                kept.port,
                kept.profile,
                key,
                kept.encrypted and not key,
            )
        self._list_revision = 0
        common = MulticastListRecord()
        for _id, revision, content in await self.params.bus.records(MULTICAST_LIST.name):
            self._list_revision = revision
            common = msgspec.json.decode(content, type=MulticastListRecord)
        order = listed(tuple(common.order), sources)
        return SourceList(common.enabled, common.codec, order, sources)

    async def save(self, before: SourceList, after: SourceList) -> None:
        """Write what has changed. A source that stands in no order yet is the last: each step leaves a whole list."""
        for id_, source in after.sources.items():
            if before.sources.get(id_) != source:
                await self._save_source(id_, source)
        kept = MulticastListRecord(after.enabled, after.codec, list(after.order))
        if kept != MulticastListRecord(before.enabled, before.codec, list(before.order)):
            content = msgspec.json.encode(kept).decode()
            self._list_revision = await self.params.bus.put_record(
                MULTICAST_LIST.name, _LIST_ID, self._list_revision, content
            )
        for id_ in before.sources.keys() - after.sources.keys():
            revision = self._revisions.pop(id_, 0)
            await self.params.bus.delete_record(MULTICAST_SOURCE.name, id_, revision)

    async def _save_source(self, id_: str, source: Source) -> None:
        record = MulticastSourceRecord(
            source.label,
            source.address,
            source.port,
            source.profile,
            encrypted=bool(source.srtp_key) or source.key_lost,
            srtp_key=msgspec.UNSET if source.key_lost else source.srtp_key,
        )
        self._revisions[id_] = await self.params.bus.put_record(
            MULTICAST_SOURCE.name,
            id_,
            self._revisions.get(id_, 0),
            msgspec.json.encode(record).decode(),
        )

    async def _key(self, id_: str) -> str:
        try:
            secrets = await self.params.record_secrets(MULTICAST_SOURCE.name, id_)
        except ApplianceError as error:
            log.error("the key of a multicast source cannot be read: %s", error.message)
            return ""
        return str(secrets.get("srtp_key", ""))
