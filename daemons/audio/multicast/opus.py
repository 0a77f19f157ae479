"""Opus by Debian's libopus: FFmpeg's own decoder conceals no loss and reads no forward error correction."""

import ctypes
from functools import cache
from typing import Final

import numpy as np

from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_LONGEST_FRAMES: Final = 120 * SAMPLE_RATE_HZ // 1000
_STEP_FRAMES: Final = SAMPLE_RATE_HZ // 400
"""What is concealed has to be a multiple of 2.5 ms."""


@cache
def load_library() -> ctypes.CDLL:
    """Load libopus; raises OSError where it is not installed."""
    lib = ctypes.CDLL("libopus.so.0")
    lib.opus_decoder_create.restype = ctypes.c_void_p
    lib.opus_decoder_create.argtypes = [
        ctypes.c_int32, ctypes.c_int, ctypes.POINTER(ctypes.c_int),
    ]  # fmt: skip
    lib.opus_decoder_destroy.restype = None
    lib.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
    lib.opus_decode_float.argtypes = [
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int,
        ctypes.c_int,
    ]  # fmt: skip
    return lib


class OpusDecoder:
    """Decodes one stream to mono at 48 kHz."""

    def __init__(self) -> None:
        self._lib = load_library()
        error = ctypes.c_int()
        self._state = self._lib.opus_decoder_create(SAMPLE_RATE_HZ, 1, ctypes.byref(error))
        if not self._state:
            raise MemoryError("libopus makes no decoder")
        self._block: Samples = np.zeros(_LONGEST_FRAMES, dtype=np.float32)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._lib.opus_decoder_destroy(self._state)

    def decode(self, payload: bytes) -> Samples:
        """Return what a packet holds; raises `ValueError` for what is not Opus."""
        return self._decoded(payload, _LONGEST_FRAMES, 0)

    def recover(self, following: bytes, frames: int) -> Samples:
        """Return what was lost before a packet, from that packet's forward error correction where it has some."""
        try:
            return self._decoded(following, self._whole(frames), 1)
        except ValueError:
            return self.conceal(frames)

    def conceal(self, frames: int) -> Samples:
        """Return what may stand in place of the next samples."""
        return self._decoded(None, self._whole(frames), 0)

    def _decoded(self, payload: bytes | None, frames: int, correction: int) -> Samples:
        size = 0 if payload is None else len(payload)
        done = self._lib.opus_decode_float(
            self._state, payload, size, self._block.ctypes.data, frames, correction
        )
        if done < 0:
            raise ValueError(f"libopus refuses the packet ({done})")
        # Of bytes that are nonsense libopus makes samples in the millions, which would hold the limiter down.
        return np.clip(self._block[:done], -1.0, 1.0)

    @staticmethod
    def _whole(frames: int) -> int:
        steps = max(1, round(frames / _STEP_FRAMES))
        return min(steps * _STEP_FRAMES, _LONGEST_FRAMES)
