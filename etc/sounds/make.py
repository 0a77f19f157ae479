"""Makes the factory sounds anew: `python -P -m etc.sounds.make` from the top of the tree.

Needs an ffmpeg with libmp3lame and libflite (Debian's has both). The files it writes are in the repository, so
this runs only when a sound changes. `sounds.json` is what the audio daemon knows of them before it decodes them.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import soxr

from daemons.audio.clips.catalogue import TARGET_LUFS, ClipInfo, factory_clip
from daemons.audio.clips.decoding import new_files, sound_of
from daemons.audio.clips.factory import TABLE
from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.worker.loudness import LoudnessMeter, Measurement, load_library
from daemons.audio.worker.protocol import PCM_RATE_HZ, Decode
from etc.sounds import nature, signals, speech
from etc.sounds.synthesis import RATE_HZ, Sound

HERE = Path(__file__).parent
FIRST_INDEX = 25
_CEILING_DBTP = -2.0
_LAME_TAKES_DB = 0.45
"""LAME multiplies everything by 0.95 so that what it encodes does not overshoot."""
_GREATEST_BYTES = 2**20
_GREATEST_SECONDS = 60.0

Recipe = Callable[[np.random.Generator], Sound]


@dataclass(frozen=True, slots=True)
class Entry:
    """One factory clip; its place in the list decides its index."""

    file_name: str
    title: str
    recipe: Recipe
    kbps: int = 96


def _speak(*sentences: str) -> Recipe:
    return lambda rng: speech.speak(*sentences)


def _announce(*sentences: str) -> Recipe:
    return lambda rng: speech.announce(rng, *sentences)


def _dog(voice_hz: float, *barks: tuple[float, float]) -> Recipe:
    return partial(nature.dog, voice_hz=voice_hz, barks=barks)


# Names, titles and order are those of the original (VAPIX reference, MediaClip); the sounds are ours.
ENTRIES = (
    Entry("camera_clicks16k.au", "Camera clicks", nature.camera_clicks),
    Entry("camera_clicks.mp3", "Camera clicks", nature.camera_clicks),
    Entry("abracadabra.mp3", "Abracadabra", signals.abracadabra),
    Entry("ding_dong.mp3", "Ding-dong", signals.ding_dong),
    Entry("logo.mp3", "Logo", signals.logo),
    Entry("ringtone_1.mp3", "Ring tone 1", signals.ringtone_1),
    Entry("ringtone_2.mp3", "Ring tone 2", signals.ringtone_2),
    Entry("alarm.mp3", "Alarm", signals.alarm),
    Entry("psssst.mp3", "Psssst", nature.psssst),
    Entry("emergency.mp3", "Emergency", signals.emergency),
    Entry(
        "test_message.mp3",
        "Test Message",
        _speak("This is a test message.", "If you can hear it well, the loudspeaker works."),
        kbps=64,
    ),
    Entry(
        "trespassing.mp3",
        "Trespassing",
        _speak(
            "Attention, please.",
            "You have entered a restricted area.",
            "Leave at once, by the way you came.",
        ),
        kbps=64,
    ),
    Entry("dog_1.mp3", "Dog bark 1", _dog(430, (0.0, 1.0), (0.45, 0.9))),
    Entry("dog_2.mp3", "Dog bark 2", _dog(300, (0.0, 1.0), (0.7, 0.8), (1.25, 1.0))),
    Entry("dog_3.mp3", "Dog bark 3", _dog(720, (0.0, 0.8), (0.25, 0.9), (0.5, 1.0), (0.95, 0.9))),
    Entry("dog_4.mp3", "Dog bark 4", _dog(240, (0.0, 0.9), (0.9, 1.0))),
    Entry(
        "dog_5.mp3",
        "Dog bark 5",
        _dog(520, (0.0, 0.7), (0.35, 1.0), (0.7, 1.0), (1.5, 0.8), (1.85, 1.0)),
    ),
    Entry("siren.mp3", "Siren", signals.siren),
    Entry(
        "internal_message_example.mp3",
        "Internal message example",
        _announce("A message for our staff.", "Please come to the front desk, one of you."),
        kbps=64,
    ),
    Entry(
        "sales_offer_example.mp3",
        "Sales offer example",
        _announce("Dear customers.", "Today, if you buy two, the third is free.", "Just ask us."),
        kbps=64,
    ),
    Entry(
        "store_closing_example.mp3",
        "Store closing example",
        _announce(
            "Dear customers.",
            "We close in fifteen minutes.",
            "Please bring what you would like to buy to the checkout.",
            "Thank you for your visit.",
        ),
        kbps=64,
    ),
    Entry(
        "store_opening_example.mp3",
        "Store opening example",
        _announce("Good morning, and welcome.", "Our store is open now."),
        kbps=64,
    ),
    Entry("birds_chirping.mp3", "Birds chirping", nature.birds_chirping),
    Entry("breaking_waves.mp3", "Breaking waves", nature.breaking_waves),
    Entry("wind_chimes.mp3", "Wind chimes", nature.wind_chimes),
)


def make(entry: Entry) -> None:
    """Compute one sound and write its file."""
    sound = entry.recipe(np.random.default_rng(sum(entry.title.encode())))
    gain_db = _gain_db(_measure(sound))
    if entry.file_name.endswith(".au"):
        how = ["-c:a", "pcm_mulaw", "-ar", "16000"]
    else:
        how = ["-c:a", "libmp3lame", "-b:a", f"{entry.kbps}k", "-id3v2_version", "0"]
        gain_db += _LAME_TAKES_DB
    sound = sound * 10 ** (gain_db / 20)
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1"),
            *("-i", "-", "-bitexact", *how, str(HERE / entry.file_name)),
        ],
        input=sound.astype("<f4").tobytes(),
        check=True,
    )


def _measure(sound: Sound) -> Measurement:
    with ThreadPoolExecutor(1) as thread:
        meter = LoudnessMeter(load_library(), thread)
        meter.add(soxr.resample(sound, RATE_HZ, PCM_RATE_HZ, quality="HQ").astype(np.float32))
        return meter.result()


def _gain_db(measured: Measurement) -> float:
    if measured.loudness_lufs is None or measured.true_peak_dbtp is None:
        raise ValueError("a recipe made silence")
    return min(TARGET_LUFS - measured.loudness_lufs, _CEILING_DBTP - measured.true_peak_dbtp)


async def describe(entries: tuple[Entry, ...]) -> list[ClipInfo]:
    """Decode all files as the daemon will, and return what it finds."""
    table = []
    with tempfile.TemporaryDirectory() as folder:
        async with DecodeWorkers().session(2**26) as worker:
            for number, entry in enumerate(entries):
                extension = entry.file_name.rpartition(".")[2]
                original = os.open(HERE / entry.file_name, os.O_RDONLY)
                with new_files(Path(folder), str(number)) as (pcm,):
                    job = Decode(extension, _GREATEST_BYTES, _GREATEST_SECONDS)
                    sound = await sound_of(worker, job, original, pcm)
                os.close(original)
                index = FIRST_INDEX + number
                table.append(factory_clip(index, entry.file_name, entry.title, sound))
    return table


def main(names: list[str]) -> None:
    """Make the named files, or all, and then the table."""
    for entry in ENTRIES:
        if not names or entry.file_name in names:
            make(entry)
    table = asyncio.run(describe(ENTRIES))
    (HERE / TABLE).write_bytes(msgspec.json.format(msgspec.json.encode(table)) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
