"""A unit is switched off, and starts again when somebody asks for it; each has a unit of its own."""

from pathlib import Path

from common import journal
from tests.system.machine import as_unit, booted

SHUTDOWN_S = 10.0
ASKED_TO_BOOT_AGAIN = 133
"""What systemd-nspawn --keep-unit ends with when the container has asked for a restart of itself."""


def test_it_goes_down_in_order_and_soon(tree: Path, network: str, tmp_path: Path) -> None:
    """Less than ten seconds while it plays, and nobody had to be killed."""
    with booted(tree, network, tmp_path) as machine:
        unit = as_unit(machine)
        with unit.client:
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
        with unit.client:
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
