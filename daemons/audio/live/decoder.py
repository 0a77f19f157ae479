"""Turns encoded bytes from a socket into PCM, as they come."""

import contextlib
import os
import socket
import struct
from collections.abc import Iterator

import av
import numpy as np
import numpy.typing as npt
import soxr

from common.pcm import SAMPLE_RATE_HZ, PlaybackSender
from daemons.audio.live.codecs import Codec

Block = npt.NDArray[np.float32]

_FULL_SCALE = np.float32(1 / 32_768)


def limit_silence(talker: socket.socket, timeout_ms: int) -> None:
    """Make the talker end once it has sent nothing for that long: the receiver time-out (VAPIX page 4.3)."""
    seconds, milliseconds = divmod(max(timeout_ms, 1), 1000)
    talker.setblocking(True)
    talker.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", seconds, milliseconds * 1000)
    )


def warm_up(codec: Codec) -> None:
    """Decode a moment of silence, so that whatever is loaded at first use is there before files are out of reach."""
    reading, writing = os.pipe()
    os.write(writing, bytes(1024))
    os.close(writing)
    try:
        for block in _blocks(reading, codec):
            soxr.resample(block, codec.sample_rate_hz, SAMPLE_RATE_HZ)
    finally:
        os.close(reading)


def decode(talker: socket.socket, codec: Codec, pcm: PlaybackSender) -> None:
    """Play what `talker` sends until it ends; waits while enough is queued at the far end of `pcm`."""
    resampler = soxr.ResampleStream(codec.sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
    for block in _blocks(talker.fileno(), codec):
        _send(pcm, resampler.resample_chunk(block))
    _send(pcm, resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))


def _options(codec: Codec) -> dict[str, str]:
    options = {
        "sample_rate": str(codec.sample_rate_hz),
        "probesize": "32",  # there is nothing to find out: sound must not wait for it
        "analyzeduration": "0",
    }
    if codec.code_size is not None:
        options["code_size"] = str(codec.code_size)
    return options


def _blocks(descriptor: int, codec: Codec) -> Iterator[Block]:
    # FFmpeg reads the descriptor itself: a read callback would need memory that can be written and executed.
    file = av.open(f"pipe:{descriptor}", format=codec.stream_format, options=_options(codec))
    with file, contextlib.suppress(av.FFmpegError):  # a time-out or a lost connection is the end
        for frame in file.decode(audio=0):
            yield frame.to_ndarray()[0].astype(np.float32) * _FULL_SCALE


def _send(pcm: PlaybackSender, samples: Block) -> None:
    if len(samples):
        pcm.write(np.ascontiguousarray(samples, dtype=np.float32).data)
