"""Encodings of audio in RTP: the static payload types of RFC 3551, and those that a number above 95 can stand for."""

from dataclasses import dataclass
from typing import Final

from common.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the payload of a packet is to be read."""

    codec: str
    sample_rate_hz: int
    channels: int = 1
    clock_hz: int = 0
    """The rate in which time stamps count; 0 is that of the samples."""
    static_type: int | None = None
    """Its number in RFC 3551, for those that have one."""

    @property
    def timestamp_hz(self) -> int:
        """The rate in which time stamps count."""
        return self.clock_hz or self.sample_rate_hz

    @property
    def name(self) -> str:
        """What it is called in settings."""
        if self.codec != "L16":
            return self.codec
        return f"L16/{self.sample_rate_hz}" + ("/2" if self.channels == 2 else "")


FIRST_DYNAMIC: Final = 96
LAST_TYPE: Final = 127
COMFORT_NOISE: Final = 13
"""Says that the sender is silent (RFC 3389)."""
DEFAULT_DYNAMIC_TYPE: Final = 97
"""What we send where RFC 3551 gives no number."""

PCMU: Final = Encoding("PCMU", 8_000, static_type=0)
PCMA: Final = Encoding("PCMA", 8_000, static_type=8)
# G.722 samples at 16 kHz, and its time stamps count at 8 kHz by a mistake that RFC 3551 keeps.
G722: Final = Encoding("G722", 16_000, clock_hz=8_000, static_type=9)
OPUS: Final = Encoding("OPUS", 48_000)

ENCODINGS: Final = (
    PCMU,
    PCMA,
    G722,
    OPUS,
    Encoding("L16", 44_100, 2, static_type=10),
    Encoding("L16", 44_100, static_type=11),
    *(
        Encoding("L16", rate, channels)
        for rate in (8_000, 16_000, 32_000, 48_000)
        for channels in (1, 2)
    ),
)
BY_NAME: Final = {encoding.name: encoding for encoding in ENCODINGS}
_STATIC: Final = {each.static_type: each for each in ENCODINGS if each.static_type is not None}


def encoding_named(name: str) -> Encoding:
    """Return the encoding of that name; raises `InvalidValue`."""
    encoding = BY_NAME.get(name)
    if encoding is None:
        raise InvalidValue(f"the codec must be one of {', '.join(BY_NAME)}")
    return encoding


def encoding_of(payload_type: int, configured: Encoding) -> Encoding | None:
    """Return what a payload type stands for where `configured` is expected; None for nothing that we play."""
    if payload_type >= FIRST_DYNAMIC:
        return configured
    return _STATIC.get(payload_type)
