"""Turns encoded bytes from a socket into PCM, block by block as they come."""

import socket
import struct

import numpy as np
import soundfile
import soxr

from common.pcm import SAMPLE_RATE_HZ, PlaybackSender
from daemons.audio.live.codecs import Codec

_ENDLESS = 1 << 30
"""What libsndfile is told about the length of a stream: 18 hours of the fastest encoding."""


class EncodedStream:
    """The bytes a talker sends, behind an `.au` header of our own, as the file that libsndfile reads.

    It ends when the talker does, or when nothing has come for the receiver time-out (VAPIX page 3.2).
    """

    def __init__(self, talker: socket.socket, codec: Codec, timeout_s: float) -> None:
        talker.settimeout(timeout_s)
        self._talker = talker
        self._ahead = struct.pack(
            ">4s5I", b".snd", 24, 0xFFFFFFFF, codec.au_encoding, codec.sample_rate_hz, 1
        )
        self._position = 0
        self._ended = False
        self.missing_bytes = 0
        """How much of the last read was not there any more."""

    def ended(self) -> bool:
        """Say whether nothing comes any more."""
        return self._ended

    def seek(self, offset: int, whence: int = 0) -> int:
        """Pretend: libsndfile asks for the length, then goes back to where it was."""
        base = {0: 0, 1: self._position, 2: _ENDLESS}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position libsndfile believes in."""
        return self._position

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, or fewer at the end."""
        data = bytearray(self._ahead[:size])
        self._ahead = self._ahead[size:]
        while len(data) < size and not self._ended:
            try:
                received = self._talker.recv(size - len(data))
            except (TimeoutError, ConnectionError):
                received = b""
            if not received:
                self._ended = True
                self.missing_bytes = size - len(data)
            data += received
        self._position += len(data)
        return bytes(data)

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` as `read` would."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def decode(talker: socket.socket, codec: Codec, timeout_s: float, pcm: PlaybackSender) -> None:
    """Play what `talker` sends until it ends; waits while enough is queued at the far end of `pcm`."""
    stream = EncodedStream(talker, codec, timeout_s)
    file = soundfile.SoundFile(stream)
    resampler = soxr.ResampleStream(codec.sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
    while not stream.ended():
        block = file.read(codec.block_frames, dtype="float32")
        if stream.ended():
            block = block[: _whole(stream, codec)]
        _send(pcm, resampler.resample_chunk(block))
    _send(pcm, resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))


def _whole(stream: EncodedStream, codec: Codec) -> int:
    """Return how many frames of the last block were really sent."""
    bits = {1: 8, 23: 4, 25: 3}[codec.au_encoding]
    return codec.block_frames - min(codec.block_frames, stream.missing_bytes * 8 // bits)


def _send(pcm: PlaybackSender, samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> None:
    if len(samples):
        pcm.write(np.ascontiguousarray(samples, dtype=np.float32).data)
