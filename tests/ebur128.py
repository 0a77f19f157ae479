"""Loudness and true peak by another hand: ffmpeg's EBU R 128 meter."""

import io
import re
import subprocess
from dataclasses import dataclass

import numpy as np
import soundfile

from tests.heard import RATE, Samples


@dataclass(frozen=True)
class Measured:
    """Integrated and greatest momentary loudness in LUFS, true peak in dBTP."""

    integrated_lufs: float
    momentary_lufs: float
    true_peak_dbtp: float


def measure(samples: Samples) -> Measured:
    """Measure a sound; half a second of silence behind it lets the meter's window run out."""
    file = io.BytesIO()
    padded = np.concatenate([samples, np.zeros(RATE // 2)])
    soundfile.write(file, padded.astype(np.float32), RATE, format="WAV", subtype="FLOAT")
    return measure_file(file.getvalue())


def measure_file(content: bytes) -> Measured:
    """Measure a sound file of any format."""
    told = subprocess.run(
        [
            *("ffmpeg", "-hide_banner", "-nostats", "-i", "-"),
            *("-af", "ebur128=peak=true", "-f", "null", "-"),
        ],
        input=content,
        check=True,
        capture_output=True,
    ).stderr.decode()
    before, summary = told[: told.rindex("Summary:")], told[told.rindex("Summary:") :]
    moments = [float(value) for value in re.findall(r"M: *(-?[\d.]+)", before)]
    integrated = re.search(r"I: +(-?[\d.]+) LUFS", summary)
    peak = re.search(r"Peak: +(-?[\d.]+) dBFS", summary)
    assert integrated is not None
    assert peak is not None
    return Measured(float(integrated[1]), max(moments), float(peak[1]))
