"""The two FIFOs between ALSA's `file` plug-in and the simulated card."""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from common.errors import HardwareFault

SPEAKER_FIFO: Final = "speaker.fifo"
MICROPHONE_FIFO: Final = "microphone.fifo"

FRAME_BYTES: Final = 8
"""Two channels of S32_LE."""

_SMALLEST_PIPE: Final = 4_096


def make_fifo(path: Path) -> None:
    """Make sure that there is a FIFO at `path`."""
    if path.exists() and not stat.S_ISFIFO(path.stat().st_mode):
        path.unlink()
    if not path.exists():
        # Under systemd the audio daemon is another user, of the folder's group.
        os.mkfifo(path, 0o660)


def set_capacity(descriptor: int) -> None:
    """Let the FIFO hold no more than one period, so that little stands between player and card."""
    fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _SMALLEST_PIPE)


@contextlib.contextmanager
def far_end_held(path: Path) -> Iterator[None]:
    """Keep opening a FIFO from waiting for its far end for as long as the block runs.

    ALSA opens it inside the interpreter's lock: without anybody there, the whole process would stand still.
    Raises `HardwareFault` when the card is not there.
    """
    try:
        probe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise HardwareFault("the simulated sound card is not there") from error
    try:
        both = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield
        finally:
            os.close(both)
    finally:
        os.close(probe)
