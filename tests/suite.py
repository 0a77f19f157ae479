"""The real suite for tests: the simulated board, ports and folders of its own, TLS and all."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.processes import children

ROOT = Path(__file__).parents[1]
START_S = 60.0
STOP_S = 20.0
_PORTS = iter(random.sample(range(20_000, 32_000), 12_000))
"""Linux takes a connection's own port from 32,768 on (net.ipv4.ip_local_port_range)."""

ROOT_PASSWORD = "a password for tests"


@dataclass
class Unit:
    """A running suite, as somebody on its network sees it."""

    http_url: str
    https_url: str
    client: httpx.Client
    """Signed in with no account: for what is open to everybody."""
    process: subprocess.Popen[bytes]
    """The supervisor."""
    state: Path
    log: Path

    def admin(self) -> httpx.Client:
        """Return a client that logs in as root, as an API client would."""
        return self.user("root", ROOT_PASSWORD)

    def user(self, name: str, password: str) -> httpx.Client:
        """Return a client of some account; over HTTPS the unit asks for Basic (VAPIX page 1.2)."""
        return httpx.Client(
            base_url=self.https_url, auth=(name, password), verify=False, timeout=20
        )

    def claim(self) -> None:
        """Set the root password, as the first caller may without a login."""
        answer = self.client.post(
            "/axis-cgi/pwdgrp.cgi",
            data={
                "action": "add",
                "user": "root",
                "pwd": ROOT_PASSWORD,
                "grp": "root",
                "sgrp": "admin:operator:viewer:ptz",
            },
        )
        assert "Created account root." in answer.text, f"{answer.status_code} {answer.text}"

    def needs_setup(self) -> bool:
        """Whether there is no account yet; waits for the web server where it is just starting."""
        question = {"apiVersion": "1.0", "method": "systemready"}

        def said() -> httpx.Response | None:
            answer = self.client.post("/axis-cgi/systemready.cgi", json=question)
            return None if answer.status_code == 503 else answer

        answer = until("the web server has started", said)
        return bool(answer.json()["data"]["needsetup"] == "yes")

    def sim_state(self) -> dict[str, Any]:
        """Return what a person standing before the unit sees."""
        state: dict[str, Any] = self.client.get("/sim/state").json()
        return state

    def processes(self) -> dict[str, int]:
        """Return the process id of every part of the suite that runs now, by its name."""
        return {_part(words): pid for pid, words in children(self.process.pid)}

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one part of the suite."""
        os.kill(self.processes()[part], number)

    def played(self, last_s: float) -> bytes:
        """Return what the speaker played last, as a WAV file."""
        answer = self.client.get("/sim/speaker.wav", params={"last": str(last_s)})
        answer.raise_for_status()
        return answer.content


def _part(words: list[str]) -> str:
    if "-m" in words:
        return words[words.index("-m") + 1].rpartition(".")[2]
    program = Path(
        words[0].partition(":")[0]
    ).name  # nginx titles itself "nginx: master process ..."
    return "bus" if program == "dbus-daemon" else program


def free_port() -> int:
    """Return a port that nobody uses, never the same twice, and that no connection gets before it is used."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("every port has been used")


T = TypeVar("T")


def until(what: str, question: Callable[[], T | None], within_s: float = 20.0) -> T:
    """Ask until the answer is something; fail in words when it never is."""
    end = time.monotonic() + within_s
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:g} s: {what}")
        time.sleep(0.05)


@contextmanager
def running_suite(
    folder: Path, within: Sequence[str] = (), board: str = "simulated"
) -> Iterator[Unit]:
    """Run the suite with its state in `folder`, as `make run` does, until the block ends.

    `within` is a command that runs another, such as in a network of its own.
    """
    ports = {"C8210_HTTP_PORT": free_port(), "C8210_HTTPS_PORT": free_port()}
    log = folder / "suite.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*within, sys.executable, "-P", "-m", "units.supervisor"],
            cwd=ROOT,
            env={
                **os.environ,
                **{name: str(port) for name, port in ports.items()},
                "C8210_STATE": str(folder / "state"),
                "C8210_BOARD": board,
                # Tests send nothing to anybody's network.
                "C8210_MULTICAST_INTERFACE": "lo",
                "C8210_SIP_ADDRESS": "127.0.0.1",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        https_url = f"https://localhost:{ports['C8210_HTTPS_PORT']}"
        client = httpx.Client(base_url=https_url, verify=False, timeout=20)
        try:
            until("the suite is ready", lambda: _is_ready(process, log), START_S)
            http_url = f"http://localhost:{ports['C8210_HTTP_PORT']}"
            yield Unit(http_url, https_url, client, process, folder / "state", log)
        finally:
            client.close()
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def _is_ready(process: subprocess.Popen[bytes], log: Path) -> bool:
    said = log.read_text(errors="replace")
    if process.poll() is not None:
        raise AssertionError(f"the suite ended:\n{said}")
    return "is ready after" in said
