"""The emulator's own interface (QMP): what a person would do to the machine's plugs, and what the machine does."""

import json
import socket
import time
from collections.abc import Mapping
from typing import Any


class Monitor:
    """A connection to it."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._rest = b""
        self._events: list[str] = []
        self._next(10)  # who it is
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: object) -> Any:
        """Have a command done and return its answer; what it refuses is an `AssertionError`."""
        # Its names have hyphens in them.
        given = {name.replace("_", "-"): value for name, value in arguments.items()}
        self._socket.sendall(json.dumps({"execute": command, "arguments": given}).encode())
        while True:
            said = self._next(30)
            if "error" in said:
                raise AssertionError(f"{command}: {said['error']['desc']}")
            if "return" in said:
                return said["return"]
            self._events.append(said["event"])

    def wait_for(self, event: str, within_s: float) -> None:
        """Wait for an event that was not waited for yet; raises `TimeoutError`."""
        end = time.monotonic() + within_s
        while event not in self._events:
            self._events.append(self._next(max(0.1, end - time.monotonic()))["event"])
        self._events.remove(event)

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def _next(self, within_s: float) -> Mapping[str, Any]:
        self._socket.settimeout(within_s)
        while b"\n" not in self._rest:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError("the emulator has ended")
            self._rest += part
        line, self._rest = self._rest.split(b"\n", 1)
        said: Mapping[str, Any] = json.loads(line)
        return said
