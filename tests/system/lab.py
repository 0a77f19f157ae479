"""The network of the system tests: this process stands in a namespace beside the unit's, with a cable between."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LAB_ADDRESS = "10.77.0.1"
UNIT_ADDRESS = "10.77.0.2"
PREFIX = 24
_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET (sched.h); Python has a name for it from 3.12 on."""

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def lab() -> Iterator[str]:
    """Stand in a network of one's own for as long as the block runs; yields the name of the unit's namespace.

    It holds for the calling thread, and for every thread and process that this one starts from here on. Raises OSError
    where the machine gives none.
    """
    name = f"c8210-unit-{os.getpid()}"
    with Path("/proc/thread-self/ns/net").open() as before:
        _check(_libc.unshare(_NEW_NETWORK))
        try:
            _ip("link", "set", "lo", "up")
            _ip("netns", "add", name)
            try:
                _ip("link", "add", "unit0", "type", "veth", "peer", "name", "eth0", "netns", name)
                _ip("address", "add", f"{LAB_ADDRESS}/{PREFIX}", "dev", "unit0")
                _ip("link", "set", "unit0", "up")
                yield name
            finally:
                _ip("netns", "delete", name)
        finally:
            _check(_libc.setns(before.fileno(), _NEW_NETWORK))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
