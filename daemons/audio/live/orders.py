"""What the audio daemon and its encoder worker say to each other: a JSON message per packet.

A listener's descriptor, the sending end of a SOCK_SEQPACKET pair, comes with the order to send to it.
"""

import msgspec

from daemons.audio.live.formats import StreamFormat

PACKET_LIMIT = 4096


class Listen(msgspec.Struct, tag="listen", frozen=True):
    """Send a format to one more listener."""

    listener: int
    format: StreamFormat
    most_waiting: int
    """How many blocks may wait for the listener before the oldest is dropped."""


class Lost(msgspec.Struct, tag="lost", frozen=True):
    """A listener is too slow: so many blocks have been dropped for it, all in all."""

    listener: int
    blocks: int


class Gone(msgspec.Struct, tag="gone", frozen=True):
    """A listener has left."""

    listener: int


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The worker is confined, but for the layers that are missing."""

    missing: list[str]


Report = Lost | Gone | Ready

_encoder = msgspec.json.Encoder()
_orders: msgspec.json.Decoder[Listen] = msgspec.json.Decoder(Listen)
_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def dump(message: Listen | Report) -> bytes:
    """Return the packet of a message."""
    return _encoder.encode(message)


def parse_order(packet: bytes) -> Listen:
    """Return the order in a packet."""
    return _orders.decode(packet)


def parse_report(packet: bytes) -> Report:
    """Return the report in a packet; raises msgspec.MsgspecError where it is none."""
    return _reports.decode(packet)
