"""Confines itself as a decode worker does, tries what a worker may not, and prints what came of it as JSON."""

import ctypes
import json
import mmap
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from common.confinement import Layers
from daemons.audio.worker import sandbox

FILE_BYTES = 100_000

libc = ctypes.CDLL(None, use_errno=True)


def fork() -> None:
    """Start another process."""
    if os.fork() == 0:
        os._exit(0)


def kill_parent() -> None:
    """Signal the daemon."""
    os.kill(os.getppid(), 0)


def become_root() -> None:
    """Ask for rights."""
    os.setuid(0)


def make_code() -> None:
    """Map memory that can be written and run."""
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def trace() -> None:
    """Let a debugger in."""
    _libc(libc.ptrace(0, 0, 0, 0))


def mount() -> None:
    """Change the file system."""
    _libc(libc.mount(0, 0, 0, 0, 0))


def _libc(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def write_much(target: int) -> None:
    """Write more than was granted."""
    while True:
        os.write(target, bytes(FILE_BYTES // 2))


ATTEMPTS: dict[str, Callable[[], object]] = {
    "open a file": lambda: Path("/etc/passwd").read_text(),
    "open its own code": lambda: Path(__file__).read_text(),
    "list a folder": lambda: list(Path("/").iterdir()),
    "make a file": lambda: Path("/tmp/x").write_text("x"),
    "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "start a program": lambda: subprocess.run(["/bin/true"], check=True),
    "fork": fork,
    "signal its daemon": kill_parent,
    "become root": become_root,
    "make code": make_code,
    "take all memory": lambda: bytearray(2 * sandbox.MEMORY_BYTES),
    "trace": trace,
    "mount": mount,
    "leave its limits": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)),
}


def main(target: int, live: bool) -> None:
    """Confine, attempt, tell."""
    layers = Layers()
    sandbox.confine_process(layers, os.getppid(), FILE_BYTES, live=live)
    status = {
        "cpu_seconds": resource.getrlimit(resource.RLIMIT_CPU)[0],
        "niceness": os.nice(0),
        "oom": Path("/proc/self/oom_score_adj").read_text().strip(),
        "policy": os.sched_getscheduler(0),
    }
    sandbox.seal(layers)
    outcomes = {}
    attempts: dict[str, Callable[[], object]] = {
        **ATTEMPTS,
        "write much": partial(write_much, target),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except (OSError, MemoryError, ValueError) as error:
            outcomes[name] = type(error).__name__
        else:
            outcomes[name] = "done"
    report = {"held": layers.held, "missing": layers.missing, "outcomes": outcomes, **status}
    os.write(1, json.dumps(report).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), live=sys.argv[2] == "live")
