"""The web server under systemd: it serves what the settings say now, however fast they change."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.suite import Unit, until
from tests.system.lab import UNIT_ADDRESS
from tests.system.machine import Machine

SLOW = "/run/systemd/system/c8210-nginx-reload.service.d/90-slow.conf"
TAKEN_S = 15.0


@pytest.fixture(scope="module")
def slow(machine: Machine) -> Iterator[None]:
    """A reload that takes a second, as on a small board that is busy."""
    machine.run("sh", "-c", f"mkdir -p {SLOW.rpartition('/')[0]}; cat > {SLOW} <<'END'\n{WAIT}END")
    machine.run("systemctl", "daemon-reload")
    yield
    machine.run("rm", SLOW)
    machine.run("systemctl", "daemon-reload")


WAIT = "[Service]\nExecStartPost=/bin/sleep 1\n"


def change(administrator: httpx.Client, port: int) -> None:
    """Have the unit serve HTTP at another port."""
    answer = administrator.post(
        "/axis-cgi/param.cgi", data={"action": "update", "System.BoaPort": str(port)}
    )
    assert answer.text == "OK"


def serves(port: int) -> bool:
    """Whether it does."""
    try:
        return httpx.get(f"http://{UNIT_ADDRESS}:{port}/", timeout=5).status_code == 307
    except httpx.ConnectError:
        return False


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("apart_s", [0.0, 0.2, 0.5, 1.0, 1.5])
def test_of_two_changes_the_second_counts(
    machine: Machine, appliance: Unit, administrator: httpx.Client, apart_s: float
) -> None:
    """Also one that falls into the reload for the first: systemd once overlooked it."""
    change(administrator, 8101)
    time.sleep(apart_s)
    change(administrator, 8201)
    until("the second one counts", lambda: serves(8201), TAKEN_S)
    until("the first does not", lambda: not serves(8101), TAKEN_S)
    change(administrator, 80)
    until("as it was", lambda: serves(80), TAKEN_S)
    asked = machine.file("/run/c8210/reload")
    until("nothing asks any more", lambda: not list(asked.iterdir()))
    states = machine.show("c8210-nginx.path", "c8210-nginx-reload.service")
    assert states["c8210-nginx.path"]["ActiveState"] == "active"
    assert states["c8210-nginx-reload.service"]["Result"] == "success"
