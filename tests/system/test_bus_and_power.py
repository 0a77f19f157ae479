"""What stands below the suite goes away: the message bus, and the power."""

import time
from pathlib import Path

import httpx
import pytest

from common import journal
from common.bus.suite import SUITE
from tests.suite import Unit, until
from tests.system.machine import Machine, as_unit, booted
from tests.system.test_appliance import RUNNING
from tests.system.watching import unbroken

NAMES_BACK_S = 3.0
SHUTDOWN_S = 10.0
ASKED_TO_BOOT_AGAIN = 133
"""What systemd-nspawn --keep-unit ends with when the container has asked for a restart of itself."""


def names(machine: Machine) -> set[str]:
    """Return which names of the suite are on the message bus."""
    listed = machine.run("busctl", "--no-legend", "--acquired", "list", check=False)
    return {line.split()[0] for line in listed.splitlines() if line.startswith("org.c8210.")}


@pytest.mark.parametrize("order", [("restart",), ("kill", "--signal=KILL")])
def test_the_suite_survives_the_message_bus(
    machine: Machine, appliance: Unit, administrator: httpx.Client, order: tuple[str, ...]
) -> None:
    """Everybody has its name again within three seconds, nobody has died, and the sound has gone on."""
    everybody = {member.bus_name for member in SUITE}
    assert names(machine) == everybody
    before = machine.show(*RUNNING)
    with unbroken(appliance, administrator):
        started = time.monotonic()
        machine.run("systemctl", *order, "dbus.service")
        until("every name is back", lambda: names(machine) == everybody)
        assert time.monotonic() - started <= NAMES_BACK_S
        assert machine.show(*RUNNING) == before
    until(
        "nothing has failed",
        lambda: machine.run("systemctl", "is-system-running", check=False).strip() == "running",
    )


def test_it_goes_down_in_order_and_soon(tree: Path, network: str, tmp_path: Path) -> None:
    """Less than ten seconds while it plays, and nobody had to be killed."""
    with booted(tree, network, tmp_path) as machine:
        unit = as_unit(machine)
        unit.claim()
        with unit.admin() as administrator:
            administrator.get(
                "/axis-cgi/playclip.cgi", params={"location": "alarm.mp3", "repeat": "-1"}
            )
        took = machine.shut_down()
        console = machine.console.read_text(errors="replace")
    assert took < SHUTDOWN_S
    assert "timed out" not in console
    assert "Failed" not in console


def test_it_restarts_when_it_is_asked_to(tree: Path, network: str, tmp_path: Path) -> None:
    """The daemon may ask systemd-logind for it, and the journal says who asked, under the id of restarts."""
    with booted(tree, network, tmp_path) as machine:
        unit = as_unit(machine)
        unit.claim()
        with machine.following(f"MESSAGE_ID={journal.RESTART['MESSAGE_ID']}") as entries:
            with unit.admin() as administrator:
                answer = administrator.get("/axis-cgi/restart.cgi")
            assert answer.status_code == 200, answer.text
            entry = next(entries)
        assert machine.process.wait(30) == ASKED_TO_BOOT_AGAIN
    assert "root" in entry["MESSAGE"]
    assert entry["SYSLOG_IDENTIFIER"] == "c8210-system"
    assert entry["_SYSTEMD_UNIT"] == "c8210-system.service"
