"""Factory sounds that speak, by the voice `slt` of Carnegie Mellon's Flite in ffmpeg.

Flite and its voice may be used "without restriction", so what they say is ours to give away.
"""

import subprocess

import numpy as np
import soxr

from etc.sounds.signals import chime
from etc.sounds.synthesis import RATE_HZ, Sound, one_after_another, silence, tinted

_VOICE_RATE_HZ = 16_000


def speak(*sentences: str) -> Sound:
    """Say sentences, with a pause between them."""
    parts = [part for sentence in sentences for part in (_say(sentence), silence(0.35))]
    spoken = one_after_another(*parts[:-1], silence(0.2))
    # Less boom and more presence: horns and ceilings are where this is heard.
    return tinted(spoken, (0, -40), (100, -12), (250, -2), (2_000, 2), (5_000, 4), (9_000, 0))


def announce(rng: np.random.Generator, *sentences: str) -> Sound:
    """Say sentences after a chime."""
    gong, spoken = chime(rng), speak(*sentences)
    level = np.sqrt(np.mean(spoken**2)) / np.sqrt(np.mean(gong**2))
    return one_after_another(gong * level * 0.8, spoken)


def _say(sentence: str) -> Sound:
    # In the filter's own grammar a quote would end the text and a colon the option.
    if set(sentence) & set("':\\"):
        raise ValueError(f"the voice cannot be given this: {sentence!r}")
    raw = subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"flite=voice=slt:text='{sentence}'"),
            *("-f", "f32le", "-ar", str(_VOICE_RATE_HZ), "-"),
        ],
        check=True,
        capture_output=True,
    ).stdout
    voice = np.frombuffer(raw, dtype="<f4").astype(np.float64)
    loud = np.flatnonzero(np.abs(voice) > 0.01)
    said: Sound = soxr.resample(voice[loud[0] : loud[-1]], _VOICE_RATE_HZ, RATE_HZ, quality="HQ")
    return said
