"""What the audio daemon and its decode worker say to each other: one JSON message per packet, files beside it.

The daemon trusts nothing that comes back: `parse_reply` checks shape, ranges and length, and whatever does not
fit counts as a worker that broke.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

PACKET_LIMIT = 8192
"""Bytes of the longest message; a longer one is cut by the socket and then no longer parses."""

PCM_RATE_HZ = 48_000
PCM_BYTES_PER_FRAME = 4
"""Decoded sound is mono, 48 kHz, float32, little-endian, without a header."""
SHORT_FRAMES = 3 * PCM_RATE_HZ
"""A shorter sound is measured by its loudest moment instead of the mean."""


class ClipFormat(StrEnum):
    """The formats the manual allows."""

    AU = "au"
    WAV = "wav"
    MP3 = "mp3"
    OPUS = "opus"
    VORBIS = "vorbis"


EXTENSIONS: dict[str, tuple[ClipFormat, ...]] = {
    "au": (ClipFormat.AU,),
    "wav": (ClipFormat.WAV,),
    "mp3": (ClipFormat.MP3,),
    "opus": (ClipFormat.OPUS,),
    "vorbis": (ClipFormat.VORBIS,),
    "ogg": (ClipFormat.VORBIS, ClipFormat.OPUS),
}
"""Endings of file names and what may stand behind each."""


FORMATS = (
    ".au (mu-law, 8 or 16 kHz), .wav (PCM of 8 or 16 bit or mu-law, mono or stereo, 8 to 48 kHz), "
    ".mp3 (mono or stereo, 64 to 320 kbit/s, 8 to 48 kHz), .opus, .vorbis or .ogg"
)
"""For people: what a clip can be."""


class Import(msgspec.Struct, tag="import", frozen=True):
    """Keep, check, decode and measure a stranger's file. Descriptors: source, original (w), pcm (rw)."""

    extension: str
    max_bytes: int
    max_seconds: float


class Decode(msgspec.Struct, tag="decode", frozen=True):
    """Check, decode and measure a file that is kept already. Descriptors: original (r), pcm (rw)."""

    extension: str
    max_bytes: int
    max_seconds: float


class EncodeAu(msgspec.Struct, tag="encode-au", frozen=True):
    """Turn decoded sound into an .au file. Descriptors: pcm (r), au (rw)."""


Job = Import | Decode | EncodeAu

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**48)]
_Decibel = Annotated[float, msgspec.Meta(ge=-1000.0, le=1000.0)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The worker is up; `held` and `missing` name the layers of its sandbox."""

    held: Annotated[list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(max_length=20)]
    missing: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(max_length=20)
    ]


class Broken(msgspec.Struct, tag="broken", frozen=True):
    """The worker cannot work: at the start because of this machine, later because of a file."""

    reason: Annotated[str, msgspec.Meta(max_length=2000)]


class Sound(msgspec.Struct, tag="sound", frozen=True):
    """What the worker found out about a file it decoded."""

    format: ClipFormat
    sample_rate_hz: Annotated[int, msgspec.Meta(ge=8_000, le=48_000)]
    channels: Annotated[int, msgspec.Meta(ge=1, le=2)]
    frames: Annotated[int, msgspec.Meta(ge=1, le=2**40)]
    size: _Count
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    pcm_crc32: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
    loudness_lufs: _Decibel | None
    true_peak_dbtp: _Decibel | None


class Encoded(msgspec.Struct, tag="encoded", frozen=True):
    """The .au file is written."""

    size: _Count


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """The file is at fault, and why."""

    reason: _Text


class NoRoom(msgspec.Struct, tag="no-room", frozen=True):
    """The disk, or the room granted on it, is full."""


Reply = Sound | Encoded | Refused | NoRoom | Broken
Greeting = Ready | Broken

_encoder = msgspec.json.Encoder()
_jobs: msgspec.json.Decoder[Job] = msgspec.json.Decoder(Job)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_greetings: msgspec.json.Decoder[Greeting] = msgspec.json.Decoder(Greeting)


def dump(message: Job | Reply | Greeting) -> bytes:
    """Return the packet of `message`."""
    return _encoder.encode(message)


def parse_job(packet: bytes) -> Job:
    """Return the job in `packet`."""
    return _jobs.decode(packet)


def parse_reply(packet: bytes) -> Reply:
    """Return the reply in `packet`; raises msgspec.MsgspecError where it is not one."""
    return _replies.decode(packet)


def parse_greeting(packet: bytes) -> Greeting:
    """Return the greeting in `packet`; raises msgspec.MsgspecError where it is not one."""
    return _greetings.decode(packet)
