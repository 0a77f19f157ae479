"""The records that the audio daemon keeps: the multicast controller's list, and each source of it."""

import msgspec

from common.params.registry import PARAMETERS, RecordType

MOST_SOURCES = 10
"""With the unit's own three they have the thirteen priorities of VAPIX page 6.4."""


class MulticastSourceRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One source from the network; what it is called by is the record's id."""

    label: str
    address: str
    port: int
    profile: str
    encrypted: bool = False
    srtp_key: str | msgspec.UnsetType = msgspec.UNSET
    """Hexadecimal; sealed, and left out of every listing."""

    def __repr__(self) -> str:
        return f"MulticastSourceRecord(label={self.label!r})"


class MulticastListRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for all sources, and their order: so every change of priorities is one write."""

    enabled: bool = False
    codec: str = "PCMU"
    order: list[str] = []


MULTICAST_SOURCE = PARAMETERS.declare_record(
    RecordType(
        "multicast-source",
        owner="audio",
        shape=MulticastSourceRecord,
        secret_fields=frozenset({"srtp_key"}),
        maximum=MOST_SOURCES,
    )
)
MULTICAST_LIST = PARAMETERS.declare_record(
    RecordType("multicast-list", owner="audio", shape=MulticastListRecord, maximum=1)
)
