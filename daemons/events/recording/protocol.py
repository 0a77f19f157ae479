"""What the daemon and its recorder say to each other.

One JSON message per packet, at most one descriptor beside it. Moments are of the monotonic clock, in seconds.
"""

import msgspec

PACKET_LIMIT = 8192


class Keep(msgspec.Struct, tag="keep", frozen=True):
    """Have this much sound ready from now on."""

    pre_s: float


class Hear(msgspec.Struct, tag="hear", frozen=True):
    """Listen from now on. Descriptor: the reading end of a capture (`common.pcm`)."""


class Record(msgspec.Struct, tag="record", frozen=True):
    """Write a file around a moment."""

    job: int
    at: float
    pre_s: float
    post_s: float | None
    """None goes on until `Finish`."""
    format: str
    title: str


class Finish(msgspec.Struct, tag="finish", frozen=True):
    """Let a recording end so long after a moment."""

    job: int
    at: float
    post_s: float


class Abandon(msgspec.Struct, tag="abandon", frozen=True):
    """Nobody wants that recording any more."""

    job: int


Order = Keep | Hear | Record | Finish | Abandon


class Hearing(msgspec.Struct, tag="hearing", frozen=True):
    """The first sound has come: recordings can be made."""


class Deaf(msgspec.Struct, tag="deaf", frozen=True):
    """There is no capture, or none any more: one is needed."""


class Lost(msgspec.Struct, tag="lost", frozen=True):
    """No sound came for too long: what was kept is forgotten."""


class Done(msgspec.Struct, tag="done", frozen=True):
    """A recording is on disk."""

    job: int
    name: str
    """Of the file, in the folder."""


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """There will be no recording."""

    job: int
    reason: str
    full: bool = False
    """Whether for want of room."""


Report = Hearing | Deaf | Lost | Done | Failed

_encoder = msgspec.json.Encoder()
_orders: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def dump(message: Order | Report) -> bytes:
    """Return the packet of a message."""
    return _encoder.encode(message)


def parse_order(packet: bytes) -> Order:
    """Return the order in a packet."""
    return _orders.decode(packet)


def parse_report(packet: bytes) -> Report:
    """Return the report in a packet; raises msgspec.MsgspecError where it is none."""
    return _reports.decode(packet)
