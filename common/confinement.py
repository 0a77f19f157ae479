"""What a process gives up of itself, in layers: each is a switch of the kernel that goes one way only."""

import ctypes
import os
import signal
from collections.abc import Callable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_CAPABILITY_VERSION_3: Final = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class Layers:
    """The layers tried so far: those that hold, and those that do not, with the reason."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.missing: list[str] = []

    def attempt(self, name: str, raise_layer: Callable[[], None]) -> None:
        """Raise one layer and note how it went; a container or an old kernel may refuse it."""
        try:
            raise_layer()
        except OSError as error:
            self.missing.append(f"{name} ({error.strerror or error})")
        else:
            self.held.append(name)


def prctl(option: int, value: int) -> None:
    """Set an option of this process (prctl(2)); raises OSError."""
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def unshare(flags: int) -> None:
    """Have namespaces of its own (unshare(2)); raises OSError."""
    _check(_libc.unshare(flags))


def die_with(parent: int) -> None:
    """Be killed when the process dies that started this one, at once if it has died; raises OSError."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)


def refuse_privileges() -> None:
    """Get no more rights by executing a file; raises OSError."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def hide_memory() -> None:
    """Leave no core dump, and let no other process of the user look into this one's memory; raises OSError."""
    prctl(_PR_SET_DUMPABLE, 0)


def drop_capabilities() -> None:
    """Give up every capability; raises OSError."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, nothing))


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
