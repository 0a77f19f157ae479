"""Payloads of RTP packets into samples, with something in place of what was lost."""

from typing import Final, Protocol, cast

import av
import numpy as np

from daemons.audio.multicast.concealment import WaveformSubstitution
from daemons.audio.multicast.encodings import Encoding
from daemons.audio.multicast.opus import OpusDecoder
from daemons.audio.sources import Samples

_FULL_SCALE: Final = np.float32(1 / 32_768)
_LONGEST_S: Final = 0.2
"""A packet of more than this is none that anybody sends for listening."""
_FFMPEG_NAMES: Final = {"PCMU": "pcm_mulaw", "PCMA": "pcm_alaw", "G722": "g722"}


class Decoder(Protocol):
    """Decodes one stream, in order, at the rate of its encoding, to mono."""

    def decode(self, payload: bytes) -> Samples:
        """Return what a packet holds; raises `ValueError` when it holds nothing that can be read."""
        ...

    def recover(self, following: bytes, frames: int) -> Samples:
        """Return what was lost just before a packet that is there."""
        ...

    def conceal(self, frames: int) -> Samples:
        """Return what may stand in place of about `frames` samples that are not there."""
        ...


class _Pcm:
    """Encodings without memory of what was before, or with little: the waveform is substituted."""

    def __init__(self, encoding: Encoding) -> None:
        self._longest = round(_LONGEST_S * encoding.sample_rate_hz)
        self._substitution = WaveformSubstitution(encoding.sample_rate_hz)

    def decode(self, payload: bytes) -> Samples:
        """Return what a packet holds."""
        samples = self._samples(payload)
        if not 0 < len(samples) <= self._longest:
            raise ValueError("the packet is too long")
        return self._substitution.follow(samples)

    def recover(self, following: bytes, frames: int) -> Samples:
        """Substitute: a packet tells nothing of the one before."""
        del following
        return self.conceal(frames)

    def conceal(self, frames: int) -> Samples:
        """Substitute."""
        return self._substitution.continue_for(frames)

    def _samples(self, payload: bytes) -> Samples:
        raise NotImplementedError


class _FfmpegDecoder(_Pcm):
    def __init__(self, encoding: Encoding) -> None:
        super().__init__(encoding)
        context = av.CodecContext.create(_FFMPEG_NAMES[encoding.codec], "r")
        self._context = cast(av.AudioCodecContext, context)
        self._context.sample_rate = encoding.sample_rate_hz
        self._context.layout = "mono"

    def _samples(self, payload: bytes) -> Samples:
        try:
            frames = self._context.decode(av.Packet(payload))
        except av.FFmpegError as error:
            raise ValueError("the packet cannot be decoded") from error
        blocks = [frame.to_ndarray()[0] for frame in frames]
        return np.concatenate(blocks or [np.zeros(0, np.int16)]).astype(np.float32) * _FULL_SCALE


class _LinearDecoder(_Pcm):
    def __init__(self, encoding: Encoding) -> None:
        super().__init__(encoding)
        self._channels = encoding.channels

    def _samples(self, payload: bytes) -> Samples:
        if len(payload) % (2 * self._channels):
            raise ValueError("the packet ends within a sample")
        samples = np.frombuffer(payload, dtype=">i2").astype(np.float32) * _FULL_SCALE
        if self._channels == 1:
            return samples
        mixed: Samples = samples.reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        return mixed


def decoder_of(encoding: Encoding) -> Decoder:
    """Return a new decoder."""
    if encoding.codec == "OPUS":
        return OpusDecoder()
    if encoding.codec == "L16":
        return _LinearDecoder(encoding)
    return _FfmpegDecoder(encoding)


class Resampler:
    """Samples of one rate to another, without a delay of more than a few of them.

    FFmpeg's resampler holds back 2 ms at 8 kHz. soxr, whose better filter nobody hears in speech, holds back 120 ms.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._resampler = (
            None if from_hz == to_hz else av.AudioResampler(format="flt", layout="mono", rate=to_hz)
        )

    def resample(self, samples: Samples) -> Samples:
        """Return what has become of the samples so far."""
        if self._resampler is None or not len(samples):
            return samples
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout="mono"
        )
        frame.sample_rate = self._from_hz
        blocks = [done.to_ndarray()[0] for done in self._resampler.resample(frame)]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
