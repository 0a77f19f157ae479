"""The HAT's ALSA configuration: alsa-lib reads it, and each name has the channel that it says."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hw.boards import c8210_hat as hat

CONFIGURATION = Path(__file__).parents[3] / "etc/alsa/c8210_hat.conf"
CARD = """
pcm.c8210_codec {
    type file
    slave.pcm { type null }
    file "/dev/null"
    infile "@FILE@"
    format raw
}
"""
LEFT, RIGHT = 1 << 20, -(1 << 24)


def through_alsa(configuration: str, folder: Path, script: str) -> str:
    """Run Python with alsa-lib reading that configuration and nothing else."""
    path = folder / "asound.conf"
    path.write_text(configuration)
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(path)}
    return subprocess.run(
        [sys.executable, "-P", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_it_has_every_device_that_the_board_opens(tmp_path: Path) -> None:
    """One to play, two to record."""
    script = "import alsaaudio; print(*alsaaudio.pcms(), sep='\\n')"
    listed = through_alsa(CONFIGURATION.read_text(), tmp_path, script).split()
    assert {hat.SPEAKER, hat.MICROPHONE, hat.SENSE} <= set(listed)
    assert f"card {hat.CARD}" in CONFIGURATION.read_text()
    assert f'pcm "hw:{hat.CARD}"' in CONFIGURATION.read_text()


@pytest.mark.parametrize(
    ("device", "value"), [(hat.MICROPHONE, LEFT), (hat.SENSE, RIGHT)], ids=["jack", "current"]
)
def test_each_name_has_its_channel_of_the_codec(device: str, value: int, tmp_path: Path) -> None:
    """The jack is left, the current right; the card itself is played by a file of samples."""
    samples = tmp_path / "samples.raw"
    np.tile(np.array([LEFT, RIGHT], "<i4"), 48_000).tofile(samples)
    whole = CONFIGURATION.read_text()
    start = whole.index("pcm.c8210_codec")
    end = whole.index("# ttable")
    played = whole[:start] + CARD.replace("@FILE@", str(samples)) + whole[end:]
    script = (
        "import alsaaudio, numpy as np\n"
        f"pcm = alsaaudio.PCM(alsaaudio.PCM_CAPTURE, alsaaudio.PCM_NORMAL, device='{device}',"
        " rate=48000, channels=2, format=alsaaudio.PCM_FORMAT_S32_LE, periodsize=480)\n"
        "print(sorted({int(each) for each in np.frombuffer(pcm.read()[1], '<i4')}))\n"
    )
    assert through_alsa(played, tmp_path, script).strip() == f"[{value}]"
