"""Turns encoded bytes from a socket into PCM, as they come."""

import socket
import struct
from collections.abc import Callable

import av
import numpy as np
import numpy.typing as npt

from common.pcm import SAMPLE_RATE_HZ, PlaybackSender
from daemons.audio.live.codecs import Codec
from daemons.audio.live.resampling import Resampler

Block = npt.NDArray[np.float32]

AT_ONCE_BYTES = 2048
"""How much is decoded in one go: little, for it has to be played before a change of the leveller is heard."""

_FULL_SCALE = np.float32(1 / 32_768)
_NOTHING: Block = np.zeros(0, dtype=np.float32)


class Decoder:
    """One stream, from its bytes to samples at 48 kHz."""

    def __init__(self, codec: Codec) -> None:
        self._unit_bytes = codec.unit_bytes
        self._rest = b""
        context = av.CodecContext.create(codec.decoder, "r")
        if not isinstance(context, av.AudioCodecContext):
            raise TypeError(f"{codec.decoder} is no audio codec")
        context.sample_rate = codec.sample_rate_hz
        context.layout = "mono"
        if codec.code_bits is not None:
            context.options = {"bits_per_coded_sample": str(codec.code_bits)}
        self._context = context
        self._resampler = Resampler(codec.sample_rate_hz, SAMPLE_RATE_HZ)

    def decode(self, content: bytes) -> Block:
        """Take the next bytes, and return the samples that are whole now."""
        content = self._rest + content
        whole = len(content) - len(content) % self._unit_bytes
        self._rest = content[whole:]
        if not whole:
            return _NOTHING
        frames = self._context.decode(av.Packet(content[:whole]))
        pieces = [frame.to_ndarray()[0].astype(np.float32) for frame in frames]
        sound = np.concatenate([_NOTHING, *pieces]) * _FULL_SCALE
        return self._resampler.feed(sound)

    def end(self) -> Block:
        """Return the last samples."""
        return self._resampler.end()


def limit_silence(talker: socket.socket, timeout_ms: int) -> None:
    """Make the talker end once it has sent nothing for so long: the receiver time-out (VAPIX page 4.3); 0 is never."""
    seconds, milliseconds = divmod(timeout_ms, 1000)
    talker.setblocking(True)
    talker.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", seconds, milliseconds * 1000)
    )


def decode(
    talker: socket.socket,
    decoder: Decoder,
    treat: Callable[[Block], Block],
    pcm: PlaybackSender,
) -> None:
    """Play what `talker` sends until it ends; waits while enough is queued at the far end of `pcm`."""
    while content := _received(talker):
        _send(pcm, treat(decoder.decode(content)))
    _send(pcm, treat(decoder.end()))


def _received(talker: socket.socket) -> bytes:
    try:
        return talker.recv(AT_ONCE_BYTES)
    except OSError:  # a time-out or a lost connection is the end
        return b""


def _send(pcm: PlaybackSender, samples: Block) -> None:
    if len(samples):
        pcm.write(np.ascontiguousarray(samples, dtype=np.float32).data)
