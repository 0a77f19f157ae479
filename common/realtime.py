"""Threads that have to keep a clock."""

import os
import sys
import threading

_SWITCH_INTERVAL_S = 0.0005


def share_interpreter_quickly() -> None:
    """Let no thread of this process hold the interpreter's lock for longer than half a millisecond."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)


def become_realtime(priority: int) -> bool:
    """Give the calling thread real-time priority; returns whether the system granted it."""
    try:
        os.sched_setscheduler(threading.get_native_id(), os.SCHED_FIFO, os.sched_param(priority))
    except OSError:
        return False
    return True
