"""What it costs to have the last minute of the audio input in memory, and to make a file of it, beside ffmpeg."""

import asyncio
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.figures import CannotMeasure, Figure, Table, at_most, median
from bench.processes import pss_bytes
from common.pcm import PERIOD_FRAMES, CaptureSender, pair
from daemons.events.recording import protocol
from daemons.events.recording.formats import FORMATS
from daemons.events.recording.process import started
from daemons.events.recording.sound_file import SoundFile

RATE_HZ = 48_000
WAITED_S = 20.0
PRE_S = 60.0
ROUNDS = 5
WAITING_SHARE = 0.01
"""Of a core."""
ENCODE_SHARE = 1.3
SECONDS = 60
PEER = {
    "matroska_opus": ("libopus", "matroska", "-b:a", "64k"),
    "matroska_aac": ("aac", "matroska", "-b:a", "96k", "-aac_coder", "fast"),
    "matroska_pcm": ("pcm_s16le", "matroska"),
    "wav": ("pcm_s16le", "wav"),
}


def measure() -> Table:
    """Measure the waiting, then encoders in turns."""
    share, memory = asyncio.run(_waiting())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return Table(
            "Recordings",
            (
                Figure(
                    f"waiting with {PRE_S:g} s in memory, of a core",
                    f"{share * 100:.2f} %",
                    "",
                    f"<= {WAITING_SHARE * 100:g} %",
                    at_most(share, WAITING_SHARE),
                ),
                Figure("memory of the recorder (PSS)", f"{memory / 10**6:.1f} MB"),
                *(_encoding(folder, value) for value in FORMATS),
            ),
            (
                f"Files of {SECONDS} s, mono at 48 kHz: processor time, median of {ROUNDS} rounds, without the start "
                "of a process. The peer is `ffmpeg -threads 1 -f s16le -i FILE -c:a CODEC`.",
            ),
        )


async def _waiting() -> tuple[float, int]:
    """Return which share of a core a recorder uses that hears and writes nothing, and its memory."""
    with tempfile.TemporaryDirectory() as name:
        async with started(Path(name)) as process:
            reports = process.reports()
            await anext(reports)
            process.tell(protocol.Keep(PRE_S))
            reading, writing = pair()
            with reading, _speaking(CaptureSender(writing)):
                process.tell(protocol.Hear(), reading.fileno())
                await anext(reports)
                await asyncio.sleep(1.0)
                before = _running_ns(process.pid)
                await asyncio.sleep(WAITED_S)
                used_s = (_running_ns(process.pid) - before) / 1e9
                return used_s / WAITED_S, pss_bytes(process.pid)


@contextmanager
def _speaking(sender: CaptureSender) -> Iterator[None]:
    """Send noise, a period every 10 ms."""
    over = threading.Event()
    noise = np.random.default_rng(1).standard_normal(PERIOD_FRAMES).astype(np.float32) * 0.1

    def speak() -> None:
        due = time.monotonic()
        while not over.wait(max(0.0, due - time.monotonic())):
            sender.push(noise.data)
            due += PERIOD_FRAMES / RATE_HZ
        sender.close()

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _running_ns(pid: int) -> int:
    """Return how long the threads of a process have had a processor."""
    return sum(
        int((task / "schedstat").read_text().split()[0])
        for task in Path(f"/proc/{pid}/task").iterdir()
    )


def _encoding(folder: Path, value: str) -> Figure:
    speech = _speech()
    raw = folder / "raw"
    raw.write_bytes(speech.tobytes())
    empty = folder / "empty"
    empty.write_bytes(bytes(2 * PERIOD_FRAMES))
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        ours.append(_our_s(folder, value, speech))
        theirs.append(
            _their_s(raw, value, folder / "peer") - _their_s(empty, value, folder / "peer")
        )
    limit = ENCODE_SHARE * median(theirs)
    return Figure(
        f"a file of {SECONDS} s: {FORMATS[value].label}",
        f"{median(ours) * 1000:.0f} ms",
        f"ffmpeg: {median(theirs) * 1000:.0f} ms",
        f"<= {ENCODE_SHARE:g} x ffmpeg",
        at_most(median(ours), limit),
    )


def _our_s(folder: Path, value: str, speech: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    before = time.process_time()
    file = SoundFile(folder, "bench", FORMATS[value], {"title": "bench"})
    for first in range(0, len(speech), RATE_HZ):
        file.write(speech[first : first + RATE_HZ])
    name = file.finish("Trigger at 0.000 s.")
    used_s = time.process_time() - before
    (folder / name).unlink()
    return used_s


def _their_s(raw: Path, value: str, file: Path) -> float:
    codec, container, *options = PEER[value]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        subprocess.run(
            [
                *("ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-threads", "1"),
                *("-f", "s16le", "-ar", str(RATE_HZ), "-ac", "1", "-i", str(raw)),
                *("-threads", "1", "-c:a", codec, *options, "-f", container, str(file)),
            ],
            check=True,
            env={"PATH": os.defpath},
        )
    except FileNotFoundError:
        raise CannotMeasure("ffmpeg is not installed") from None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _speech() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return something between a voice and noise: harmonics under syllables, and a hiss."""
    at = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 130 * number * at) / number for number in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * at), 0, None)
    hiss = np.random.default_rng(2).standard_normal(len(at)) * 0.02
    return np.asarray((0.15 * voice * syllables + hiss) * 20_000, dtype=np.int16)
