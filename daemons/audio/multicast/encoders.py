"""Samples at 48 kHz into payloads of RTP packets."""

from fractions import Fraction
from typing import Final, cast

import av
import numpy as np

from daemons.audio.multicast.decoders import Resampler
from daemons.audio.multicast.encodings import Encoding
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_FFMPEG_NAMES: Final = {
    "PCMU": "pcm_mulaw",
    "PCMA": "pcm_alaw",
    "G722": "g722",
    "OPUS": "libopus",
}
_OPUS_OPTIONS: Final = {"application": "audio", "fec": "1", "packet_loss": "10"}
_OPUS_BITS_PER_S: Final = 64_000
_PACKET_FRAMES: Final = (960, 480, 320)
"""20, 10 and 6.7 ms: each is a whole number of samples at every rate there is, the last at 44.1 kHz, too."""
_LARGEST_PAYLOAD: Final = 1_400
"""More does not fit into one packet of Ethernet with all the headers."""
_HELD_BACK_S: Final = 0.004
"""More than any resampler keeps to itself."""


class Encoder:
    """Encodes one stream, packet by packet."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.frames = _frames(encoding)
        """How many samples at 48 kHz a packet takes."""
        self.timestamp_step = self.frames * encoding.timestamp_hz // SAMPLE_RATE_HZ
        self._samples = self.frames * encoding.sample_rate_hz // SAMPLE_RATE_HZ
        self._resampler = Resampler(SAMPLE_RATE_HZ, encoding.sample_rate_hz)
        resampled = encoding.sample_rate_hz != SAMPLE_RATE_HZ
        ahead = round(_HELD_BACK_S * encoding.sample_rate_hz) if resampled else 0
        self._ready: Samples = np.zeros(ahead, dtype=np.float32)
        self._context = _context(encoding)
        self._encoded = 0

    def encode(self, samples: Samples) -> bytes:
        """Return the payload of one packet, made of `frames` samples."""
        self._ready = np.concatenate((self._ready, self._resampler.resample(samples)))
        block, self._ready = self._ready[: self._samples], self._ready[self._samples :]
        values = np.round(np.clip(block, -1.0, 1.0) * 32_767).astype(np.int16)
        if self._context is None:
            return np.repeat(values, self.encoding.channels).astype(">i2").tobytes()
        frame = av.AudioFrame.from_ndarray(values.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self.encoding.sample_rate_hz
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = self._encoded
        self._encoded += len(values)
        return b"".join(bytes(packet) for packet in self._context.encode(frame))


def _frames(encoding: Encoding) -> int:
    if encoding.codec != "L16":
        return _PACKET_FRAMES[0]
    bytes_per_frame = 2 * encoding.channels * encoding.sample_rate_hz / SAMPLE_RATE_HZ
    return next(each for each in _PACKET_FRAMES if each * bytes_per_frame <= _LARGEST_PAYLOAD)


def _context(encoding: Encoding) -> av.AudioCodecContext | None:
    name = _FFMPEG_NAMES.get(encoding.codec)
    if name is None:
        return None
    context = cast(av.AudioCodecContext, av.CodecContext.create(name, "w"))
    context.sample_rate = encoding.sample_rate_hz
    context.layout = "mono"
    context.format = "s16"
    if encoding.codec == "OPUS":
        context.bit_rate = _OPUS_BITS_PER_S
        context.options = dict(_OPUS_OPTIONS)
    context.open()
    return context
