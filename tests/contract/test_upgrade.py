"""Upgrades through the whole suite: real bundles, verified by RAUC's own program, and real restarts."""

import contextlib
import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hw.drivers.simulated_slots import TRIES
from tests.contract.upgrade_rig import BACK_S, CGI, Rig, upgradable
from tests.firmware import changed, cut, image, signer, unsigned
from tests.suite import ROOT_PASSWORD, until


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One unit for all tests of this file, in their order."""
    with upgradable(tmp_path_factory.mktemp("upgrade")) as rig:
        yield rig


@pytest.mark.covers("M-SEC-44")
@pytest.mark.covers("M-MNT-09", part="every kind of wrong file")
def test_only_what_somebody_trusted_has_signed_is_installed(rig: Rig) -> None:
    """Each refusal with its number; nothing of the image is left, and the unit runs on."""
    good = image(rig.folder, rig.trusted, "12.9.1")
    stranger = image(rig.folder / "stranger", signer(rig.folder, "stranger"), "12.9.1")
    dummy = rig.folder / "dummy.bin"
    dummy.write_bytes(b"DUMMY_FIRMWARE_BYTES")
    empty = rig.folder / "empty.bin"
    empty.write_bytes(b"")
    before = rig.boot_id()
    for bundle, code, words in (
        (dummy, 421, "does not match this device"),
        (unsigned(rig.folder), 422, "not signed"),
        (stranger, 424, "does not know"),
        (changed(good, -20), 422, "changed after it was signed"),
        (changed(good, 5000), 415, "damaged"),
        (cut(good, 100_000), 415, "cut off"),
        (image(rig.folder, rig.trusted, "12.9.1", compatible="other-unit"), 421, "'other-unit'"),
        (image(rig.folder, rig.trusted, "11.11.7"), 409, "older than 12.9.0"),
        (image(rig.folder / "revoked", rig.house.dismissed, "12.9.1"), 410, "was revoked"),
        (empty, 400, "no firmware image"),
    ):
        error = rig.upgrade(bundle)["error"]
        assert (error["code"], words in error["message"]) == (code, True), (bundle.name, error)
        assert rig.spooled() == [], bundle.name
        assert rig.progress()["step"] == "idle"
    assert rig.boot_id() == before
    assert rig.status()["activeFirmwareVersion"] == "12.9.0"


def test_bad_requests_are_refused_before_an_image_is_taken(rig: Rig) -> None:
    """With the number that the API has for it."""
    bundle = rig.folder / "dummy.bin"
    for params in (
        {"factoryDefaultMode": "firm"},
        {"autoCommit": "soon"},
        {"autoRollback": "0"},
        {"colour": "red"},
    ):
        assert rig.upgrade(bundle, ("data", "file"), **params)["error"]["code"] == 400, params
    assert rig.call("upgrade")["error"]["code"] == 400
    assert rig.call("levitate")["error"]["code"] == 405
    assert rig.call("factoryDefault", factoryDefaultMode="none")["error"]["code"] == 400
    assert rig.call("rollback")["error"] == {"code": 404, "message": "No old firmware exists."}
    body = {"apiVersion": "2.0", "method": "status"}
    assert rig.admin.post(CGI, json=body).json()["error"]["code"] == 417
    assert rig.admin.post(CGI, content=b"{").json()["error"]["code"] == 400
    versions = rig.admin.post(CGI, json={"method": "getSupportedVersions"}).json()
    assert versions["data"] == {"apiVersions": ["1.8"]}
    listed = rig.admin.post(
        "/axis-cgi/apidiscovery.cgi",
        json={"apiVersion": "1.0", "method": "getApiList", "params": {"id": "fwmgr"}},
    ).json()
    assert [api["version"] for api in listed["data"]["apiList"]] == ["1.8"]


@pytest.mark.covers("M-MNT-11", part="administrators only")
def test_only_an_administrator_may_upgrade(rig: Rig) -> None:
    """An operator is told so before the image is taken; without a login nothing is read."""
    rig.admin.get(
        "/axis-cgi/pwdgrp.cgi",
        params={
            "action": "add",
            "user": "olga",
            "pwd": "pass1word",
            "grp": "users",
            "sgrp": "operator:viewer",
        },
    ).raise_for_status()
    options = json.dumps({"apiVersion": "1.0", "method": "upgrade", "params": {}})
    parts: dict[str, Any] = {
        "data": (None, options, "application/json"),
        "file": ("f", b"x" * 1000),
    }
    with rig.unit.user("olga", "pass1word") as olga:
        assert olga.post(CGI, files=parts).json()["error"]["code"] == 403
        for path in ("/api/maintenance/upgrade", "/axis-cgi/restart.cgi"):
            assert olga.get(path).status_code == 403
        answer = olga.post("/axis-cgi/firmwareupgrade.cgi", files={"file": ("f", b"x" * 1000)})
        assert answer.status_code == 403
    assert rig.unit.client.post(CGI, files=parts).status_code == 401
    assert rig.spooled() == []


BEGIN = (
    b"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Type: application/json\r\n\r\n"
    b'{"apiVersion": "1.0", "method": "upgrade"}\r\n'
    b"--B\r\nContent-Disposition: form-data; name=b; filename=f\r\n\r\n"
)


@contextlib.contextmanager
def uploading(rig: Rig, path: str, length: int) -> Iterator[ssl.SSLSocket]:
    """Begin an upload whose body is to have so many bytes."""
    host, port = rig.unit.https_url.removeprefix("https://").split(":")
    login = httpx.BasicAuth("root", ROOT_PASSWORD)._auth_header
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {login}\r\n"
        f"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {length}\r\n\r\n"
    )
    context = ssl._create_unverified_context()
    with context.wrap_socket(socket.create_connection((host, int(port)))) as client:
        client.settimeout(20)
        client.sendall(head.encode() + BEGIN)
        yield client


def test_an_image_that_breaks_off_leaves_nothing(rig: Rig) -> None:
    """Who goes away in the middle is forgotten, and the next one is served."""
    with uploading(rig, CGI, 5_000_000) as client:
        client.sendall(bytes(1_000_000))
        until("the image is on its way", lambda: rig.progress()["step"] == "receiving")
        until("some of it is on disk", lambda: rig.spooled() == ["bundle.raucb"])
        assert rig.upgrade(rig.folder / "dummy.bin")["error"]["code"] == 423
    until("it is given up", lambda: rig.progress()["step"] == "idle")
    assert rig.spooled() == []


@pytest.mark.parametrize("length", [2**30 + 10**6, 10**13, 2**63 - 1])
def test_an_image_that_is_too_large_is_refused_before_it_comes(rig: Rig, length: int) -> None:
    """In the words of each API, and without room being made for it."""
    for path, status in ((CGI, b" 200 "), ("/axis-cgi/firmwareupgrade.cgi", b" 400 ")):
        with uploading(rig, path, length) as client:
            answer = client.recv(4096)
        assert status in answer.partition(b"\r\n")[0], answer
        assert b"at most 1024 MB" in answer
        if path == CGI:
            assert b'"code":400' in answer
        assert rig.spooled() == []
    assert rig.progress()["step"] == "idle"


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/dev/null", "a\u202eb", 'f"; name="a'])
def test_the_name_of_an_image_leads_nowhere(rig: Rig, name: str) -> None:
    """It is not used for anything."""
    options = json.dumps({"apiVersion": "1.0", "method": "upgrade"})
    parts: dict[str, Any] = {"a": (None, options, "application/json"), "b": (name, b"x" * 500)}
    assert rig.admin.post(CGI, files=parts).json()["error"]["code"] == 421
    assert rig.spooled() == []


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://localhost:1"])
def test_another_web_site_cannot_have_a_browser_upgrade_the_unit(rig: Rig, origin: str) -> None:
    """Whoever is logged in there."""
    headers = {"Origin": origin}
    options = json.dumps({"apiVersion": "1.0", "method": "upgrade"})
    parts: dict[str, Any] = {"a": (None, options, "application/json"), "b": ("f", b"x" * 500)}
    before = rig.progress()
    assert rig.admin.post(CGI, files=parts, headers=headers).status_code == 403
    for method in ("commit", "rollback", "purge", "reboot"):
        question = {"apiVersion": "1.0", "method": method}
        assert rig.admin.post(CGI, json=question, headers=headers).status_code == 403
    old = rig.admin.post("/axis-cgi/firmwareupgrade.cgi", files={"b": parts["b"]}, headers=headers)
    assert old.status_code == 403
    assert rig.progress() == before


@pytest.mark.covers("M-MNT-05", "M-MNT-08", "M-MNT-10", "M-MNT-11")
@pytest.mark.covers("M-MNT-12", part="API")
def test_upgrade_confirm_and_roll_back_with_the_settings(rig: Rig) -> None:
    """The unit restarts by itself, is well, stays, and goes back with the settings it had."""
    rig.set_interval("7")
    before = rig.boot_id()
    answer = rig.upgrade(rig.folder / "content-12.9.1-c8210-rpi4-200000.raucb", ("json", "file"))
    assert answer["data"] == {"firmwareVersion": "12.9.1"}
    rig.wait_for_start(before)
    assert rig.interval() == "7"
    until("it is confirmed", lambda: rig.status().get("isCommited"), 60)
    status = rig.status()
    assert (status["activeFirmwareVersion"], status["activeFirmwarePart"]) == ("12.9.1", "B")
    assert status["inactiveFirmwareVersion"] == "12.9.0"
    assert "pendingCommit" not in status
    assert rig.admin.get("/api/device").json()["version"] == "12.9.1"
    rig.set_interval("9")
    before = rig.boot_id()
    assert rig.call("rollback") == {
        "apiVersion": "1.8",
        "context": "abc",
        "method": "rollback",
        "data": {},
    }
    rig.wait_for_start(before)
    assert rig.interval() == "7"
    status = rig.status()
    assert status["activeFirmwareVersion"] == "12.9.0"
    assert "inactiveFirmwareVersion" not in status


@pytest.mark.covers("M-MNT-07", part="API")
def test_an_unconfirmed_version_keeps_its_time_over_restarts_and_kills(rig: Rig) -> None:
    """And another cannot be installed meanwhile; confirmed, it stays."""
    before = rig.boot_id()
    bundle = rig.folder / "content-12.9.1-c8210-rpi4-200000.raucb"
    rig.upgrade(bundle, autoCommit="never", autoRollback="30")
    rig.wait_for_start(before)
    status = rig.status()
    assert (status["isCommited"], status["pendingCommit"]) == (False, "never")
    assert 1700 < status["timeToRollback"] <= 1800
    assert rig.upgrade(bundle)["error"]["code"] == 412
    assert rig.call("purge")["error"] == {"code": 412, "message": "Current firmware is not active."}
    rig.unit.kill("system")
    until("the time goes on", lambda: rig.call("status").get("data", {}).get("timeToRollback"))
    before = rig.boot_id()
    assert rig.call("reboot")["data"] == {}
    rig.wait_for_start(before)
    status = rig.status()
    assert status["activeFirmwareVersion"] == "12.9.1"
    assert 1600 < status["timeToRollback"] <= 1800
    for _start in range(TRIES):

        def well() -> bool:
            checks = rig.progress()["checks"]
            return bool(checks) and all(check["well"] for check in checks)

        until("it is seen to be well", well, 30)
        before = rig.boot_id()
        rig.admin.get("/axis-cgi/restart.cgi").raise_for_status()
        rig.wait_for_start(before)
        assert rig.status()["activeFirmwareVersion"] == "12.9.1"
    rig.call("stopAuto")
    assert "timeToRollback" not in rig.status()
    assert rig.call("commit")["data"] == {"firmwareVersion": "12.9.1"}
    assert rig.status()["isCommited"] is True
    assert rig.call("purge")["data"] == {}
    assert rig.call("rollback")["error"]["code"] == 404


@pytest.mark.covers("M-MNT-11", part="kills while an image is installed")
@pytest.mark.parametrize("part", ["system", "http"])
def test_a_kill_in_the_middle_leaves_the_unit_usable(rig: Rig, part: str) -> None:
    """Whichever daemon it is; nothing is left of the image."""
    large = image(rig.folder / part, rig.trusted, "12.9.4", size=30_000_000)
    with httpx.Client(
        base_url=rig.unit.https_url, verify=False, auth=rig.admin.auth, timeout=30
    ) as other:
        began = time.monotonic()
        rig.unit.kill(part)
        # Whether this one succeeds is not what is tried.
        with contextlib.suppress(httpx.HTTPError, AssertionError, ValueError):
            Rig(rig.unit, other, rig.house, rig.folder).upgrade(large)
        assert time.monotonic() - began < 30
    until(
        "it is at rest",
        lambda: rig.admin.get("/api/maintenance/upgrade").status_code == 200,
        BACK_S,
    )
    until("nothing is on its way", lambda: rig.progress()["step"] in ("idle", "trial"), BACK_S)
    assert rig.spooled() == []


@pytest.mark.covers("M-MNT-06")
def test_the_old_way_with_factory_default_leaves_no_way_back(rig: Rig) -> None:
    """`firmwareupgrade.cgi`; everything is wiped, accounts included."""
    until("it is at rest", lambda: rig.progress()["step"] == "idle", BACK_S)
    before = rig.boot_id()
    bundle = image(rig.folder, rig.trusted, "12.9.9")
    with bundle.open("rb") as file:
        answer = rig.admin.post(
            "/axis-cgi/firmwareupgrade.cgi",
            params={"type": "factorydefault"},
            files={"any": ("f.bin", file)},
            timeout=120,
        )
    assert answer.status_code == 200, answer.text
    assert "12.9.9" in answer.text
    rig.wait_for_start(before)
    assert rig.unit.needs_setup()
    rig.unit.claim()
    assert rig.interval() == "4"
    assert rig.status()["activeFirmwareVersion"] == "12.9.9"
    assert rig.call("rollback")["error"]["code"] == 404
