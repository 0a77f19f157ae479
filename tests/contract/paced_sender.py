"""Sends a tone to a live playback at the pace of a clock that is a little off: a process that nothing keeps waiting.

Arguments: the descriptor, by how many parts in a million the clock is fast, seconds, frequency. It prints when the
first packet was sent, and by how much the latest of all was late, both in nanoseconds.
"""

import socket
import sys
import time

import numpy as np

from common.pcm import PERIOD_FRAMES, SAMPLE_RATE_HZ, pack
from common.realtime import become_realtime

AMPLITUDE = 0.25


def main(descriptor: int, parts_per_million: float, seconds: float, hertz: float) -> None:
    """Send until it is over."""
    become_realtime(40)
    count = round(seconds * SAMPLE_RATE_HZ / PERIOD_FRAMES)
    phase = 2 * np.pi * hertz / SAMPLE_RATE_HZ * np.arange(count * PERIOD_FRAMES)
    periods = np.split((AMPLITUDE * np.cos(phase)).astype(np.float32), count)
    pace_ns = PERIOD_FRAMES / SAMPLE_RATE_HZ * 1e9 / (1 + parts_per_million * 1e-6)
    with socket.socket(fileno=descriptor) as end:
        begun = time.monotonic_ns()
        latest = 0
        for number, samples in enumerate(periods):
            due = begun + round(number * pace_ns)
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
            latest = max(latest, time.monotonic_ns() - due)
            end.send(pack(number * PERIOD_FRAMES, samples.data))
    sys.stdout.write(f"{begun} {latest}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), *(float(argument) for argument in sys.argv[2:5]))
