"""The network of the system tests: this process stands in a namespace beside the unit's, with a cable between."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

LAB_ADDRESS = "10.77.0.1"
UNIT_ADDRESS = "10.77.0.2"
PREFIX = 24
_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET (sched.h); Python has a name for it from 3.12 on."""

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def lab() -> Iterator[str]:
    """Stand in a network of one's own for as long as the block runs; yields the path of the unit's namespace.

    It holds for the calling thread, which is the process's first, and for every thread and process that this one starts
    from here on. Neither namespace has a name, so that none is left behind, whatever ends this process. Raises OSError
    where the machine gives none.
    """
    with ExitStack() as opened:
        before = opened.enter_context(_network_here())
        opened.callback(_enter, before)
        _check(_libc.unshare(_NEW_NETWORK))
        units = opened.enter_context(_network_here())
        _ip("link", "add", "eth0", "type", "veth", "peer", "name", "unit0")
        _check(_libc.unshare(_NEW_NETWORK))
        path = f"/proc/{os.getpid()}/fd/{units.fileno()}"
        _ip("link", "set", "unit0", "netns", str(os.getpid()), within=path)
        _ip("link", "set", "lo", "up")
        _ip("address", "add", f"{LAB_ADDRESS}/{PREFIX}", "dev", "unit0")
        _ip("link", "set", "unit0", "up")
        yield path


def _network_here() -> TextIO:
    return Path("/proc/thread-self/ns/net").open()


def _enter(network: TextIO) -> None:
    _check(_libc.setns(network.fileno(), _NEW_NETWORK))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _ip(*arguments: str, within: str = "") -> None:
    enter = ("nsenter", f"--net={within}") if within else ()
    subprocess.run([*enter, "ip", *arguments], check=True, capture_output=True)
