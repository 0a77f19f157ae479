"""What the audio daemon tells the codec worker of a talker."""

import msgspec

from daemons.audio.live.codecs import Codec

READY = b"ready"
"""What the worker says once it is confined and decodes."""


class Levelling(msgspec.Struct, frozen=True):
    """Whether speech is levelled, and to what loudness."""

    enabled: bool = False
    target_lufs: float = -20.0


class Work(msgspec.Struct, frozen=True):
    """What to decode, and how."""

    codec: Codec
    timeout_ms: int
    levelling: Levelling
