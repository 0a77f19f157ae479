"""Updates of a whole unit: refused, not confirmed, confirmed, taken back; and the power fails in the middle.

Slow: each start takes minutes. So each story has few starts, and many questions at each.
"""

import contextlib
import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.product import VERSION
from tests.image.conftest import PATIENCE_S, Made
from tests.image.emulator import Emulator
from tests.image.first_start import change_setting, claim, setting

CGI = "/axis-cgi/firmwaremanagement.cgi"
pytestmark = pytest.mark.timeout(7200)


def call(admin: httpx.Client, method: str, **params: Any) -> dict[str, Any]:
    """Call a method of `firmwaremanagement.cgi`."""
    body = {"apiVersion": "1.0", "method": method, "params": params}
    return dict(admin.post(CGI, json=body).json())


def status(admin: httpx.Client) -> dict[str, Any]:
    """Return what is installed."""
    return dict(call(admin, "status")["data"])


def progress(admin: httpx.Client) -> dict[str, Any]:
    """Return what the web UI shows."""
    return dict(admin.get("/api/maintenance/upgrade").json())


def upgrade(admin: httpx.Client, bundle: Path, **params: Any) -> dict[str, Any]:
    """Send an image."""
    options = json.dumps({"apiVersion": "1.0", "method": "upgrade", "params": params})
    with bundle.open("rb") as file:
        parts: dict[str, Any] = {
            "data": (None, options, "application/json"),
            "firmwareImage": ("firmware.bin", file, "application/octet-stream"),
        }
        return dict(admin.post(CGI, files=parts).json())


def tries(machine: Emulator) -> dict[str, str]:
    """Return what U-Boot will find."""
    return dict(line.split("=", 1) for line in machine.does("fw_printenv").splitlines())


def until_committed(admin: httpx.Client) -> None:
    """Wait until the system daemon has confirmed the version that runs, by itself."""
    end = time.monotonic() + PATIENCE_S
    while not progress(admin)["committed"]:
        if time.monotonic() > end:
            raise TimeoutError(f"it is not confirmed: {progress(admin)}")
        time.sleep(2)


def until_installing(admin: httpx.Client, bundle: Path) -> None:
    """Send an image, and return when some of it is in the slot."""

    def send() -> None:
        with contextlib.suppress(httpx.HTTPError, ValueError):
            upgrade(admin, bundle)

    threading.Thread(target=send, daemon=True).start()
    end = time.monotonic() + PATIENCE_S
    while (now := progress(admin))["step"] != "installing" or now["percent"] < 20:
        if time.monotonic() > end:
            raise TimeoutError(f"it does not install: {now}")
        time.sleep(0.2)


@pytest.mark.covers("M-MNT-07", part="not confirmed in time, with a real boot loader and slots")
@pytest.mark.covers("M-MNT-09", part="a wrong file for real RAUC, and an installation cut off")
def test_what_is_not_confirmed_goes_back(made: Made, card: Path, tmp_path: Path) -> None:
    """Four wrong updates, a power cut while one is written, and a version that nobody confirms."""
    with Emulator(card, made.u_boot, tmp_path / "cut", PATIENCE_S) as machine:
        machine.wait_until_ready()
        with machine.client() as admin:
            for name, code, words in (
                ("other-hardware", 421, "'c8210-rpi5', this is 'c8210-rpi4'"),
                ("not-enrolled", 424, "does not know"),
                ("signature", 422, "changed after it was signed"),
                ("content", 415, ""),
            ):
                error = upgrade(admin, made.refused / name)["error"]
                assert (error["code"], words in error["message"]) == (code, True), (name, error)
            assert status(admin)["activeFirmwareVersion"] == VERSION
            assert setting(admin) == "7"
            until_installing(admin, made.next)
    with Emulator(card, made.u_boot, tmp_path / "trial", PATIENCE_S) as machine:
        before = machine.wait_until_ready()
        assert machine.starts() == ["A"]
        with machine.client() as admin:
            last = progress(admin)["last"]
            assert (last["result"], last["version"]) == ("failed", made.next_version), last
            assert "inactiveFirmwareVersion" not in status(admin)
            assert setting(admin) == "7"
            done = upgrade(admin, made.next, autoCommit="never", autoRollback=6)
            assert done["data"]["firmwareVersion"] == made.next_version, done
            assert machine.wait_for_start(1) == "B"
            trial = machine.wait_until_ready(before)
            told = status(admin)
            assert told["activeFirmwareVersion"] == made.next_version
            assert (told["isCommited"], told["pendingCommit"]) == (False, "never"), told
            assert setting(admin) == "7"
            change_setting(admin, "9")
            assert machine.wait_for_start(2) == "A"
            machine.wait_until_ready(trial)
            last = progress(admin)["last"]
            assert last["result"] == "rolled_back", last
            assert status(admin)["activeFirmwareVersion"] == VERSION
            assert setting(admin) == "7"


@pytest.mark.covers("M-MNT-05", part="on the real boot chain")
@pytest.mark.covers("M-MNT-08", part="on the real boot chain")
def test_what_works_is_confirmed_and_can_be_left(made: Made, card: Path, tmp_path: Path) -> None:
    """An owner's update; the power fails in its first start; it confirms itself, stays, and is taken back."""
    with Emulator(card, made.u_boot, tmp_path / "cut", PATIENCE_S) as machine:
        machine.wait_until_ready()
        with machine.client() as admin:
            assert upgrade(admin, made.refused / "not-enrolled")["error"]["code"] == 424
            machine.wait_for_shell()
            machine.does(f"echo '{made.owner.read_text()}' >/tmp/ca.pem")
            machine.does("c8210-enrol-key /tmp/ca.pem")
            done = upgrade(admin, made.mine)
            assert done["data"]["firmwareVersion"] == made.next_version, done
        assert machine.wait_for_start(1) == "B"
        time.sleep(20)
    with Emulator(card, made.u_boot, tmp_path / "stays", PATIENCE_S) as machine:
        first = machine.wait_until_ready()
        assert machine.starts() == ["B"]
        with machine.client() as admin:
            until_committed(admin)
            assert status(admin)["activeFirmwareVersion"] == made.next_version
            assert status(admin)["inactiveFirmwareVersion"] == VERSION
            assert setting(admin) == "7"
            change_setting(admin, "9")
            machine.wait_for_shell()
            assert tries(machine)["BOOT_B_LEFT"] == "3"
            call(admin, "reboot")
            assert machine.wait_for_start(1) == "B"
            second = machine.wait_until_ready(first)
            assert setting(admin) == "9"
            assert "error" not in call(admin, "rollback")
            assert machine.wait_for_start(2) == "A"
            machine.wait_until_ready(second)
            assert status(admin)["activeFirmwareVersion"] == VERSION
            assert setting(admin) == "7"


@pytest.mark.covers("M-MNT-06", part="on the real boot chain")
def test_a_factory_default_leaves_no_way_back(made: Made, card: Path, tmp_path: Path) -> None:
    """The new version has no settings of the old one, confirms itself, and cannot be left."""
    with Emulator(card, made.u_boot, tmp_path / "wiped", PATIENCE_S) as machine:
        before = machine.wait_until_ready()
        with machine.client() as admin:
            done = upgrade(admin, made.next, factoryDefaultMode="hard")
            assert done["data"]["firmwareVersion"] == made.next_version, done
            assert machine.wait_for_start(1) == "B"
            machine.wait_until_ready(before)
        with httpx.Client(base_url=machine.url, verify=False, timeout=PATIENCE_S) as anybody:
            claim(anybody)
        with machine.client() as admin:
            until_committed(admin)
            assert setting(admin) != "7"
            assert call(admin, "rollback")["error"]["code"] == 404
            assert "inactiveFirmwareVersion" not in status(admin)
