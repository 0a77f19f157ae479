"""A unit of the simulated board that can be upgraded, and whoever upgrades it over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.firmware import House, Signer, house
from tests.suite import Unit, running_suite, until

CGI = "/axis-cgi/firmwaremanagement.cgi"
BACK_S = 90.0

AMBER_FLASHING = [("amber", 500), ("off", 500)]
RED_SLOWLY = [("red", 1000), ("off", 1000)]
GREEN = [("green", 0)]


@dataclass
class Rig:
    """A claimed unit, somebody whom it trusts, and a folder for images."""

    unit: Unit
    admin: httpx.Client
    house: House
    folder: Path

    @property
    def trusted(self) -> Signer:
        """Somebody whose images it takes."""
        return self.house.signer

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method."""
        body = {"apiVersion": "1.0", "context": "abc", "method": method, "params": params}
        answer = self.admin.post(CGI, json=body)
        assert answer.status_code == 200
        return dict(answer.json())

    def upgrade(
        self, bundle: Path, names: tuple[str, str] = ("data", "firmwareImage"), **params: Any
    ) -> dict[str, Any]:
        """Send an image with its options, under the names that some client uses."""
        options = json.dumps({"apiVersion": "1.0", "method": "upgrade", "params": params})
        with bundle.open("rb") as file:
            parts: dict[str, Any] = {
                names[0]: (None, options, "application/json"),
                names[1]: ("firmware.bin", file, "application/octet-stream"),
            }
            answer = self.admin.post(CGI, files=parts, timeout=120)
        assert answer.status_code == 200
        return dict(answer.json())

    def progress(self) -> dict[str, Any]:
        """Return what the web UI shows."""
        return dict(self.admin.get("/api/maintenance/upgrade").json())

    def status(self) -> dict[str, Any]:
        """Return what `status` answers."""
        return dict(self.call("status")["data"])

    def boot_id(self) -> str:
        """Return which start this is; empty while the unit is not ready."""
        try:
            question = {"apiVersion": "1.0", "method": "systemready"}
            data = self.unit.client.post("/axis-cgi/systemready.cgi", json=question).json()["data"]
        except (httpx.HTTPError, ValueError, KeyError):
            return ""
        return str(data["bootid"]) if data["systemready"] == "yes" else ""

    def wait_for_start(self, before: str) -> None:
        """Wait until the unit is ready after a restart."""
        until("the unit is back", lambda: self.boot_id() not in ("", before), BACK_S)

    def led(self) -> list[tuple[str, int]]:
        """Return what the status LED shows, colours with milliseconds."""
        pattern = self.unit.sim_state()["leds"]["status"]["pattern"]
        return [(step["colour"], step["duration_ms"]) for step in pattern]

    def interval(self) -> str:
        """Return the setting that the tests change."""
        listed = self.admin.get(
            "/axis-cgi/param.cgi", params={"action": "list", "group": "StatusLed.FlashInterval"}
        )
        return listed.text.strip().partition("=")[2]

    def set_interval(self, value: str) -> None:
        """Change that setting."""
        self.admin.get(
            "/axis-cgi/param.cgi", params={"action": "update", "StatusLed.FlashInterval": value}
        ).raise_for_status()

    def spooled(self) -> list[str]:
        """Return what lies around of images."""
        folder = self.unit.state / "system" / "update"
        return sorted(path.name for path in folder.glob("bundle*"))


@contextmanager
def upgradable(folder: Path) -> Iterator[Rig]:
    """Run such a unit."""
    makers = house(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("C8210_KEYRING", str(makers.keyring))
        with running_suite(folder) as unit:
            unit.claim()
            with unit.admin() as admin:
                yield Rig(unit, admin, makers, folder)
