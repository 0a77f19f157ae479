"""The formats of live audio from the unit (VAPIX page 4.1): codecs, their sample rates and bit rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from common.errors import InvalidValue, NotSupported


class Framing(StrEnum):
    """How one encoded block is told from the next."""

    STREAM = "stream"
    """Not at all: blocks follow each other, so AAC goes in ADTS and Opus in Ogg, which are found by themselves."""
    PACKETS = "packets"
    """By whoever passes them on, a block at a time: each is what the codec made, or a block of VAPIX' size."""


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """One format in which the audio input can be heard."""

    codec: str
    sample_rate_hz: int
    bit_rate: int
    framing: Framing = Framing.STREAM

    @property
    def media_type(self) -> str:
        """The MIME type on the wire."""
        if self.codec == "g726":
            return f"audio/G726-{self.bit_rate // 1000}"
        if self.codec == "opus" and self.framing is Framing.STREAM:
            return "audio/ogg; codecs=opus"
        return _MEDIA_TYPES[self.codec]

    @property
    def block_bytes(self) -> int:
        """The bytes of a block: exact where the codec's rate is constant, else what it comes to."""
        if self.codec == "lpcm":
            return self.sample_rate_hz * LPCM_BLOCK_MS // 1000 * LPCM_SAMPLE_BYTES
        if self.codec in ("g711", "g726"):
            return SPEECH_BLOCK_FRAMES * self.bit_rate // (8 * self.sample_rate_hz)
        frames = AAC_FRAMES if self.codec == "aac" else self.sample_rate_hz * OPUS_FRAME_MS // 1000
        return frames * self.bit_rate // (8 * self.sample_rate_hz)


SPEECH_BLOCK_FRAMES = 512
"""Samples in a block of G.711 and G.726, which makes the block sizes of VAPIX page 4.2: 512, 256, 192 bytes."""
LPCM_SAMPLE_BYTES = 3
LPCM_BLOCK_MS = 20
OPUS_FRAME_MS = 20
AAC_FRAMES = 1024

_MEDIA_TYPES = {
    "g711": "audio/basic",
    "aac": "audio/mpeg4-generic",
    "opus": "audio/opus",
    "lpcm": "audio/L24",
}


def _kilo(table: Mapping[int, tuple[int, ...]]) -> Mapping[int, tuple[int, ...]]:
    return MappingProxyType({rate: tuple(k * 1000 for k in rates) for rate, rates in table.items()})


FORMATS: Mapping[str, Mapping[int, tuple[int, ...]]] = MappingProxyType(
    {
        "lpcm": MappingProxyType(
            {rate: (rate * 8 * LPCM_SAMPLE_BYTES,) for rate in (16_000, 32_000, 44_100, 48_000)}
        ),
        "g711": _kilo({8_000: (64,)}),
        "g726": _kilo({8_000: (24, 32)}),
        "aac": _kilo(
            {
                8_000: (8, 12, 16, 24, 32),
                16_000: (12, 16, 24, 32, 48, 64),
                32_000: (16, 24, 32, 48, 64, 128),
                44_100: (32, 48, 64, 128),
                48_000: (32, 48, 64, 128),
            }
        ),
        "opus": _kilo(
            {
                8_000: (8, 12, 16, 24, 32),
                16_000: (12, 16, 24, 32, 48, 64),
                48_000: (32, 48, 64, 128),
            }
        ),
    }
)
"""Codec -> sample rate in Hz -> bit rates in bit/s, in the order in which a real speaker names the codecs."""

CHANNELS = 1
"""The audio input has one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listener asks for; None is what the parameters say."""

    codec: str | None = None
    sample_rate_hz: int | None = None
    bit_rate: int | None = None
    channels: int | None = None
    framing: Framing = Framing.STREAM

    @classmethod
    def of(
        cls, codec: str, sample_rate_hz: int, bit_rate: int, channels: int, framing: str
    ) -> "Wanted":
        """Return a wish as it comes over the bus: empty and 0 are nothing said. Raises `InvalidValue`."""
        try:
            framed = Framing(framing)
        except ValueError:
            raise InvalidValue(f"framing must be {' or '.join(Framing)}") from None
        return cls(
            codec or None, sample_rate_hz or None, bit_rate or None, channels or None, framed
        )


def chosen(wanted: Wanted, default: StreamFormat) -> StreamFormat:
    """Return the format to send. What is named must fit; the rest is the default's, or the best that fits.

    Raises `InvalidValue` for what can be no rate, `NotSupported` for what this unit does not send.
    """
    for value in (wanted.sample_rate_hz, wanted.bit_rate):
        if value is not None and value < _LOWEST:
            raise InvalidValue(f"rates are {_LOWEST} or more")
    if wanted.channels is not None and wanted.channels != CHANNELS:
        raise NotSupported(f"the audio input has {CHANNELS} channel, not {wanted.channels}")
    codec = (wanted.codec or default.codec).lower()
    rates = FORMATS.get(codec)
    if rates is None:
        raise NotSupported(f"the unit sends {', '.join(FORMATS)}, not '{codec[:20]}'")
    fitting = [
        (rate, bits)
        for rate, bit_rates in rates.items()
        for bits in bit_rates
        if wanted.sample_rate_hz in (None, rate) and wanted.bit_rate in (None, bits)
    ]
    if not fitting:
        raise NotSupported(f"{codec} is not sent at {_asked(wanted)}")

    def preference(pair: tuple[int, int]) -> tuple[bool, bool, int, int]:
        rate, bits = pair
        return rate == default.sample_rate_hz, bits == default.bit_rate, rate, bits

    rate, bits = max(fitting, key=preference)
    return StreamFormat(codec, rate, bits, wanted.framing)


_LOWEST = 8_000


def _asked(wanted: Wanted) -> str:
    parts = []
    if wanted.sample_rate_hz is not None:
        parts.append(f"{wanted.sample_rate_hz} Hz")
    if wanted.bit_rate is not None:
        parts.append(f"{wanted.bit_rate} bit/s")
    return " and ".join(parts)
