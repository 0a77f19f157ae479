"""The running unit's ports over HTTP, with the world at their terminals."""

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from tests.contract.test_http_clients import LOGIN, curl
from tests.suite import Unit, until

MANAGEMENT = "/axis-cgi/io/portmanagement.cgi"
SUPERVISED = "/axis-cgi/supervisedio.cgi"
THEIR_PASSWORD = "a password of theirs"
AS_NEW = {"direction": "input", "normalState": "open", "usage": ""}


class Terminals:
    """Two ports, asked by curl with Digest over HTTP."""

    def __init__(self, unit: Unit, login: str = LOGIN) -> None:
        self.unit = unit
        self.login = login

    def text(self, target: str, *more: str) -> str:
        """Return what a GET answers."""
        return curl("-g", "--digest", "-u", self.login, *more, f"{self.unit.http_url}{target}")

    def status(self, target: str, *more: str) -> int:
        """Return the status of a GET."""
        return int(self.text(target, "-o", "/dev/null", "-w", "%{http_code}", *more))

    def call(self, path: str, method: str, params: Any = None, version: str = "1.1") -> Any:
        """Call a JSON method; returns the answer."""
        body = {"apiVersion": version, "method": method}
        if params is not None:
            body["params"] = params
        sent = ("-H", "Content-Type: application/json", "-d", json.dumps(body))
        return json.loads(self.text(path, *sent))

    def change(self, port: int, **changes: str) -> Any:
        """Change a port, counted from 0."""
        return self.call(MANAGEMENT, "setPorts", {"ports": [{"port": str(port), **changes}]})

    def item(self, port: int) -> dict[str, Any]:
        """Return a port as getPorts shows it."""
        found: dict[str, Any] = self.call(MANAGEMENT, "getPorts")["data"]["items"][port]
        return found

    def parameter(self, name: str, value: str) -> None:
        """Set a parameter."""
        answer = self.text(f"/axis-cgi/param.cgi?action=update&{name}={quote(value)}")
        assert answer.strip() == "OK"

    def connect(self, port: int, **terminal: object) -> None:
        """Connect something to a terminal, counted from 0."""
        answer = self.unit.client.post(f"/sim/ports/{port + 1}", json=terminal)
        assert answer.status_code == 204, answer.text

    def toggle(self, port: int, edges_ms: list[float]) -> None:
        """Let a contact toggle at these times."""
        answer = self.unit.client.post(f"/sim/ports/{port + 1}/sequence", json={"edges": edges_ms})
        assert answer.status_code == 204, answer.text

    def lamp(self, port: int) -> bool:
        """Whether the lamp at an output is lit."""
        return bool(self.unit.sim_state()["ports"][port]["lamp"])

    def lit(self, port: int, lit: bool) -> None:
        """Wait until a lamp is so."""
        until(f"the lamp of port {port} is {lit}", lambda: self.lamp(port) is lit, 5)

    def active_inputs(self) -> set[int]:
        """Return which virtual inputs are active."""
        with self.unit.admin() as admin:
            told = admin.get("/api/ioports").json()["virtual_inputs"]
        return {number for number, active in enumerate(told, start=1) if active}

    def reset(self) -> None:
        """Have both as they come out of the box, with nothing connected."""
        for port in (0, 1):
            self.connect(port, circuit="open", resistors=False)
            group = f"IOPort.I{port}"
            self.parameter(f"{group}.Input.Supervised", "no")
            self.parameter(f"{group}.Input.Debounce", "20")
            self.change(port, **AS_NEW, name=f"Port {port + 1}")


@contextmanager
def as_new(unit: Unit) -> Iterator[Terminals]:
    """Have the ports as they come out of the box, before the block and after it."""
    terminals = Terminals(unit)
    terminals.reset()
    yield terminals
    terminals.reset()


@contextmanager
def seen_by_a_viewer(unit: Unit) -> Iterator[Terminals]:
    """Return the ports as the viewer vera sees them, whose account there is while the block runs."""
    account = {"user": "vera", "pwd": THEIR_PASSWORD, "grp": "users", "sgrp": "viewer"}
    with unit.admin() as admin:
        admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "add", **account})
        yield Terminals(unit, f"vera:{THEIR_PASSWORD}")
        admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": "vera"})


@contextmanager
def watching(terminals: Terminals, query: str) -> Iterator["Watcher"]:
    """Have curl monitor ports while the block runs."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [
                *("curl", "-sS", "-N", "-g", "--digest", "-u", terminals.login),
                f"{terminals.unit.http_url}/axis-cgi/io/port.cgi?monitor={query}",
            ],
            stdout=output,
        )
        watcher = Watcher(process, output)
        try:
            until("the first part", lambda: watcher.parts, 10)
            yield watcher
        finally:
            process.kill()
            process.wait()


class Watcher:
    """What curl has got so far."""

    def __init__(self, process: subprocess.Popen[bytes], output: Any) -> None:
        self.process = process
        self._output = output

    @property
    def parts(self) -> list[str]:
        """The contents of the parts so far."""
        # Not by seeking: curl writes at the same place of the same open file.
        number = self._output.fileno()
        told = os.pread(number, os.fstat(number).st_size, 0).decode()
        return re.split(r"--ioboundary\r\nContent-Type: text/plain\r\n\r\n", told)[1:]

    @property
    def marks(self) -> str:
        """The last character of the first line of each part."""
        return "".join(part.partition("\r\n")[0][-1:] for part in self.parts)

    def ended(self, within_s: float) -> bool:
        """Whether the answer comes to its end."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return True
            time.sleep(0.05)
        return False
