"""The process of the SIP stack: `python -P -m daemons.sip.stack --fd 3`.

`--fd` is the descriptor of its end of a SOCK_SEQPACKET pair. It waits for `Start`, and ends with `Stop`, with SIGTERM,
or when the other end is closed.
"""

import argparse
import gc
import logging
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from common.realtime import share_interpreter_quickly
from daemons.sip.stack import sandbox, wire
from daemons.sip.stack.messages import Gone, Link

if TYPE_CHECKING:
    from daemons.sip.stack.stack import Stack

_STARTED_WITHIN_S: Final = 30.0
_HANGS_AFTER_S: Final = 15

log = logging.getLogger("daemons.sip.stack")


def main(arguments: list[str]) -> int:
    """Run until told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="daemons.sip.stack")
    parser.add_argument("--fd", type=int, required=True, help="descriptor of the control socket")
    logging.basicConfig(
        level=os.environ.get("C8210_LOG", "INFO").upper(), format="sip stack: %(message)s"
    )
    link = Link(parser.parse_args(arguments).fd)
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the daemon decides
    share_interpreter_quickly()
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # each has a stack of its own, and none works here
    try:
        start = _start_order(link, stopping)
        if start is None:
            return 0
        stack = _started(start, link)
        if stack is None:
            return 1
        _serve(stack, link, stopping)
    except Gone as error:
        log.info("the daemon is gone: %s", error)
        # Nobody is there to hear what else there is to do.
        os._exit(0)
    return 0


def _start_order(link: Link, stopping: list[int]) -> wire.Start | None:
    until = time.monotonic() + _STARTED_WITHIN_S
    while not stopping and time.monotonic() < until:
        link.wait(100)
        for order, _ in link.orders():
            if isinstance(order, wire.Start):
                return order
            if isinstance(order, wire.Stop):
                return None
    return None


def _started(start: wire.Start, link: Link) -> "Stack | None":
    try:
        from daemons.sip.stack.stack import CannotStart, Stack
    except ImportError:
        link.send(wire.Failed("the SIP stack is not built: make pjsip"))
        link.flush()
        return None
    try:
        stack = Stack(start, link)
    except CannotStart as error:
        link.send(wire.Failed(str(error)))
        link.flush()
        return None
    sandbox.seal()
    gc.collect()
    gc.freeze()
    return stack


def _serve(stack: "Stack", link: Link, stopping: list[int]) -> None:
    try:
        while not stopping and stack.step():
            # A process that hangs would keep the ports; the daemon cannot end it when it is gone itself.
            signal.alarm(_HANGS_AFTER_S)
    except Gone:
        stack.hang_up_all()
        raise
    stack.stop()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Not through Python's own end: PJSIP's objects do not outlive their library in every order.
    os._exit(code)
