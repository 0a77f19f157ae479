"""Encodings in which strangers send live audio (VAPIX page 4.1), by the MIME type of the request."""

from dataclasses import dataclass

from common.errors import NotSupported


@dataclass(frozen=True)
class Codec:
    """One encoding, as FFmpeg calls the stream of bytes without a container."""

    name: str
    sample_rate_hz: int
    stream_format: str
    code_size: int | None = None
    """Bits of one sample, where the format has several."""


CODECS: dict[str, Codec] = {
    "audio/basic": Codec("G.711 u-law", 8_000, "mulaw"),
    "audio/axis-mulaw-128": Codec("u-law 128 kbit/s", 16_000, "mulaw"),
    # RFC 3551 packs G.726 with the least significant bits first: `g726le`, not `g726`.
    "audio/g726-32": Codec("G.726 32 kbit/s", 8_000, "g726le", 4),
    "audio/g726-24": Codec("G.726 24 kbit/s", 8_000, "g726le", 3),
}


def codec_of(mime_type: str) -> tuple[str, Codec]:
    """Return the plain MIME type and its codec; case and parameters after `;` do not count.

    Raises `NotSupported` for a type that this unit does not decode.
    """
    plain = mime_type.partition(";")[0].strip().lower()
    codec = CODECS.get(plain)
    if codec is None:
        raise NotSupported(f"the unit plays {', '.join(CODECS)}, not '{plain[:60]}'")
    return plain, codec
