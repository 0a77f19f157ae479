"""What keeps a Python process quiet and its audio thread ahead of the others."""

import ctypes
import gc
import os
import sys
import threading
from dataclasses import dataclass

_MCL_CURRENT = 1
_MCL_FUTURE = 2
_MCL_ONFAULT = 4

_SWITCH_INTERVAL_S = 0.0005


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the system granted."""

    memory_locked: bool


def prepare_process() -> Preparation:
    """Make the whole process fit for an audio thread; call it once, when everything is loaded.

    The interpreter's lock changes hands quickly, the garbage collector stops, and pages that were touched stay
    in memory. Environment variables such as OPENBLAS_NUM_THREADS=1 have to be set before numpy is imported.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.disable()
    return Preparation(memory_locked=_lock_memory())


def become_realtime(priority: int) -> bool:
    """Give the calling thread real-time priority; returns whether the system granted it."""
    try:
        os.sched_setscheduler(threading.get_native_id(), os.SCHED_FIFO, os.sched_param(priority))
    except (PermissionError, OSError):
        return False
    return True


def _lock_memory() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)
