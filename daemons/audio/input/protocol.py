"""What the audio daemon and its input process say to each other.

One JSON message per packet, at most one descriptor beside it.
"""

from enum import StrEnum

import msgspec

PACKET_LIMIT = 8192


class Tap(StrEnum):
    """Where the sound of the input can be had."""

    INPUT = "input"
    RAW = "input-raw"
    """As the converter gave it: no processing, no gain, no mute."""
    TALK = "talk"
    """As `INPUT`; while it is read the echo canceller works whatever the settings say."""


class Configure(msgspec.Struct, tag="configure", frozen=True):
    """Live by these settings from the next period on."""

    gain_db: float | None = 0.0
    """None is mute."""
    echo_cancellation: bool = False
    noise_suppression: bool = False
    automatic_gain: bool = False
    alarm_level: int = 100
    reports_hz: int = 2
    """How often levels are reported: often while somebody looks."""


class AddTap(msgspec.Struct, tag="tap", frozen=True):
    """Send to one more reader. Descriptor: the sending end of a capture (`common.pcm`)."""

    tap: Tap


class Reference(msgspec.Struct, tag="reference", frozen=True):
    """Know what the speaker plays. Descriptor: the reading end of the output tap."""


Order = Configure | AddTap | Reference


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The process is up; its device may still be away."""

    realtime: bool


class Levels(msgspec.Struct, tag="levels", frozen=True):
    """How loud the input was since the last report."""

    peak_dbfs: float
    rms_dbfs: float
    level: int
    triggered: bool
    ambient_dbfs: float | None
    """The noise around the unit before any gain, as it last was while nothing was played; None as long as unknown."""


class Triggered(msgspec.Struct, tag="triggered", frozen=True):
    """The sound rose above the alarm level, or fell below it."""

    above: bool


class Device(msgspec.Struct, tag="device", frozen=True):
    """The sound device is there, or is lost; `detail` says what was opened or why it is lost."""

    there: bool
    detail: str


class Overrun(msgspec.Struct, tag="overrun", frozen=True):
    """Sound was lost, because the process was late; so many times since the start. Told once a second at most."""

    count: int


class Fault(msgspec.Struct, tag="fault", frozen=True):
    """Something failed: the process ends (`fatal`), or goes on without a part of the processing."""

    reason: str
    fatal: bool


Report = Ready | Levels | Triggered | Device | Overrun | Fault

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
