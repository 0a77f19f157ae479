"""Say which board this is, and whether it can be heard: `python -m hw.boards`; the exit status is 1 where it cannot."""

import sys

from common.errors import HardwareFault
from hw.boards import load
from hw.drivers.alsa import open_output


def main() -> int:
    """Open the sound card once; returns the exit status."""
    board = load()
    try:
        open_output(board.sound).close()
    except HardwareFault as error:
        sys.stdout.write(f"{board.description} has no sound: {error}\n")
        return 1
    sys.stdout.write(f"{board.description} has sound: {board.sound.playback}\n")
    return 0


sys.exit(main())
