"""The settings as records of the params daemon."""

import asyncio

import msgspec

from common.errors import NotFound
from common.params.client import ParamsClient
from daemons.mqtt.control import Kept
from daemons.mqtt.records import BRIDGE, CLIENT, BridgeRecord, ClientRecord

_ID = "1"


class Records:
    """One record of each type."""

    def __init__(self, params: ParamsClient) -> None:
        self._params = params
        self._one_at_a_time = asyncio.Lock()
        self._revisions = {CLIENT.name: 0, BRIDGE.name: 0}

    async def load(self) -> tuple[Kept, BridgeRecord]:
        """Return what is kept."""
        kept, between = Kept(), BridgeRecord()
        revisions = dict.fromkeys(self._revisions, 0)
        async with self._one_at_a_time:
            for _id, revision, content in await self._params.bus.records(CLIENT.name):
                revisions[CLIENT.name] = revision
                kept = await self._whole(msgspec.json.decode(content, type=ClientRecord))
            for _id, revision, content in await self._params.bus.records(BRIDGE.name):
                revisions[BRIDGE.name] = revision
                between = msgspec.json.decode(content, type=BridgeRecord)
            self._revisions = revisions
        return kept, between

    async def _whole(self, record: ClientRecord) -> Kept:
        if record.config is None:
            return Kept(record.active)
        try:
            sealed = await self._params.record_secrets(CLIENT.name, _ID)
        except NotFound:
            sealed = {}
        return Kept(record.active, msgspec.structs.replace(record.config, **sealed))

    async def save_client(self, kept: Kept) -> None:
        """Keep the client, its secrets sealed."""
        config = kept.config
        record = ClientRecord(
            kept.active,
            config and msgspec.structs.replace(config, password="", http_proxy="", https_proxy=""),
            password=config.password if config else "",
            http_proxy=config.http_proxy if config else "",
            https_proxy=config.https_proxy if config else "",
        )
        await self._put(CLIENT.name, record)

    async def save_bridge(self, bridge: BridgeRecord) -> None:
        """Keep the bridge."""
        await self._put(BRIDGE.name, bridge)

    async def _put(self, type_: str, record: msgspec.Struct) -> None:
        content = msgspec.json.encode(record).decode()
        async with self._one_at_a_time:
            self._revisions[type_] = await self._params.bus.put_record(
                type_, _ID, self._revisions[type_], content
            )
