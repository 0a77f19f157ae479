"""Encoders of the audio input: samples at 48 kHz in, encoded blocks out as they become whole."""

import secrets
from collections.abc import Iterator
from typing import Final, Protocol

import av
import numpy as np
import numpy.typing as npt

from common.pcm import SAMPLE_RATE_HZ
from daemons.audio.live.formats import (
    FORMATS,
    LPCM_BLOCK_MS,
    OPUS_FRAME_MS,
    Framing,
    StreamFormat,
)
from daemons.audio.live.framing import OPUS_GRANULES_HZ, OggOpus, adts
from daemons.audio.live.resampling import Resampler

Block = npt.NDArray[np.float32]

_FULL_SCALE_16: Final = 32_768
_FULL_SCALE_24: Final = 8_388_608


class Encoder(Protocol):
    """One format at work."""

    header: bytes
    """What a listener must be given before the first block."""

    def encode(self, samples: Block) -> Iterator[bytes]:
        """Take samples at 48 kHz and give the blocks that are whole now."""
        ...


def encoder_of(format_: StreamFormat) -> Encoder:
    """Return a new encoder."""
    match format_.codec:
        case "lpcm":
            return LpcmEncoder(format_.sample_rate_hz)
        case "g711":
            context = _context("pcm_mulaw", format_, {})
            return _Constant(_Codec(context, format_.block_bytes), format_.block_bytes)
        case "g726":
            # RFC 3551 packs with the least significant bits first, as the decoder has it.
            bits = {"code_size": str(format_.bit_rate // format_.sample_rate_hz)}
            return _Constant(_Codec(_context("g726le", format_, bits)), format_.block_bytes)
        case "aac":
            # FFmpeg's other way to spread the bits turns tones up by 1.6 dB at low rates.
            return _Aac(_Codec(_context("aac", format_, {"aac_coder": "fast"})), format_)
        case "opus":
            options = {
                "application": "audio",
                "frame_duration": str(OPUS_FRAME_MS),
                "vbr": "constrained",
            }
            return _Opus(_Codec(_context("libopus", format_, options)), format_)
        case _:
            raise ValueError(f"{format_.codec} has no encoder")


def warm_up() -> None:
    """Encode a moment of silence in each codec, so that all that is loaded at first use is there."""
    silence = np.zeros(SAMPLE_RATE_HZ // 10, dtype=np.float32)
    for codec, rates in FORMATS.items():
        rate, bit_rates = next(iter(rates.items()))
        for _block in encoder_of(StreamFormat(codec, rate, bit_rates[0])).encode(silence):
            pass


class _Samples:
    """Resamples from 48 kHz and cuts into pieces of one length."""

    def __init__(self, sample_rate_hz: int, frames: int) -> None:
        self._resampler = Resampler(SAMPLE_RATE_HZ, sample_rate_hz)
        self._frames = frames
        self._rest: Block = np.zeros(0, dtype=np.float32)

    def cut(self, samples: Block) -> Iterator[Block]:
        self._rest = np.concatenate((self._rest, self._resampler.feed(samples)))
        while len(self._rest) >= self._frames:
            yield self._rest[: self._frames]
            self._rest = self._rest[self._frames :]


class LpcmEncoder:
    """24 bits, the most significant byte first (RFC 3190)."""

    def __init__(self, sample_rate_hz: int) -> None:
        self.header = b""
        self._samples = _Samples(sample_rate_hz, sample_rate_hz * LPCM_BLOCK_MS // 1000)

    def encode(self, samples: Block) -> Iterator[bytes]:
        """Give blocks of 20 ms."""
        for piece in self._samples.cut(samples):
            scaled = np.rint(piece.astype(np.float64) * _FULL_SCALE_24)
            whole = np.clip(scaled, -_FULL_SCALE_24, _FULL_SCALE_24 - 1).astype(">i4")
            yield whole.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()


class _Codec:
    """One of FFmpeg's encoders, from samples at 48 kHz to packets."""

    def __init__(self, context: av.AudioCodecContext, frames: int = 0) -> None:
        self.context = context
        self._samples = _Samples(context.sample_rate, context.frame_size or frames)
        self._float = context.format.name != "s16"
        self._position = 0

    def packets(self, samples: Block) -> Iterator[bytes]:
        for piece in self._samples.cut(samples):
            frame = av.AudioFrame.from_ndarray(
                self._scaled(piece)[np.newaxis, :],
                format=self.context.format.name,
                layout="mono",
            )
            frame.sample_rate = self.context.sample_rate
            frame.pts = self._position
            self._position += len(piece)
            yield from (bytes(packet) for packet in self.context.encode(frame))

    def _scaled(self, piece: Block) -> npt.NDArray[np.float32] | npt.NDArray[np.int16]:
        if self._float:
            return np.ascontiguousarray(piece)
        scaled = np.rint(piece * _FULL_SCALE_16)
        return np.clip(scaled, -_FULL_SCALE_16, _FULL_SCALE_16 - 1).astype(np.int16)


class _Constant:
    """A codec of constant rate, in blocks of one size."""

    def __init__(self, codec: _Codec, block_bytes: int) -> None:
        self.header = b""
        self._codec = codec
        self._block_bytes = block_bytes
        self._rest = bytearray()

    def encode(self, samples: Block) -> Iterator[bytes]:
        for packet in self._codec.packets(samples):
            self._rest += packet
        while len(self._rest) >= self._block_bytes:
            yield bytes(self._rest[: self._block_bytes])
            del self._rest[: self._block_bytes]


class _Aac:
    def __init__(self, codec: _Codec, format_: StreamFormat) -> None:
        self.header = b""
        self._codec = codec
        self._format = format_

    def encode(self, samples: Block) -> Iterator[bytes]:
        for packet in self._codec.packets(samples):
            if self._format.framing is Framing.STREAM:
                yield adts(packet, self._format.sample_rate_hz)
            else:
                yield packet


class _Opus:
    def __init__(self, codec: _Codec, format_: StreamFormat) -> None:
        self._codec = codec
        self._ogg: OggOpus | None = None
        if format_.framing is Framing.STREAM:
            # Numbers of streams only have to differ from each other.
            self._ogg = OggOpus(codec.context.extradata or b"", secrets.randbits(32))
        self.header = b"" if self._ogg is None else self._ogg.header

    def encode(self, samples: Block) -> Iterator[bytes]:
        for packet in self._codec.packets(samples):
            if self._ogg is None:
                yield packet
            else:
                yield self._ogg.page(packet, OPUS_FRAME_MS * OPUS_GRANULES_HZ // 1000)


def _context(codec: str, format_: StreamFormat, options: dict[str, str]) -> av.AudioCodecContext:
    context = av.CodecContext.create(codec, "w")
    if not isinstance(context, av.AudioCodecContext):
        raise TypeError(f"{codec} is no audio codec")
    context.sample_rate = format_.sample_rate_hz
    context.layout = "mono"
    formats = context.codec.audio_formats or []
    context.format = next((one for one in formats if one.name == "flt"), formats[0])
    context.bit_rate = format_.bit_rate
    context.thread_count = 1
    context.options = options
    context.open()
    return context
