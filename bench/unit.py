"""A unit of the benchmark's own: the whole suite on the simulated board, with its own ports and state."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.client import Client
from bench.figures import CannotMeasure
from bench.ports import free_port
from bench.processes import Running, descendants
from common.paths import LIBRARY

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
USER, PASSWORD = "root", "bench-only"


@dataclass(frozen=True)
class Unit:
    """A unit that runs."""

    port: int
    https_port: int
    state: Path
    supervisor: int
    started_s: float
    """What it took from the start of the first process until `systemready.cgi` said that all are ready."""

    def client(self) -> Client:
        """Return a client that logs in as the administrator."""
        return Client("127.0.0.1", self.port, USER, PASSWORD)

    def processes(self) -> list[Running]:
        """Return the processes of the suite: daemons, bus and web server, without the supervisor."""
        return descendants(self.supervisor)


@contextmanager
def running_unit() -> Iterator[Unit]:
    """Start a unit and stop it at the end; its first administrator is made."""
    folder = Path(tempfile.mkdtemp(prefix="c8210-bench-"))
    http_port, https_port = free_port(), free_port()
    environment = os.environ | {
        "C8210_HTTP_PORT": str(http_port),
        "C8210_HTTPS_PORT": str(https_port),
        "C8210_STATE": str(folder / "state"),
        "C8210_BOARD": "simulated",
        "C8210_MULTICAST_INTERFACE": "lo",
        "C8210_SIP_ADDRESS": "127.0.0.1",
    }
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "units.supervisor"],
        cwd=LIBRARY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_until_ready(process, http_port, started)
        unit = Unit(
            http_port, https_port, folder / "state", process.pid, time.monotonic() - started
        )
        _make_administrator(unit)
        yield unit
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[str], port: int, started: float) -> None:
    said: list[str] = []
    greeted = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if line.startswith("the C8210 is ready"):
                greeted.set()

    threading.Thread(target=read, daemon=True).start()
    while not (greeted.is_set() and _says_ready(port)):
        if process.poll() is not None or time.monotonic() - started > READY_TIMEOUT_S:
            raise CannotMeasure(f"the suite did not start: {' '.join(said[-5:])!r}")
        time.sleep(0.005)


def _says_ready(port: int) -> bool:
    question = b'{"apiVersion": "1.0", "method": "systemready", "params": {"timeout": 1}}'
    client = Client("127.0.0.1", port, "", "")
    try:
        reply = client.request("POST", "/axis-cgi/systemready.cgi", question, "application/json")
        return bool(json.loads(reply.body)["data"]["systemready"] == "yes")
    except (OSError, ValueError, KeyError):
        return False
    finally:
        client.close()


def _make_administrator(unit: Unit) -> None:
    client = Client("127.0.0.1", unit.port, "", "")
    path = f"/axis-cgi/pwdgrp.cgi?action=add&user={USER}&pwd={PASSWORD}&grp=root&sgrp=admin:operator:viewer:ptz"
    reply = client.get(path)
    if reply.status != 200:
        raise CannotMeasure(f"the first administrator was refused with {reply.status}")
