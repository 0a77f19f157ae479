"""A unit is switched off."""

from pathlib import Path

from tests.system.machine import as_unit, booted

SHUTDOWN_S = 10.0


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
