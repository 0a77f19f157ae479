"""What the three privileges of an account allow, from a factory-new unit on."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.heard import as_wav, sweep
from tests.playing import remove, upload
from tests.suite import ROOT_PASSWORD, Unit

PASSWORD = "a password of theirs"
GROUPS = {
    "viewer": "viewer",
    "operator": "operator:viewer",
    "admin": "admin:operator:viewer",
}
SYSTEM_SETTINGS = {
    "Network.HostName": "elsewhere",
    "System.BoaGroupPolicy.viewer": "https",
    "HTTPS.Ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "Time.NTP.Server": "time.example",
    "Network.SSH.Enabled": "yes",
}
WHO_HEARS_THE_ROOM = {
    "AudioSource.A0.AudioSupport": "yes",
    "Audio.Multicast.Input.Enabled": "yes",
    "Audio.Multicast.Input.Address": "239.6.6.6",
}


@pytest.fixture(autouse=True)
def accounts(unit: Unit) -> Iterator[None]:
    """One account of each privilege."""
    with unit.admin() as admin:
        for role, groups in GROUPS.items():
            arguments = {"user": role, "pwd": PASSWORD, "grp": "users", "sgrp": groups}
            answer = admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "add", **arguments})
            assert f"Created account {role}." in answer.text
        yield
        for role in GROUPS:
            admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": role})


@contextmanager
def as_a(unit: Unit, role: str) -> Iterator[httpx.Client]:
    """Be somebody with a privilege."""
    with unit.user(role, PASSWORD) as client:
        yield client


def refused(answer: httpx.Response) -> bool:
    """Whether the role was too low."""
    return answer.status_code in (401, 403)


def set_parameter(client: httpx.Client, name: str, value: str) -> bool:
    """Try to change a parameter; returns whether it was changed."""
    answer = client.post("/axis-cgi/param.cgi", data={"action": "update", name: value})
    return answer.status_code == 200 and answer.text == "OK"


def parameters(unit: Unit) -> str:
    """Return all settings there are."""
    with unit.admin() as admin:
        return admin.get("/axis-cgi/param.cgi", params={"action": "list"}).text


@pytest.mark.covers("M-ACC-06")
def test_a_viewer_changes_nothing(unit: Unit) -> None:
    """A viewer sees, listens and plays; no parameter, clip or account changes at its hand."""
    with as_a(unit, "viewer") as viewer:
        assert viewer.get("/axis-cgi/usergroup.cgi").text == "viewer\nusers viewer\n"
        assert viewer.get("/axis-cgi/playclip.cgi", params={"clip": "30"}).text.startswith("OK")
        assert viewer.get("/axis-cgi/stopclip.cgi").text.startswith("OK")
        before = parameters(unit)
        described = viewer.get("/api/parameters").json()["parameters"]
        assert len(described) > 50
        assert not any(parameter["writable"] for parameter in described)
        for parameter in described:
            assert not set_parameter(viewer, parameter["name"], parameter["default"])
        file = {"file": ("x.wav", as_wav(sweep(0.1)))}
        assert refused(viewer.post("/axis-cgi/mediaclip.cgi?action=upload", files=file))
        assert refused(viewer.get("/axis-cgi/mediaclip.cgi?action=remove&clip=30"))
        assert refused(viewer.get("/axis-cgi/pwdgrp.cgi?action=get"))
        assert refused(viewer.get("/axis-cgi/restart.cgi"))
        assert parameters(unit) == before


@pytest.mark.covers("M-ACC-05")
def test_an_operator_changes_all_but_the_system(unit: Unit) -> None:
    """An operator sets up the sound and keeps clips; network, security, time and accounts stay out of reach."""
    with as_a(unit, "operator") as operator:
        assert set_parameter(operator, "AudioSource.A0.Name", "By an operator")
        assert set_parameter(operator, "AudioSource.A0.Name", "Audio")
        clip = upload(operator, "by an operator", as_wav(sweep(0.1)))
        remove(operator, clip)
        before = parameters(unit)
        for name, value in (SYSTEM_SETTINGS | WHO_HEARS_THE_ROOM).items():
            assert not set_parameter(operator, name, value), name
        assert refused(operator.get("/axis-cgi/pwdgrp.cgi?action=get"))
        assert refused(operator.get("/axis-cgi/restart.cgi"))
        assert refused(operator.get("/axis-cgi/factorydefault.cgi"))
        assert refused(operator.get("/axis-cgi/hardfactorydefault.cgi"))
        assert refused(operator.get("/api/accounts"))
        assert parameters(unit) == before


@pytest.mark.covers("M-ACC-04")
def test_an_administrator_changes_all_and_manages_accounts(unit: Unit) -> None:
    """Every setting that can be changed at all is an administrator's to change, and so are the accounts."""
    with as_a(unit, "admin") as admin:
        described = admin.get("/api/parameters").json()["parameters"]
        fixed = [entry["name"] for entry in described if not entry["writable"]]
        facts = ("Brand.", "Properties.", "Network.eth0.", "Network.Routing.")
        settings = [entry["name"] for entry in described if entry["writable"]]
        assert set(SYSTEM_SETTINGS) <= set(settings)
        assert "AudioSource.A0.OutputGain" in settings
        assert [name for name in settings if name.startswith(facts)] == []
        assert "Properties.System.SerialNumber" in fixed
        assert set_parameter(admin, "Network.SSH.Enabled", "yes")
        assert set_parameter(admin, "Network.SSH.Enabled", "no")
        arguments = {"user": "another", "pwd": "p", "grp": "users", "sgrp": "viewer"}
        added = admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "add", **arguments})
        assert "Created account another." in added.text
        removed = admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": "another"})
        assert "Removed account another." in removed.text


@pytest.mark.covers("M-API-04")
def test_an_administrator_lists_every_parameter(unit: Unit) -> None:
    """`param.cgi?action=list` has every parameter that the interface shows, each with `root.`."""
    with unit.user("root", ROOT_PASSWORD) as admin:
        described = admin.get("/api/parameters").json()["parameters"]
        lines = admin.get("/axis-cgi/param.cgi", params={"action": "list"}).text.splitlines()
    listed = {line.partition("=")[0] for line in lines}
    assert len(lines) == len(listed)
    assert {f"root.{entry['name']}" for entry in described} <= listed
    assert all(name.startswith("root.") for name in listed)


@pytest.mark.covers("M-GET-11")
def test_https_is_there_before_anything_is_set(fresh_unit: Unit) -> None:
    """A factory-new unit speaks HTTPS, sends pages there, and takes the first password there."""
    page = httpx.get(f"{fresh_unit.http_url}/", follow_redirects=False)
    assert page.status_code in (301, 302, 307, 308)
    assert page.headers["Location"].startswith(fresh_unit.https_url)
    assert fresh_unit.client.get("/").status_code == 200
    assert fresh_unit.needs_setup()
    fresh_unit.claim()
    assert not fresh_unit.needs_setup()
