"""Brings a large native library into memory without keeping the threads of this process from running.

An import reads and links such a library inside the interpreter's lock: an audio thread waits for as long, which from
a slow card is longer than the device's buffer lasts. Linked here before, the import finds it there.
"""

import ctypes
from pathlib import Path

_RTLD_NOW = 2
_PIECE = 1 << 20


def preload(library: Path) -> None:
    """Read and link a library; one that is not there, or cannot be linked, is left to the import to complain about."""
    try:
        with library.open("rb") as file:
            while file.read(_PIECE):
                pass
    except OSError:
        return
    # As a foreign function, unlike `CDLL(library)`, it is called outside the lock.
    link = ctypes.CDLL(None).dlopen
    link.argtypes = (ctypes.c_char_p, ctypes.c_int)
    link.restype = ctypes.c_void_p
    link(bytes(library), _RTLD_NOW)
