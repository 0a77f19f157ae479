"""The network link by the kernel: a cable between two ends in a network of the test's own, before the running suite."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.contract.front_rig import Watch, before, lamp_of, until_shown, watch_until
from tests.suite import running_suite

GREEN = [("green", 0.0)]
NETWORK_LOST = [("amber", 500.0), ("red", 500.0)]
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


def until_it_changes(
    world: httpx.Client, change: Callable[[], None], colours: set[str]
) -> tuple[Watch, float]:
    """Change something; returns what was seen, and how many ms later at most the status LED was one of `colours`."""
    begin = world.get("/sim/state").json()["monotonic_ms"]
    change()
    watch = watch_until(
        lamp_of(world, "status"), lambda watch: watch.looks[-1][1] in colours, within_s=10
    )
    return watch, watch.looks[-1][0] - begin


@pytest.mark.covers("M-LED-04")
def test_the_status_led_follows_the_kernels_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    """The carrier goes and comes; the interface is switched off, vanishes and comes back."""
    with network() as made:
        made.plug()
        monkeypatch.setenv("C8210_INTERFACE", UNIT)
        within = ("ip", "netns", "exec", made.name)
        with running_suite(tmp_path, within) as unit, before(unit) as world:
            look = lamp_of(world, "status")
            until_shown(look, GREEN, 30)
            ways = (
                (
                    "the switch is off",
                    lambda: made.ip("link", "set", SWITCH, "down"),
                    lambda: made.ip("link", "set", SWITCH, "up"),
                ),
                (
                    "the interface is off",
                    lambda: made.ip("link", "set", UNIT, "down"),
                    lambda: made.ip("link", "set", UNIT, "up"),
                ),
                (
                    "the interface is gone",
                    lambda: made.ip("link", "delete", UNIT),
                    made.plug,
                ),
            )
            for what, lose, regain in ways:
                _seen, lost_ms = until_it_changes(world, lose, {"amber", "red"})
                until_shown(look, NETWORK_LOST)
                _seen, regained_ms = until_it_changes(world, regain, {"green"})
                until_shown(look, GREEN)
                figure(f"{what}: shown within {lost_ms:.0f} ms, green within {regained_ms:.0f} ms")
                assert max(lost_ms, regained_ms) < 2000
