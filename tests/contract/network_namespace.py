"""A network of the test's own: a namespace with a cable between two ends."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

UNIT, SWITCH = "unit0", "switch0"


class Network:
    """A network namespace with a cable: one end is the unit's interface, the other one a switch's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ip(self, *arguments: str) -> None:
        """Change something of it."""
        subprocess.run(["ip", "-n", self.name, *arguments], check=True, capture_output=True)

    def plug(self) -> None:
        """Make the interface, connected to the switch."""
        self.ip("link", "add", UNIT, "type", "veth", "peer", "name", SWITCH)
        for end in (UNIT, SWITCH):
            self.ip("link", "set", end, "up")


@contextmanager
def network() -> Iterator[Network]:
    """Have a namespace that nobody else sees; skips where this machine gives none."""
    name = f"c8210-link-{os.getpid()}"
    try:
        made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no `ip` (iproute2)")
    if made.returncode:
        pytest.skip(f"no network namespace can be made: {made.stderr.strip()}")
    try:
        found = Network(name)
        found.ip("link", "set", "lo", "up")
        yield found
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True, capture_output=True)
