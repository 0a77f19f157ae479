"""The records of the mqtt daemon: the client, and the bridge. There is one of each."""

import msgspec

from common.mqtt import ClientConfig, Publication, Subscriptions
from common.params.kinds import Reset
from common.params.registry import PARAMETERS, RecordType


class ClientRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The client. What is secret of its configuration stands beside it, and is sealed."""

    active: bool = False
    config: ClientConfig | None = None
    password: str | msgspec.UnsetType = msgspec.UNSET
    http_proxy: str | msgspec.UnsetType = msgspec.UNSET
    """A proxy's address may hold a password, so the whole of it is sealed."""
    https_proxy: str | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return f"ClientRecord(active={self.active}, config={self.config})"


class BridgeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Between events and messages."""

    publication: Publication = Publication()
    subscriptions: Subscriptions = Subscriptions()


CLIENT = PARAMETERS.declare_record(
    RecordType(
        "mqtt_client",
        owner="mqtt",
        shape=ClientRecord,
        secret_fields=frozenset({"password", "http_proxy", "https_proxy"}),
        maximum=1,
        reset=Reset.RESTORE,
    )
)
BRIDGE = PARAMETERS.declare_record(
    RecordType("mqtt_bridge", owner="mqtt", shape=BridgeRecord, maximum=1, reset=Reset.RESTORE)
)
