"""The input process: listens, processes, hands out. Arguments: the descriptor of its orders, the daemon's process id.

It serves one daemon and dies with it; killed by itself, it takes nothing along that sounds.
"""

import ctypes
import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from common.pcm import CaptureSender, PcmReceiver
from common.realtime import share_interpreter_quickly
from daemons.audio.input import protocol
from daemons.audio.input.capture import Capture
from hw.boards import load
from hw.drivers.alsa import open_input

_PR_SET_PDEATHSIG = 1
_NICE = -10
_OOM_SCORE = "300"


def main(arguments: list[str]) -> None:
    """Live until the daemon hangs up."""
    orders, parent = (int(argument) for argument in arguments[:2])
    _die_with(parent)
    share_interpreter_quickly()
    _go_after_the_engine()
    with socket.socket(fileno=orders) as control:
        capture = Capture(partial(open_input, load().sound))
        gc.collect()
        gc.freeze()
        capture.start()
        try:
            _serve(control, capture)
        except OSError:
            return  # the daemon is gone
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            control.send(protocol.dump(protocol.Fault(reason, fatal=True)))


def _serve(control: socket.socket, capture: Capture) -> None:
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    waiting.register(capture.news, select.POLLIN)
    while True:
        ready = dict(waiting.poll())
        if capture.news in ready:
            os.eventfd_read(capture.news)
            capture.follow_talks()
            for report in capture.reports():
                control.send(protocol.dump(report))
                if isinstance(report, protocol.Fault) and report.fatal:
                    return
        if control.fileno() in ready and not _obey(control, capture):
            return


def _obey(control: socket.socket, capture: Capture) -> bool:
    """Carry out one order; returns False when the daemon has hung up."""
    packet, descriptors, _flags, _sender = socket.recv_fds(control, protocol.PACKET_LIMIT, 1)
    if not packet:
        return False
    match protocol.parse_order(packet):
        case protocol.Configure() as settings:
            capture.configure(settings)
        case protocol.AddTap(tap):
            capture.add_tap(tap, CaptureSender(socket.socket(fileno=descriptors[0])))
        case protocol.Reference():
            capture.set_reference(PcmReceiver(socket.socket(fileno=descriptors[0])))
    return True


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)


def _go_after_the_engine() -> None:
    """Go before other processes, but not before those of the engine, whose rank a child inherits.

    When memory is short, this one goes first, and what sounds goes on.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) < _NICE:
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)


if __name__ == "__main__":
    main(sys.argv[1:])
