"""Uses each codec once, so that whatever is loaded at first use is there before files are out of reach."""

from contextlib import suppress

import numpy as np

from daemons.audio.live.leveller import SpeechLeveller
from daemons.audio.multicast import opus, srtp
from daemons.audio.multicast.decoders import Resampler, decoder_of
from daemons.audio.multicast.encoders import Encoder
from daemons.audio.multicast.encodings import ENCODINGS, Encoding
from daemons.audio.multicast.rtp import Packet, build
from daemons.audio.sources import SAMPLE_RATE_HZ

_PACKET = Packet(0, 0, 0, 1, False, bytes(160))
_KEPT: list[srtp.SrtpSession] = []
"""Debian's libsrtp lets go of its ciphers with the last session, and could not load them again."""


def warm_up_decoders() -> None:
    """Decode a moment of each encoding."""
    opus.load_library()
    SpeechLeveller(enabled=True).process(np.zeros(SAMPLE_RATE_HZ, dtype=np.float32))
    for length in srtp.KEY_LENGTHS:
        sealing, opening = (
            srtp.SrtpSession(bytes(length), sends=True),
            srtp.SrtpSession(bytes(length)),
        )
        opening.open(sealing.seal(build(_PACKET)))
        _KEPT.extend((sealing, opening))
    for encoding in ENCODINGS:
        decoder = decoder_of(encoding)
        with suppress(ValueError):  # to Opus these bytes may be nonsense
            decoder.decode(bytes(160))
        decoder.conceal(encoding.sample_rate_hz // 100)
        resampler = Resampler(encoding.sample_rate_hz, SAMPLE_RATE_HZ)
        resampler.resample(np.zeros(encoding.sample_rate_hz // 50, dtype=np.float32))


def warm_up_encoder(encoding: Encoding) -> None:
    """Encode a moment of one encoding."""
    encoder = Encoder(encoding)
    for _ in range(3):
        encoder.encode(np.zeros(encoder.frames, dtype=np.float32))
