"""What the daemon and the receiving worker say to each other: one JSON text per packet, descriptors beside it."""

from typing import Final

import msgspec

from daemons.audio.live.talking import Levelling
from daemons.audio.multicast.figures import Figures

PACKET_LIMIT: Final = 16 * 1024


class Listen(msgspec.Struct, tag="listen"):
    """Receive a source on the socket that comes along."""

    id: str
    encoding: str
    profile: str
    srtp_key: str = ""

    def __repr__(self) -> str:
        return f"Listen(id={self.id!r})"  # never the key


class Change(msgspec.Struct, tag="change"):
    """Live by other settings, without a break."""

    id: str
    encoding: str
    profile: str


class Forget(msgspec.Struct, tag="forget"):
    """Receive a source no longer."""

    id: str


class Play(msgspec.Struct, tag="play"):
    """Send the sound of a source to the PCM connection that comes along."""

    id: str
    run: int


class Level(msgspec.Struct, tag="level"):
    """Level speech so from now on, of whatever source."""

    levelling: Levelling


ToWorker = Listen | Change | Forget | Play | Level


class Ready(msgspec.Struct, tag="ready"):
    """The worker is confined, and by what."""

    held: list[str]
    missing: list[str]


class Started(msgspec.Struct, tag="started"):
    """Somebody speaks: where shall the sound go? `run` counts the times."""

    id: str
    run: int


class Ended(msgspec.Struct, tag="ended"):
    """Nobody speaks any more."""

    id: str
    run: int


class Counted(msgspec.Struct, tag="counted"):
    """What was counted so far."""

    id: str
    figures: Figures


FromWorker = Ready | Started | Ended | Counted

_TO: msgspec.json.Decoder[ToWorker] = msgspec.json.Decoder(ToWorker)
_FROM: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)


def dump(message: ToWorker | FromWorker) -> bytes:
    """Return a message as it is sent."""
    return msgspec.json.encode(message)


def to_worker(packet: bytes) -> ToWorker:
    """Read what the daemon said."""
    return _TO.decode(packet)


def from_worker(packet: bytes) -> FromWorker:
    """Read what a worker said; raises `msgspec.MsgspecError` for what is none of it."""
    return _FROM.decode(packet)
