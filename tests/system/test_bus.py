"""The message bus goes away under the suite."""

import time
from collections.abc import Callable

import httpx
import pytest

from common.bus.suite import SUITE
from tests.stillness import whole
from tests.suite import Unit, until
from tests.system.machine import Machine
from tests.system.test_appliance import RUNNING
from tests.system.watching import unbroken

REAL_TIME = True
NAMES_BACK_S = 3.0
GIVEN_UP_S = 20.0


def names(machine: Machine) -> set[str]:
    """Return which names of the suite are on the message bus."""
    listed = machine.run("busctl", "--no-legend", "--acquired", "list", check=False)
    return {line.split()[0] for line in listed.splitlines() if line.startswith("org.c8210.")}


@pytest.mark.parametrize("order", [("restart",), ("kill", "--signal=KILL")])
def test_the_suite_survives_the_message_bus(
    machine: Machine,
    appliance: Unit,
    administrator: httpx.Client,
    figure: Callable[[str], None],
    order: tuple[str, ...],
) -> None:
    """Everybody has its name again within three seconds, nobody has died, and the sound has gone on."""
    everybody = {member.bus_name for member in SUITE}
    assert names(machine) == everybody
    before = machine.show(*RUNNING)

    def attempt() -> None:
        with unbroken(appliance, administrator):
            started = time.monotonic()
            machine.run("systemctl", *order, "dbus.service")
            late: dict[str, float] = {}
            while missing := everybody - names(machine):
                late |= dict.fromkeys(missing, time.monotonic() - started)
                assert time.monotonic() - started < GIVEN_UP_S, missing
            assert {name: s for name, s in late.items() if s > NAMES_BACK_S} == {}, machine.run(
                "journalctl", "--no-pager", "--lines=60"
            )
            figure(f"all names are back after {max(late.values(), default=0.0):.2f} s")
            assert machine.show(*RUNNING) == before

    whole(attempt, figure)
    until(
        "nothing has failed",
        lambda: machine.run("systemctl", "is-system-running", check=False).strip() == "running",
    )
