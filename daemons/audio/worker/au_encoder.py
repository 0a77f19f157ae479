"""From decoded sound to an .au file for download."""

import os

import numpy as np
import soundfile
import soxr

from daemons.audio.worker.decode import BLOCK_FRAMES
from daemons.audio.worker.protocol import PCM_BYTES_PER_FRAME, PCM_RATE_HZ

AU_RATE_HZ = 16_000
"""The better of the two rates an .au clip may have, so that a download can be uploaded again."""


def encode_au(pcm: int, au: int) -> int:
    """Write the sound behind `pcm` to `au` as mu-law; returns the size of the file."""
    os.lseek(pcm, 0, os.SEEK_SET)
    resampler = soxr.ResampleStream(PCM_RATE_HZ, AU_RATE_HZ, 1, dtype="float32", quality="HQ")
    with soundfile.SoundFile(
        au, "w", AU_RATE_HZ, 1, format="AU", subtype="ULAW", endian="BIG", closefd=False
    ) as file:
        while True:
            data = os.read(pcm, BLOCK_FRAMES * PCM_BYTES_PER_FRAME)
            sound = np.frombuffer(data, dtype="<f4")
            file.write(np.clip(resampler.resample_chunk(sound, last=not data), -1.0, 1.0))
            if not data:
                break
    return os.fstat(au).st_size
