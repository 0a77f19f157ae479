"""From a file to decoded sound: mono, 48 kHz, float32, measured on the way, in blocks of bounded size."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr

from daemons.audio.worker.containers.facts import Facts, UnfitFile
from daemons.audio.worker.loudness import LoudnessMeter, Samples
from daemons.audio.worker.protocol import PCM_RATE_HZ

BLOCK_FRAMES = 65_536
_COPY_BYTES = 2**20
LOUDEST = 16.0
"""No sound has samples of 24 dB over full scale; a hostile stream of a float codec may."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """How many frames were written, and the checksum over them."""

    frames: int
    crc32: int


def decode(
    source: int, facts: Facts, pcm: int, max_seconds: float, meter: LoudnessMeter
) -> Decoded:
    """Decode descriptor `source` into descriptor `pcm`; raises UnfitFile."""
    with _decodable(source, facts) as descriptor:
        try:
            with soundfile.SoundFile(descriptor, closefd=False) as file:
                return _decode(file, facts, pcm, max_seconds, meter)
        except soundfile.LibsndfileError as error:
            raise UnfitFile("the file cannot be decoded: it is damaged") from error


@contextmanager
def _decodable(source: int, facts: Facts) -> Iterator[int]:
    """Yield the file as the decoder needs it: itself, or a copy with another head."""
    os.lseek(source, facts.begin if facts.head else 0, os.SEEK_SET)
    if not facts.head:
        yield source
        return
    copy = os.memfd_create("clip")
    try:
        write_all(copy, memoryview(facts.head))
        while data := os.read(source, _COPY_BYTES):
            write_all(copy, memoryview(data))
        os.lseek(copy, 0, os.SEEK_SET)
        yield copy
    finally:
        os.close(copy)


def write_all(descriptor: int, data: memoryview) -> None:
    """Write all of `data`."""
    while data:
        data = data[os.write(descriptor, data) :]


def _decode(
    file: soundfile.SoundFile, facts: Facts, pcm: int, max_seconds: float, meter: LoudnessMeter
) -> Decoded:
    rate_hz, channels = file.samplerate, file.channels
    if channels not in (1, 2) or not 8_000 <= rate_hz <= 48_000:
        raise UnfitFile("the file cannot be decoded: it contradicts itself")
    resampler = None
    if rate_hz != PCM_RATE_HZ:
        resampler = soxr.ResampleStream(rate_hz, PCM_RATE_HZ, 1, dtype="float32", quality="HQ")
    buffer = np.empty((BLOCK_FRAMES, channels), dtype=np.float32)
    read = frames = crc32 = 0
    last = False
    while not last:
        block = file.read(out=buffer)
        last = len(block) < BLOCK_FRAMES
        read += len(block)
        if read > max_seconds * rate_hz:
            raise UnfitFile(f"the sound is longer than {max_seconds / 60:.0f} minutes")
        sound = _mono(block)
        if resampler is not None:
            sound = resampler.resample_chunk(sound, last=last)
        if len(sound) == 0:
            continue
        if not (sound.max() < LOUDEST and sound.min() > -LOUDEST):  # not-a-number fails too
            raise UnfitFile("the file cannot be decoded: its samples are far over full scale")
        data = sound.astype("<f4", copy=False).data.cast("B")
        write_all(pcm, data)
        crc32 = zlib.crc32(data, crc32)
        meter.add(sound)
        frames += len(sound)
    _check_length(read / rate_hz, facts)
    return Decoded(frames, crc32)


def _mono(block: Samples) -> Samples:
    if block.shape[1] == 1:
        return block[:, 0].copy()
    mono = block[:, 0] + block[:, 1]
    mono *= 0.5
    return mono


def _check_length(seconds: float, facts: Facts) -> None:
    expected = facts.frames / facts.sample_rate_hz
    # One frame more for what rounding between two rates may cost.
    slack = (facts.slack_frames + 1) / facts.sample_rate_hz
    if abs(seconds - expected) > slack:
        raise UnfitFile(
            f"the file is damaged: {seconds:.3f} of {expected:.3f} s of sound can be decoded"
        )
