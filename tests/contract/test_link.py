"""The network link by the kernel: a cable between two ends in a network of the test's own, before the running suite."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.contract.front_rig import Watch, before, lamp_of, until_shown, watch_until
from tests.contract.network_namespace import SWITCH, UNIT, network
from tests.suite import running_suite

GREEN = [("green", 0.0)]
NETWORK_LOST = [("amber", 500.0), ("red", 500.0)]


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
