"""How loud a clip is played: one loudness for all, as far as its peaks let it come.

Clips of three seconds and more are levelled by their integrated loudness (EBU R 128). A shorter one is levelled by
its greatest momentary loudness, because a gated mean over a bark or a click says nothing (see `worker/loudness.py`);
next to long clips of speech it is therefore heard softer by what lies between a sentence and its loudest 400 ms.
"""

from dataclasses import dataclass

from daemons.audio.clips.catalogue import ClipInfo, gain_db
from daemons.audio.worker.protocol import SHORT_FRAMES


@dataclass(frozen=True, slots=True)
class Levelling:
    """What is done to a clip.

    `deviation_lu` says how far from the target it is played, below zero where its peaks or the greatest boost stand
    in the way; None where nothing is aimed at.
    """

    gain_db: float
    deviation_lu: float | None


def levelled(info: ClipInfo, target_lufs: float | None) -> Levelling:
    """Return how a clip comes to the target; without a target it is played as it was recorded."""
    if target_lufs is None:
        return Levelling(0.0, None)
    gain = gain_db(info.loudness_lufs, info.true_peak_dbtp, target_lufs)
    if info.loudness_lufs is None:
        return Levelling(gain, None)
    return Levelling(gain, round(info.loudness_lufs + gain - target_lufs, 2) + 0.0)


def is_short(info: ClipInfo) -> bool:
    """Return whether a clip is levelled by its loudest moment."""
    return info.frames < SHORT_FRAMES
