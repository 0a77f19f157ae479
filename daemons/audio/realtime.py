"""What makes a Python process quiet enough for an audio thread."""

import asyncio
import ctypes
import gc
import os
from collections.abc import Callable
from dataclasses import dataclass

from common.realtime import share_interpreter_quickly

_MCL_CURRENT = 1
_MCL_FUTURE = 2
_MCL_ONFAULT = 4

_NICE = -15

_COLLECTION_INTERVAL_S = 10.0
_YOUNG = 0


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the system granted."""

    memory_locked: bool
    preferred: bool


def prepare_process() -> Preparation:
    """Make the whole process fit for an audio thread; call it once, when everything is loaded.

    The interpreter's lock changes hands quickly, the garbage collector stops, and pages that were touched stay
    in memory. The calling thread and those it starts later go before other processes: who holds the interpreter's
    lock must not be kept waiting, or the audio thread waits with it. Environment variables such as
    OPENBLAS_NUM_THREADS=1 have to be set before numpy is imported.
    """
    share_interpreter_quickly()
    gc.collect()
    gc.freeze()
    gc.disable()
    return Preparation(memory_locked=_lock_memory(), preferred=_prefer())


async def collect_garbage(
    sounds: Callable[[], bool], interval_s: float = _COLLECTION_INTERVAL_S
) -> None:
    """Free what refers to itself, in place of the collector that is off; until cancelled.

    A collection keeps the interpreter's lock to itself for as long as it looks. While something `sounds` it looks at
    what was made since the last time, which is little; at everything only in silence.
    """
    while True:
        await asyncio.sleep(interval_s)
        if sounds():
            gc.collect(_YOUNG)
        else:
            gc.collect()


def _lock_memory() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


def _prefer() -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    except OSError:
        return False
    return True
