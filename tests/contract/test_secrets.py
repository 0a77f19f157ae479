"""Nothing secret is where it does not belong (W10 of the unit's list of attacks)."""

import subprocess
from pathlib import Path

import httpx
import pytest

from tests.files import contents, files_below
from tests.suite import Unit, until

MARKER = "Marker-7f3a91c4d0"


def everything_readable(unit: Unit) -> dict[str, bytes]:
    """Return what a log, a process list or a reading of the unit's own interfaces shows."""
    found: dict[str, bytes] = {}
    for log in (unit.state / "log").iterdir():
        found[f"log {log.name}"] = log.read_bytes()
    found["what the supervisor says"] = unit.log.read_bytes()
    for name, process in unit.processes().items():
        for part in ("cmdline", "environ"):
            found[f"{part} of {name}"] = Path(f"/proc/{process}/{part}").read_bytes()
    return found


@pytest.mark.parametrize("part", ["system", "http", "params"])
def test_a_password_is_nowhere_to_be_found(fresh_unit: Unit, part: str) -> None:
    """Passwords of accounts, right and wrong, are in no log, argument, environment, reading or file."""
    answer = fresh_unit.client.post(
        "/axis-cgi/pwdgrp.cgi",
        data={
            "action": "add",
            "user": "root",
            "pwd": MARKER,
            "grp": "root",
            "sgrp": "admin:operator:viewer:ptz",
        },
    )
    assert "Created account root." in answer.text
    with fresh_unit.user("root", MARKER) as admin:
        added = {
            "action": "add",
            "user": "other",
            "pwd": f"{MARKER}-other",
            "grp": "users",
            "sgrp": "viewer",
        }
        assert "Created account other." in admin.post("/axis-cgi/pwdgrp.cgi", data=added).text
        session = admin.post("/api/session", json={"user": "root", "password": MARKER})
        assert session.status_code == 200
        fresh_unit.client.post("/api/session", json={"user": "root", "password": f"{MARKER}-wrong"})
        fresh_unit.client.get("/api/device", auth=("root", f"{MARKER}-wrong"))
        readings = [
            admin.get("/axis-cgi/param.cgi?action=list").content,
            admin.get("/axis-cgi/param.cgi?action=listdefinitions&listformat=xmlschema").content,
            admin.get("/api/parameters").content,
            admin.get("/api/parameters/history?limit=1000").content,
            admin.get("/api/accounts").content,
            admin.get("/axis-cgi/pwdgrp.cgi?action=get").content,
        ]
        before = fresh_unit.processes()[part]
        fresh_unit.kill(part)
        until(f"{part} is back", lambda: fresh_unit.processes().get(part, before) != before, 5)

        def answers() -> bool:
            try:
                return admin.get("/api/accounts").status_code == 200
            except httpx.HTTPError:
                return False

        until("the unit answers", answers)
    kept = {str(path): content for path, content in contents(fresh_unit.state).items()}
    places = everything_readable(fresh_unit) | kept
    places |= {f"reading {number}": content for number, content in enumerate(readings)}
    assert len(places) > 25
    assert [name for name, content in places.items() if MARKER.encode() in content] == []
    hashes = [b"argon2", b"ha1_md5", b"ha1_sha256", b"password_hash"]
    shown = {f"reading {number}": content for number, content in enumerate(readings)}
    assert [name for name, content in shown.items() for word in hashes if word in content] == []


def test_only_the_owner_can_read_what_is_kept(fresh_unit: Unit) -> None:
    """The state folder is for nobody else, and keys are for their own daemon."""
    fresh_unit.claim()
    assert fresh_unit.state.stat().st_mode & 0o077 == 0
    secret = [path for path in files_below(fresh_unit.state) if path.suffix in (".key", ".pem")]
    keys = [path for path in secret if "key" in path.name]
    assert keys
    assert [path for path in keys if path.stat().st_mode & 0o007] == []


def test_the_bus_is_closed_to_other_users(fresh_unit: Unit) -> None:
    """Nobody but the unit's own user comes near its sockets."""
    environment = Path(f"/proc/{fresh_unit.processes()['sim']}/environ").read_bytes()
    variables = dict(line.split("=", 1) for line in environment.decode().split("\0") if "=" in line)
    runtime = Path(variables["C8210_RUNTIME"])
    assert runtime.stat().st_mode & 0o077 == 0
    tried = subprocess.run(
        ["setpriv", "--reuid", "65534", "--clear-groups", "ls", str(runtime)],
        check=False,
        capture_output=True,
        text=True,
    )
    if "setresuid" in tried.stderr or "Operation not permitted" in tried.stderr:
        pytest.skip("only root can act as another user here")
    assert tried.returncode != 0
    assert (runtime / "bus").exists()
