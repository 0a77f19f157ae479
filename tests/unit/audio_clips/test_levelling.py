"""One loudness for all clips, as far as their peaks let them come, and a word about those that do not."""

import msgspec
import pytest

from daemons.audio.clips.catalogue import ClipInfo
from daemons.audio.clips.factory import load_table
from daemons.audio.clips.levelling import Levelling, is_short, levelled

CLIP = load_table()[0]


def clip(loudness: float | None, peak: float | None, frames: int = 480_000) -> ClipInfo:
    """Return a clip with that measurement."""
    return msgspec.structs.replace(CLIP, loudness_lufs=loudness, true_peak_dbtp=peak, frames=frames)


@pytest.mark.covers("M-TRB-08", part="what is said of a clip")
@pytest.mark.parametrize(
    ("loudness", "peak", "target", "gain", "deviation"),
    [
        (-26.0, -9.0, -20.0, 6.0, 0.0),
        (-5.0, 0.0, -20.0, -15.0, 0.0),
        (-40.0, -22.0, -20.0, 20.0, 0.0),
        (-30.0, -4.0, -20.0, 3.0, -7.0),  # 26 dB from loudness to peak: the ceiling comes first
        (-20.0, -6.0, -10.0, 5.0, -5.0),
        (-60.0, -50.0, -20.0, 24.0, -16.0),  # the greatest boost
        (None, -40.0, -20.0, 0.0, None),
        (-26.0, -9.0, None, 0.0, None),  # off: as it was recorded
    ],
)
def test_a_clip_comes_to_the_target_or_it_is_said_how_far_it_is_from_it(
    loudness: float | None,
    peak: float | None,
    target: float | None,
    gain: float,
    deviation: float | None,
) -> None:
    """The deviation is what is missing, in LU, and none is claimed where nothing is aimed at."""
    assert levelled(clip(loudness, peak), target) == Levelling(gain, deviation)


@pytest.mark.parametrize(("frames", "short"), [(143_999, True), (144_000, False)])
def test_a_clip_under_three_seconds_is_short(frames: int, short: bool) -> None:
    """Three seconds exactly are measured as a whole."""
    assert is_short(clip(-20.0, -3.0, frames)) is short
