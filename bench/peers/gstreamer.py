"""GStreamer's jitter buffer with a pipe in place of a sound card: the peer of multicast paging.

The sink hands each buffer on when its clock says that it is to be heard.
"""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.figures import CannotMeasure
from bench.talker import Group

PROGRAM = "gst-launch-1.0"
START_TIMEOUT_S = 10.0
SAMPLE_RATE_HZ = 48_000
CAPS = "application/x-rtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0"
FORM = f"audio/x-raw,format=S16LE,rate={SAMPLE_RATE_HZ},channels=1"


class Receiver:
    """A pipeline that plays what a group is sent."""

    def __init__(self, group: Group, pipe: int) -> None:
        self.group = group
        self._blocks: list[tuple[int, bytes]] = []
        self._reader = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._reader.start()

    def onset_ns(self, after_ns: int, threshold: float) -> int | None:
        """Return when the first sample above `threshold` was handed on, at or after a time."""
        for arrived_ns, block in list(self._blocks):
            samples = np.frombuffer(block, dtype="<i2") / 2.0**15
            loud = np.flatnonzero(np.abs(samples) > threshold)
            if len(loud) and arrived_ns >= after_ns:
                return arrived_ns + int(loud[0]) * 10**9 // SAMPLE_RATE_HZ
        return None

    def _read(self, pipe: int) -> None:
        while block := os.read(pipe, 65536):
            self._blocks.append((time.monotonic_ns(), block))


@contextmanager
def receiving(group: Group, latency_ms: int) -> Iterator[Receiver]:
    """Run a pipeline that waits so long for late packets; raises `CannotMeasure` where GStreamer is not installed."""
    if shutil.which(PROGRAM) is None:
        raise CannotMeasure(f"{PROGRAM} is not installed (make bench installs it)")
    pipeline = [
        *("udpsrc", f"address={group.address}", f"port={group.port}", "multicast-iface=lo"),
        *(f"caps={CAPS}", "!", "rtpjitterbuffer", f"latency={latency_ms}"),
        *("!", "rtppcmudepay", "!", "mulawdec", "!", "audioconvert", "!", "audioresample"),
        *("!", FORM, "!", "fdsink", "fd=1", "sync=true"),
    ]
    process = subprocess.Popen(
        [PROGRAM, "-q", *pipeline],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_listening(group.port, process)
        assert process.stdout is not None
        yield Receiver(group, process.stdout.fileno())
    finally:
        process.kill()
        process.wait()
        # The pipe is left to the reader, which ends with it.


def _wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        if f":{port:04X} " in Path("/proc/net/udp").read_text():
            return
        time.sleep(0.02)
    raise CannotMeasure("GStreamer does not listen")
