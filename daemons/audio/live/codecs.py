"""Encodings in which strangers send live audio (VAPIX page 4.1), by the MIME type of the request."""

from dataclasses import dataclass

from common.errors import NotSupported


@dataclass(frozen=True)
class Codec:
    """One encoding, as the `.au` encoding number that libsndfile decodes it by."""

    name: str
    sample_rate_hz: int
    au_encoding: int
    block_frames: int
    """The fewest frames that decode together: the latency of the decoder, at most 15 ms."""


CODECS: dict[str, Codec] = {
    "audio/basic": Codec("G.711 u-law", 8_000, 1, 80),
    "audio/axis-mulaw-128": Codec("u-law 128 kbit/s", 16_000, 1, 160),
    # RFC 3551 packs G.726 least significant bits first, as libsndfile's G.721 and G.723 do.
    "audio/g726-32": Codec("G.726 32 kbit/s", 8_000, 23, 120),
    "audio/g726-24": Codec("G.726 24 kbit/s", 8_000, 25, 120),
}


def codec_of(mime_type: str) -> tuple[str, Codec]:
    """Return the codec and its plain MIME type; case and parameters after `;` do not count.

    Raises `NotSupported` for a type that this unit does not decode.
    """
    plain = mime_type.partition(";")[0].strip().lower()
    codec = CODECS.get(plain)
    if codec is None:
        raise NotSupported(f"the unit plays {', '.join(CODECS)}, not '{plain[:60]}'")
    return plain, codec
