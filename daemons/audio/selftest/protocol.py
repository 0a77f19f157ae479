"""What the process that does a self test tells the daemon: one JSON message per packet.

The daemon checks shape and ranges; whatever does not fit counts as a process that broke.
"""

from typing import Annotated

import msgspec

from daemons.audio.selftest.signals import Plan

PACKET_LIMIT = 16_384

_Decibel = Annotated[float, msgspec.Meta(ge=-1000.0, le=1000.0)]
_Hertz = Annotated[int, msgspec.Meta(ge=1, le=24_000)]


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The microphone is heard; the signal comes as soon as it is taken."""


class Progress(msgspec.Struct, tag="progress", frozen=True):
    """How much of the signal has been played."""

    fraction: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class PathFound(msgspec.Struct, frozen=True):
    """What the way from the speaker to the microphone does to sound."""

    delay_s: Annotated[float, msgspec.Meta(ge=-1.0, le=10.0)]
    """From being rendered to being read: the devices' own time is in it."""
    level_db: _Decibel
    response: Annotated[list[tuple[_Hertz, _Decibel]], msgspec.Meta(max_length=64)]
    sti: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Measured(msgspec.Struct, tag="measured", frozen=True):
    """The signal was played to its end; `path` is None when it was not found in what the microphone heard."""

    path: PathFound | None
    played_dbfs: _Decibel
    heard_dbfs: _Decibel
    noise_dbfs: _Decibel
    overloaded: bool
    """Whether the microphone's full scale was reached."""
    lost_frames: Annotated[int, msgspec.Meta(ge=0)]
    """How much of the recordings is missing; they were evaluated without it."""


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """There is nothing to evaluate."""

    reason: Annotated[str, msgspec.Meta(max_length=2000)]


Message = Ready | Progress | Measured | Failed

_encoder = msgspec.json.Encoder()
_messages: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_plans = msgspec.json.Decoder(Plan)


def dump(message: Message | Plan) -> bytes:
    """Return the packet of `message`."""
    return _encoder.encode(message)


def parse(packet: bytes) -> Message:
    """Return the message in `packet`; raises msgspec.MsgspecError where it is not one."""
    return _messages.decode(packet)


def parse_plan(packet: bytes | str) -> Plan:
    """Return the plan in `packet`."""
    return _plans.decode(packet)
