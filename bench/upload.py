"""Upload of a clip beside what has to be done at least: ffmpeg decodes the same file, and both are put on the disk."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.client import Client
from bench.clips import upload
from bench.figures import CannotMeasure, Figure, Table, at_most, median, milliseconds
from bench.sounds import SAMPLE_RATE_HZ, chord, wav
from bench.unit import running_unit

ROUNDS = 7
PEER_SHARE = 1.5
LARGEST_S = 108.0
"""A .wav of one channel and nearly 10 MB, the most that a clip may have."""
MP3_S = 180.0


def measure() -> Table:
    """Measure unit and peer in turns, on the same disk."""
    if shutil.which("ffmpeg") is None:
        raise CannotMeasure("ffmpeg is not installed (make bench installs it)")
    with running_unit() as unit, tempfile.TemporaryDirectory(dir=unit.state) as name:
        folder = Path(name)
        client = unit.client()
        figures = [_beside(client, folder, file) for file in _files(folder)]
    return Table(
        "Upload of a clip",
        figures,
        (
            "Unit: from the first byte of the request, on a connection that has logged in, to the answer: checked, "
            "decoded, measured (EBU R 128 and true peak), kept. ffmpeg: decoding to 48 kHz float32, and a copy of the "
            "original, both synced to the same disk; it measures nothing.",
        ),
    )


def _files(folder: Path) -> list[Path]:
    sound = folder / "largest.wav"
    hiss = np.random.default_rng(3).uniform(-0.01, 0.01, int(LARGEST_S * SAMPLE_RATE_HZ))
    sound.write_bytes(wav(10.0 * chord(LARGEST_S, 220.0) + hiss))
    compressed = folder / "music.mp3"
    _ffmpeg(
        "-stream_loop", "-1", "-t", f"{MP3_S}", "-i", str(sound), "-b:a", "128k", str(compressed)
    )
    return [sound, compressed]


def _beside(client: Client, folder: Path, file: Path) -> Figure:
    content = file.read_bytes()
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        theirs.append(_timed(lambda: _decode_and_sync(folder, file)))
        client.log_in()
        clip = -1

        def send() -> None:
            nonlocal clip
            clip = upload(client, file.name, content)

        ours.append(_timed(send))
        client.get(f"/axis-cgi/mediaclip.cgi?action=remove&clip={clip}")
    limit = PEER_SHARE * median(theirs)
    return Figure(
        f"{file.name}, {len(content) / 2**20:.1f} MB",
        f"{milliseconds(median(ours))} ({milliseconds(min(ours))} to {milliseconds(max(ours))})",
        f"ffmpeg and sync: {milliseconds(median(theirs))}",
        f"<= {PEER_SHARE:g} x: {milliseconds(limit)}",
        at_most(median(ours), limit),
    )


def _decode_and_sync(folder: Path, file: Path) -> None:
    decoded, copy = folder / "decoded.f32", folder / "copy"
    _ffmpeg("-i", str(file), "-ac", "1", "-ar", "48000", "-f", "f32le", str(decoded))
    shutil.copyfile(file, copy)
    for path in (decoded, copy, folder):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def _timed(action: Callable[[], None]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-y", *arguments], check=True
    )
