"""A unit restarts, is restored and goes back to its factory settings: what of the device lasts, and what goes."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from common import journal
from tests import rules
from tests.heard import as_wav, sweep
from tests.playing import upload
from tests.suite import Unit
from tests.system.machine import Machine, as_unit, booted

ADDRESS = "Network.IPAddress"
RULE = "Door bell"
DEFAULT_ADDRESS = "192.168.0.90"
SETTINGS = {"Audio.MaxListeners": "5", ADDRESS: "10.1.2.3"}
SSH_USER = {"username": "judy", "password": "a good one"}
FACTORY_CLIPS = frozenset(range(25, 50))


@dataclass
class Place:
    """Where a unit stands: it can be started there again and again, and keeps what it keeps."""

    tree: Path
    network: str
    folder: Path


@pytest.fixture(scope="module")
def place(tree: Path, network: str, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A new one."""
    return Place(tree, network, tmp_path_factory.mktemp("place"))


def start(place: Place) -> AbstractContextManager[Machine]:
    """Return the unit, started there for as long as the block runs."""
    state = place.folder / "state"
    state.mkdir(exist_ok=True)
    return booted(place.tree, place.network, place.folder, state=state)


def own(administrator: httpx.Client) -> None:
    """Make something of each kind that somebody can make."""
    answer = administrator.post("/axis-cgi/param.cgi", data={"action": "update", **SETTINGS})
    assert answer.text == "OK"
    upload(administrator, "mine", as_wav(sweep(0.2)))
    rules.put(
        administrator,
        RULE,
        "com.axis.action.fixed.play.audioclip",
        {"location": "ding_dong.mp3"},
        trigger=rules.active(1),
    )
    answer = administrator.post("/config/rest/ssh/v2/users", json={"data": SSH_USER})
    assert answer.status_code == 201, answer.text
    url = "/axis-cgi/param.cgi?action=update&Network.SSH.Enabled=yes"
    assert administrator.get(url).text == "OK"


def owned(administrator: httpx.Client) -> dict[str, Any]:
    """Return what there is of all that."""
    names = ",".join((*SETTINGS, "Network.SSH.Enabled"))
    listed = administrator.get("/axis-cgi/param.cgi", params={"action": "list", "group": names})
    clips = {clip["clip"] for clip in administrator.get("/api/clips").json()}
    users = administrator.get("/config/rest/ssh/v2/users").json()["data"]
    return {
        **dict(line.removeprefix("root.").split("=", 1) for line in listed.text.splitlines()),
        "clips": len(clips - FACTORY_CLIPS),
        "rules": sum(one["rule"]["name"] == RULE for one in administrator.get("/api/rules").json()),
        "ssh": [user["username"] for user in users],
    }


MINE = {**SETTINGS, "Network.SSH.Enabled": "yes", "clips": 1, "rules": 1, "ssh": ["judy"]}
NOTHING = {
    "Audio.MaxListeners": "20",
    "Network.SSH.Enabled": "no",
    "clips": 0,
    "rules": 0,
    "ssh": [],
}


def certificate(machine: Machine) -> str:
    """Return what the web server shows."""
    return machine.file("/var/lib/c8210/system/tls/nginx/certificate.pem").read_text()


def ask_for(machine: Machine, administrator: httpx.Client, cgi: str, entry: journal.Entry) -> None:
    """Have the unit go down by a CGI; the journal says who asked, and it wants to be started again."""
    with machine.following(f"MESSAGE_ID={entry['MESSAGE_ID']}") as entries:
        answer = administrator.get(f"/axis-cgi/{cgi}")
        assert answer.status_code == 200, answer.text
        told = next(entries)
    assert "root" in told["MESSAGE"]
    assert told["SYSLOG_IDENTIFIER"] == "c8210-system"
    assert told["_SYSTEMD_UNIT"] == "c8210-system.service"
    assert machine.starts_again()


@pytest.mark.covers("M-MNT-01", part="the device")
@pytest.mark.covers("M-MNT-02", "M-MNT-03", "M-MNT-04", part="the device")
def test_what_lasts_and_what_goes(place: Place) -> None:
    """A restart keeps all, a restore the network and the certificate, a factory default nothing."""
    with start(place) as machine:
        unit = as_unit(machine)
        with unit.client:
            unit.claim()
        with unit.admin() as administrator:
            own(administrator)
            assert owned(administrator) == MINE
            made = certificate(machine)
            ask_for(machine, administrator, "restart.cgi", journal.RESTART)

    with start(place) as machine, as_unit(machine).admin() as administrator:
        assert owned(administrator) == MINE
        assert certificate(machine) == made
        assert SSH_USER["username"] in machine.run("ls", "/var/lib/c8210/home")
        ask_for(machine, administrator, "factorydefault.cgi", journal.RESET)

    with start(place) as machine:
        unit = restored(machine)
        with unit.admin() as administrator:
            assert owned(administrator) == NOTHING | {ADDRESS: SETTINGS[ADDRESS]}
            assert certificate(machine) == made
            own(administrator)
            ask_for(machine, administrator, "hardfactorydefault.cgi", journal.RESET)

    with start(place) as machine:
        unit = restored(machine)
        with unit.admin() as administrator:
            assert owned(administrator) == NOTHING | {ADDRESS: DEFAULT_ADDRESS}
            assert certificate(machine) != made


def restored(machine: Machine) -> Unit:
    """Return the unit that a reset has left: nobody has a password, nobody has a home."""
    unit = as_unit(machine)
    assert machine.run("ls", "/var/lib/c8210/home").split() == []
    with unit.client:
        assert unit.needs_setup()
        unit.claim()
    return unit
