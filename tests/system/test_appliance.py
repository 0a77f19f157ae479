"""The unit that comes up when it is switched on: all of it, confined, and telling what it does."""

import json
import re

import httpx

from common.bus.suite import DAEMONS
from tests.suite import Unit, until
from tests.system.machine import Machine
from tests.unit.test_units import (
    EXPOSURE_LIMIT,
    EXPOSURE_LIMIT_OF_STRANGERS,
    FRONT,
    STRANGERS_REACH,
)

SERVICES = tuple(f"c8210-{member.name}.service" for member in DAEMONS)
RUNNING = (*SERVICES, "c8210-nginx.service")


def test_everything_runs_and_nothing_has_failed(machine: Machine) -> None:
    """Systemd says so itself; a unit that failed and was started again would show by its count."""
    assert machine.run("systemctl", "is-system-running", check=False).strip() == "running", (
        machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend")
        + machine.run("systemctl", "list-jobs")
    )
    found = machine.show(*RUNNING, "c8210-sim.service")
    assert {name: unit["ActiveState"] for name, unit in found.items()} == dict.fromkeys(
        (*RUNNING, "c8210-sim.service"), "active"
    )
    assert {unit["NRestarts"] for unit in found.values()} == {"0"}


def test_every_service_of_the_suite_is_known_here(machine: Machine) -> None:
    """What is added to the suite is tried like the rest."""
    assert set(machine.services()) == {*RUNNING, "c8210-sim.service"}


def test_nothing_else_is_started_that_would_listen(machine: Machine) -> None:
    """Debian starts what is installed; here only the suite's own web server listens, and the resolver on loopback."""
    states = machine.show("c8210.target", "ssh.service", "vsftpd.service", "nginx.service")
    assert states["c8210.target"]["UnitFileState"] == "enabled"
    for name in ("ssh.service", "vsftpd.service", "nginx.service"):
        assert states[name]["UnitFileState"] == "disabled", name
        assert states[name]["ActiveState"] == "inactive", name
    ports = {
        line.split()[3].rpartition(":")[2]
        for line in machine.run(
            "ss", "--no-header", "--tcp", "--listening", "--numeric"
        ).splitlines()
        if not line.split()[3].startswith(("127.", "[::1]"))
    }
    assert ports == {"80", "443"}


def test_every_service_is_confined(machine: Machine) -> None:
    """2.5 at most for every service, 2.0 for what strangers reach, by the systemd that runs it."""
    units = machine.installed()
    assert {*RUNNING, *FRONT} <= set(units)
    above = {}
    for unit in units:
        told = machine.run("systemd-analyze", "security", "--no-pager", unit)
        level = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
        assert level, told
        limit = EXPOSURE_LIMIT_OF_STRANGERS if unit in STRANGERS_REACH else EXPOSURE_LIMIT
        if float(level[1]) * 10 > limit:
            above[unit] = level[1]
    assert above == {}


def test_what_a_daemon_says_is_kept_with_its_fields(
    machine: Machine, appliance: Unit, administrator: httpx.Client
) -> None:
    """Whoever looks finds entries by daemon, level and source, in a journal that outlives the start."""
    assert machine.run("ls", "/var/log/journal").strip()
    for member in DAEMONS:
        lines = machine.run(
            *("journalctl", "--output=json", f"--unit=c8210-{member.name}.service"),
            f"SYSLOG_IDENTIFIER=c8210-{member.name}",
        ).splitlines()
        ready = [
            entry
            for entry in map(json.loads, lines)
            if entry["MESSAGE"] == f"{member.name} is ready"
        ]
        assert ready, f"{member.name} has not said that it is ready"
        assert ready[0]["PRIORITY"] == "6"
        assert ready[0]["LOGGER"] == "common.daemon"
        assert ready[0]["CODE_FILE"] == "/usr/lib/c8210/common/daemon.py"


def test_an_entry_that_is_searched_for_has_an_id_and_a_text(machine: Machine) -> None:
    """The catalogue explains what has an id, to whoever asks journalctl for it."""
    catalogue = machine.run("journalctl", "--list-catalog")
    text = machine.file("/usr/lib/systemd/catalog/c8210.catalog").read_text()
    ids = re.findall(r"^-- ([0-9a-f]{32})$", text, re.MULTILINE)
    assert ids
    for id_ in ids:
        assert id_ in catalogue


def test_the_web_server_starts_when_its_certificate_is_there(machine: Machine) -> None:
    """However late that is made, and whatever else changes at that moment: at first it was missed now and then."""
    certificate = "/var/lib/c8210/system/tls/nginx/certificate.pem"
    unit = "c8210-nginx.service"
    machine.run("mv", certificate, f"{certificate}.away")
    machine.run("systemctl", "restart", "--no-block", unit)
    until("it waits", lambda: machine.show(unit)[unit]["SubState"] == "start-pre")
    machine.run("mv", f"{certificate}.away", certificate)
    until("it serves", machine.serves_pages)
    assert machine.show(unit)[unit]["NRestarts"] == "0"
