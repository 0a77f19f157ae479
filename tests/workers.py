"""Tests in several workers at once (`-n 2`): each worker has a network of its own.

Ports, multicast groups and loopback addresses then meet nobody. Files and buses are a test's own anyway.
What measures time is marked `alone`, for `-m "not alone"` and `-m alone` to part it from the rest.
"""

import ctypes
import os
import subprocess

import pytest

_CLONE_NEWNET = 0x40000000


def pytest_configure(config: pytest.Config) -> None:
    """Leave the network of the other workers before anything is opened."""
    if hasattr(config, "workerinput"):
        _have_own_network()


def _have_own_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) < 0:
        reason = os.strerror(ctypes.get_errno())
        raise pytest.UsageError(f"no network of its own for a worker ({reason}): run without -n")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
