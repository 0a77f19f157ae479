"""The jobs of a decode worker."""

import hashlib
import os
import stat
from collections.abc import Sequence

import numpy as np
import soundfile

from daemons.audio.worker.au_encoder import encode_au
from daemons.audio.worker.containers.facts import Facts, UnfitFile
from daemons.audio.worker.decode import decode, write_all
from daemons.audio.worker.examine import examine
from daemons.audio.worker.loudness import LoudnessMeter, Threads, load_library
from daemons.audio.worker.protocol import (
    Decode,
    EncodeAu,
    Encoded,
    Import,
    Job,
    Refused,
    Reply,
    Sound,
)

_COPY_BYTES = 2**20


class Bench:
    """Everything a worker needs, loaded and started before the sandbox closes."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._library = load_library()
        self._warm_up()

    def work(self, job: Job, descriptors: Sequence[int]) -> Reply:
        """Do one job; OSError where the disk is at fault."""
        try:
            match job:
                case Import():
                    source, original, pcm = descriptors
                    size = _copy(source, original, job.max_bytes)
                    return self._sound(original, size, pcm, job)
                case Decode():
                    original, pcm = descriptors
                    size = os.fstat(original).st_size
                    return self._sound(original, size, pcm, job)
                case EncodeAu():
                    pcm, au = descriptors
                    return Encoded(encode_au(pcm, au))
        except UnfitFile as error:
            return Refused(str(error))

    def _sound(self, original: int, size: int, pcm: int, job: Import | Decode) -> Sound:
        if size > job.max_bytes:
            raise UnfitFile(_too_large(job.max_bytes))
        facts, sha256 = _examine(original, size, job.extension)
        if facts.frames > job.max_seconds * facts.sample_rate_hz + facts.slack_frames:
            raise UnfitFile(f"the sound is longer than {job.max_seconds / 60:.0f} minutes")
        meter = LoudnessMeter(self._library, self._threads)
        decoded = decode(original, facts, pcm, job.max_seconds, meter)
        if decoded.frames == 0:
            raise UnfitFile("the file contains no sound")
        measured = meter.result()
        return Sound(
            format=facts.format,
            sample_rate_hz=facts.sample_rate_hz,
            channels=facts.channels,
            frames=decoded.frames,
            size=size,
            sha256=sha256,
            pcm_crc32=decoded.crc32,
            loudness_lufs=measured.loudness_lufs,
            true_peak_dbtp=measured.true_peak_dbtp,
        )

    def _warm_up(self) -> None:
        """Make every library load what it loads late, and start the threads."""
        original, pcm = os.memfd_create("original"), os.memfd_create("pcm")
        try:
            silence = np.zeros(480, dtype=np.int16)
            with soundfile.SoundFile(
                original, "w", 44_100, 1, format="WAV", subtype="PCM_16", closefd=False
            ) as file:
                file.write(silence)
            self.work(Decode("wav", 2**20, 1.0), (original, pcm))
        finally:
            os.close(original)
            os.close(pcm)


def _copy(source: int, original: int, limit: int) -> int:
    """Copy what comes from `source`, from its start where it is a file; returns the size."""
    mode = os.fstat(source).st_mode
    if stat.S_ISREG(mode):
        os.lseek(source, 0, os.SEEK_SET)
    elif not stat.S_ISFIFO(mode) and not stat.S_ISSOCK(mode):
        raise UnfitFile("what was sent is not a file")
    size = 0
    while data := os.read(source, _COPY_BYTES):
        size += len(data)
        if size > limit:
            raise UnfitFile(_too_large(limit))
        write_all(original, memoryview(data))
    return size


def _too_large(limit: int) -> str:
    return f"the file is too large: {limit / 2**20:.4g} MB is possible"


def _examine(original: int, size: int, extension: str) -> tuple[Facts, str]:
    os.lseek(original, 0, os.SEEK_SET)
    with open(original, "rb", buffering=0, closefd=False) as file:
        content = file.read(size)
    return examine(memoryview(content), extension), hashlib.sha256(content).hexdigest()
