"""The recorder: a process that keeps the newest sound of the audio input and writes parts of it to files.

Arguments: the descriptor of its orders, the folder of the files. It lives until the daemon hangs up; killed, it takes
along what was not finished, and nothing else.
"""

import contextlib
import os
import select
import socket
import sys
import time
from pathlib import Path

import numpy as np

from common.pcm import PcmReceiver, adopt
from common.realtime import become_realtime, share_interpreter_quickly
from daemons.events.recording import protocol
from daemons.events.recording.heard import LOST_S, Heard
from daemons.events.recording.jobs import Jobs

_LOOK_MS = 1000
REALTIME_PRIORITY = 20
"""A capture holds 20 ms and does not wait. Whatever makes sound goes before."""


class Recorder:
    """The thread that hears, and takes orders."""

    def __init__(self, control: socket.socket, folder: Path) -> None:
        self._control = control
        self._heard = Heard()
        self._jobs = Jobs(self._heard, folder, self._tell)
        self._capture: PcmReceiver | None = None
        self._samples = np.zeros(0, dtype=np.float32)
        self._descriptor = -1
        self._heard_s: float | None = None
        """When sound came last; None when nothing is kept."""
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Work until the daemon is gone."""
        self._jobs.start()  # before, for a thread inherits its rank
        become_realtime(REALTIME_PRIORITY)
        self._tell(protocol.Deaf())
        while True:
            for descriptor, _events in self._poll.poll(_LOOK_MS):
                if descriptor == self._descriptor:
                    self._hear()
                elif not self._obey():
                    return
            if self._heard_s is not None and time.monotonic() - self._heard_s > LOST_S:
                self._lose()

    def _hear(self) -> None:
        if self._capture is None:
            return
        frames = self._capture.receive()
        if frames is None:
            self._let_go()
            self._tell(protocol.Deaf())
            return
        if not frames:
            return
        now_s = time.monotonic()
        self._heard.take(self._samples[:frames], self._capture.position, self._capture.flags, now_s)
        if self._heard_s is None:
            self._tell(protocol.Hearing())
        self._heard_s = now_s

    def _lose(self) -> None:
        self._heard_s = None
        self._heard.forget()
        self._jobs.abandon_all(f"the audio input could not be heard for {LOST_S:g} s")
        self._tell(protocol.Lost())

    def _obey(self) -> bool:
        """Carry out one order; returns False when the daemon has hung up."""
        packet, descriptors, _flags, _sender = socket.recv_fds(
            self._control, protocol.PACKET_LIMIT, 1
        )
        if not packet:
            return False
        match protocol.parse_order(packet):
            case protocol.Keep(pre_s):
                self._heard.keep(pre_s)
            case protocol.Hear():
                self._listen(descriptors[0])
            case protocol.Record() as record:
                self._jobs.add(record)
            case protocol.Finish() as finish:
                self._jobs.finish(finish)
            case protocol.Abandon(job):
                self._jobs.abandon(job)
        return True

    def _listen(self, descriptor: int) -> None:
        self._let_go()
        self._capture = PcmReceiver(adopt(descriptor))
        self._samples = np.frombuffer(self._capture.payload, dtype=np.float32)
        self._descriptor = descriptor
        self._poll.register(descriptor, select.POLLIN)

    def _let_go(self) -> None:
        if self._capture is not None:
            self._poll.unregister(self._descriptor)
            self._capture.close()
            self._heard.end_capture()
            self._capture, self._descriptor = None, -1

    def _tell(self, report: protocol.Report) -> None:
        with contextlib.suppress(OSError):  # the daemon is gone: the next order says so
            self._control.send(protocol.dump(report))


def main(arguments: list[str]) -> None:
    """Live until the daemon hangs up."""
    os.umask(0o077)
    share_interpreter_quickly()
    with socket.socket(fileno=int(arguments[0])) as control:
        Recorder(control, Path(arguments[1])).run()


if __name__ == "__main__":
    main(sys.argv[1:])
