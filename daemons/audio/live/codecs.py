"""Encodings in which live audio comes (VAPIX page 4.1, by the MIME type of the request), and that of our own pages."""

from dataclasses import dataclass

from common.errors import InvalidValue, NotSupported


@dataclass(frozen=True)
class Codec:
    """One encoding, a stream of bytes without a container."""

    name: str
    sample_rate_hz: int
    decoder: str
    """What FFmpeg calls it."""
    unit_bytes: int = 1
    """The fewest bytes that hold whole samples."""
    code_bits: int | None = None
    """Bits of one sample, where the decoder reads several widths."""


CODECS: dict[str, Codec] = {
    "audio/basic": Codec("G.711 u-law", 8_000, "pcm_mulaw"),
    "audio/axis-mulaw-128": Codec("u-law 128 kbit/s", 16_000, "pcm_mulaw"),
    # RFC 3551 packs G.726 with the least significant bits first: `g726le`, not `g726`.
    "audio/g726-32": Codec("G.726 32 kbit/s", 8_000, "g726le", 1, 4),
    "audio/g726-24": Codec("G.726 24 kbit/s", 8_000, "g726le", 3, 3),
}

PCM_RATES_HZ = (16_000, 48_000)
_PCM = {rate: Codec(f"PCM at {rate} Hz", rate, "pcm_s16le", 2) for rate in PCM_RATES_HZ}


def codec_of(mime_type: str) -> Codec:
    """Return the codec of a MIME type; case and parameters after `;` do not count.

    Raises `NotSupported` for a type that this unit does not decode.
    """
    plain = mime_type.partition(";")[0].strip().lower()
    codec = CODECS.get(plain)
    if codec is None:
        raise NotSupported(f"the unit plays {', '.join(CODECS)}, not '{plain[:60]}'")
    return codec


def pcm_codec(sample_rate_hz: int) -> Codec:
    """Return the codec of 16-bit samples, little-endian; raises `InvalidValue` for a rate that none is sent at."""
    codec = _PCM.get(sample_rate_hz)
    if codec is None:
        raise InvalidValue(f"the sample rate must be {' or '.join(map(str, PCM_RATES_HZ))}")
    return codec
