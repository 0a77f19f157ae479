"""What the tests of audio clips share: sound files of every kind, a store to put them in, and a look at both."""

import asyncio
import io
import os
import subprocess
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.paths import LIBRARY
from daemons.audio.clips.catalogue import ClipInfo
from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.clips.store import ClipStore

Samples = npt.NDArray[np.float64]
PCM_RATE_HZ = 48_000


@asynccontextmanager
async def clip_store(root: Path, **options: Any) -> AsyncIterator[ClipStore]:
    """Open a store without the factory's clips, unless `sounds` are given."""
    if "sounds" not in options:
        options["sounds"] = no_sounds(root)
    store = ClipStore(root / "state", DecodeWorkers(), **options)
    await store.open()
    yield store


def no_sounds(root: Path) -> Path:
    """Return a folder of factory clips with none in it."""
    folder = root / "no-sounds"
    folder.mkdir(exist_ok=True)
    (folder / "sounds.json").write_text("[]")
    return folder


async def add(store: ClipStore, content: bytes, file_name: str) -> ClipInfo:
    """Upload a file through a descriptor, as the edge does."""
    descriptor = memory_file(content)
    try:
        return await store.add(descriptor, file_name)
    finally:
        os.close(descriptor)


def memory_file(content: bytes) -> int:
    """Return a descriptor of a file in memory, its offset at the end, as a writer leaves it."""
    descriptor = os.memfd_create("upload", os.MFD_CLOEXEC)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    return descriptor


def kept_files(root: Path) -> list[str]:
    """Return every file that a store has, without the folders that are always there."""
    state = root / "state"
    return sorted(str(path.relative_to(state)) for path in state.rglob("*") if path.is_file())


def decoded_files(root: Path) -> dict[Path, int]:
    """Return every file of decoded sound, and which one it is on the disk."""
    return {path: path.stat().st_ino for path in root.rglob("pcm.f32")}


async def pcm(store: ClipStore, index: int) -> Samples:
    """Return a clip's decoded sound."""
    return np.fromfile(await store.pcm_path(index), dtype="<f4").astype(np.float64)


def read_all(descriptor: int) -> bytes:
    """Return what is behind a descriptor, and close it."""
    with open(descriptor, "rb") as file:
        return file.read()


def time(seconds: float, rate_hz: int) -> Samples:
    """Return the moments of a sound."""
    return np.arange(int(seconds * rate_hz)) / rate_hz


def two_tones(rate_hz: int, channels: int = 1, level: float = 0.4) -> Samples:
    """Return a second of 1000 Hz and a second of 1500 Hz, the same in every channel."""
    t = time(1.0, rate_hz)
    tones = [level * np.sin(2 * np.pi * hz * t) for hz in (1000.0, 1500.0)]
    return np.repeat(np.concatenate(tones)[:, np.newaxis], channels, axis=1)


def wav_file(sound: Samples, rate_hz: int, sample_bytes: int = 2) -> bytes:
    """Return a .wav file of PCM."""
    file = io.BytesIO()
    samples = np.atleast_2d(sound.T).T
    with wave.open(file, "wb") as writer:
        writer.setnchannels(samples.shape[1])
        writer.setsampwidth(sample_bytes)
        writer.setframerate(rate_hz)
        if sample_bytes == 1:
            writer.writeframes((np.round(samples * 127) + 128).astype(np.uint8).tobytes())
        else:
            writer.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return file.getvalue()


def ffmpeg(content: bytes, folder: Path, name: str, *arguments: str) -> bytes:
    """Return what ffmpeg makes of a file; it writes to a real one, so that it can go back to its header."""
    target = folder / name
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", "-", "-map_metadata", "-1", *arguments, str(target)],
        input=content,
        check=True,
        capture_output=True,
    )
    return target.read_bytes()


def ffmpeg_pcm(content: bytes, channels: int) -> Samples:
    """Return a file as ffmpeg decodes it: 48 kHz, and the mean of both channels, where its own mix is 3 dB up."""
    mean = ["-af", "pan=mono|c0=0.5*c0+0.5*c1"] if channels == 2 else []
    raw = subprocess.run(
        [*("ffmpeg", "-v", "error", "-i", "-"), *mean, *("-f", "f32le", "-ar", "48000", "-")],
        input=content,
        check=True,
        capture_output=True,
    ).stdout
    return np.frombuffer(raw, dtype="<f4").astype(np.float64)


def loudest_hz(sound: Samples) -> float:
    """Return the frequency of the strongest tone, between the bins of the spectrum."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    peak = int(np.argmax(spectrum))
    low, top, high = np.log(spectrum[peak - 1 : peak + 2])
    return float((peak + 0.5 * (low - high) / (low - 2 * top + high)) * PCM_RATE_HZ / len(sound))


def tone_level(sound: Samples, hz: float) -> float:
    """Return the amplitude of one tone in a sound."""
    t = np.arange(len(sound)) / PCM_RATE_HZ
    window = np.hanning(len(sound))
    return float(2 * abs(np.sum(sound * window * np.exp(-2j * np.pi * hz * t))) / np.sum(window))


def decibels(ratio: float) -> float:
    """Return a ratio of amplitudes in dB."""
    return float(20 * np.log10(ratio))


def rms(sound: Samples) -> float:
    """Return the level of a sound."""
    return float(np.sqrt(np.mean(sound**2)))


def child(module: str, *arguments: str | Path) -> list[str]:
    """Return the command of a test's own program."""
    return [str(LIBRARY / ".venv/bin/python"), "-P", "-m", module, *map(str, arguments)]


async def until_gone(pid: int) -> None:
    """Wait until a process is no more, or only its exit status is left."""
    async with asyncio.timeout(10):
        while alive(pid):
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Return whether a process still runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
