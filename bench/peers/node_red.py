"""Node-RED: the peer of the whole suite in memory and start, because it stands for the same kind of computer.

And of its rules, because others automate with it.
"""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import CannotMeasure
from bench.ports import free_port
from bench.processes import descendants, pss_bytes
from common.paths import LIBRARY

PACKAGES = Path(__file__).parent / "node-red"
"""Which version, and all that it needs, with their hashes."""
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "c8210-bench"
START_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class NodeRed:
    """A Node-RED that runs."""

    pid: int
    started_s: float
    """What it took from its start until it answered HTTP."""

    def pss_bytes(self) -> int:
        """Return its share of memory."""
        children = [process.pid for process in descendants(self.pid)]
        return sum(pss_bytes(pid) for pid in (self.pid, *children))


def install() -> Path:
    """Install it into a cache outside the project; returns its program."""
    lock = (PACKAGES / "package-lock.json").read_bytes()
    folder = CACHE / f"node-red-{hashlib.sha256(lock).hexdigest()[:16]}"
    program = folder / "node_modules" / "node-red" / "red.js"
    if not (folder / "installed").exists():
        shutil.copytree(PACKAGES, folder, dirs_exist_ok=True)
        npm = LIBRARY / ".venv" / "bin" / "npm"
        result = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise CannotMeasure(f"Node-RED cannot be installed: {result.stderr.strip()[-300:]}")
        (folder / "installed").touch()
    return program


@contextmanager
def running_node_red(flows: Sequence[Mapping[str, object]] = ()) -> Iterator[NodeRed]:
    """Start Node-RED with its own settings, in a folder that holds nothing but the flows."""
    program = install()
    node = LIBRARY / ".venv" / "bin" / "node"
    folder = Path(tempfile.mkdtemp(prefix="c8210-node-red-"))
    (folder / "flows.json").write_text(json.dumps(flows))
    port = free_port()
    started = time.monotonic()
    process = subprocess.Popen(
        [node, program, "--userDir", folder, "--port", str(port), "--define", "uiHost=127.0.0.1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(process, port, started)
        yield NodeRed(process.pid, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, started: float) -> None:
    while not _answers(port):
        if process.poll() is not None or time.monotonic() - started > START_TIMEOUT_S:
            raise CannotMeasure("Node-RED does not start")
        time.sleep(0.005)


def _answers(port: int) -> bool:
    """Say whether HTTP is answered with anything but a refusal."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
