"""What a restore and a factory default leave on a unit of somebody's: nothing of what they added, anywhere."""

import base64
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from tests.authority import Authority
from tests.files import contents
from tests.heard import as_wav, sweep
from tests.suite import Unit, running_suite, until

MARK = "Zebulon"
"""In everything that is added; nothing else of a unit is called so."""
ENCODED = base64.b64encode(MARK.encode())
SSH = "/config/rest/ssh/v2/users"
CERTIFICATES = "/config/rest/cert/v1/certificates"


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    """A unit of this test's own."""
    with running_suite(tmp_path) as unit:
        unit.claim()
        yield unit


def done(answer: httpx.Response) -> Any:
    """Return what was answered to something that has to work."""
    assert answer.status_code in (200, 201), answer.text
    assert "error" not in answer.text.lower(), answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.text


def set_up(admin: httpx.Client) -> None:
    """Add one of everything."""
    name = {"action": "update", "AudioSource.A0.Name": MARK}
    done(admin.post("/axis-cgi/param.cgi", data=name))
    account = {"user": MARK, "pwd": f"{MARK}-word", "grp": "users", "sgrp": "viewer"}
    done(admin.get("/axis-cgi/pwdgrp.cgi", params={"action": "add", **account}))
    user = {"username": MARK, "password": f"{MARK}-word", "comment": f"{MARK} at night"}
    done(admin.post(SSH, json={"data": user}))
    signed = Authority.made(MARK).sign(MARK)
    certificate = {"alias": MARK, "certificate": signed.pem, "private_key": signed.key_pem()}
    done(admin.post(CERTIFICATES, json={"data": certificate}))
    upload = {"action": "upload", "media": "audio", "name": MARK}
    sound = {"file": (f"{MARK}.wav", as_wav(sweep(0.2)))}
    done(admin.post("/axis-cgi/mediaclip.cgi", params=upload, files=sound))
    trigger = {
        "topic": "tns1:Device/tnsaxis:IO/Port",
        "content": 'boolean(//SimpleItem[@Name="port"])',
    }
    rule = {"name": MARK, "action": 0, "trigger": trigger}
    play = {
        "template": "com.axis.action.fixed.play.audioclip",
        "parameters": {"location": "ding_dong.mp3"},
    }
    done(admin.post("/api/rules", json={"rule": rule, "action": play}))


def added(unit: Unit) -> list[str]:
    """Return where something of what was added is still shown."""
    found = []
    with unit.admin() as admin:
        for path in (
            *("/axis-cgi/param.cgi?action=list", "/axis-cgi/pwdgrp.cgi?action=get", SSH),
            *(CERTIFICATES, "/api/clips", "/api/rules", "/api/events/record?limit=100"),
        ):
            answer = admin.get(path)
            assert answer.status_code == 200, (path, answer.text)
            if MARK.lower() in answer.text.lower():
                found.append(path)
    return found


def own_certificate(unit: Unit) -> x509.Certificate:
    """Return what the web server shows."""
    port = int(unit.https_url.rpartition(":")[2])
    return x509.load_pem_x509_certificate(ssl.get_server_certificate(("localhost", port)).encode())


@pytest.mark.covers("M-MNT-02", "M-MNT-03", "M-MNT-04", part="accounts, rules and certificates")
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_nothing_of_what_somebody_added_is_left(unit: Unit, mode: str) -> None:
    """A restore keeps certificates, which 802.1X needs; a factory default makes even the unit's own anew."""
    with unit.admin() as admin:
        set_up(admin)
        assert len(added(unit)) == 6, "the record of what happened knows nothing of it yet"
        assert traces(unit)
        trusted = own_certificate(unit)
        before = boot_id(unit)
        question = {
            "apiVersion": "1.0",
            "method": "factoryDefault",
            "params": {"factoryDefaultMode": mode},
        }
        answer = done(admin.post("/axis-cgi/firmwaremanagement.cgi", json=question))
        assert answer["data"] == {}
    until("it starts anew", lambda: boot_id(unit) not in ("", before), 30)
    assert unit.needs_setup()
    unit.claim()
    if mode == "soft":
        assert added(unit) == [CERTIFICATES]
        assert own_certificate(unit) == trusted
    else:
        assert added(unit) == []
        assert own_certificate(unit).public_key() != trusted.public_key()
        assert traces(unit) == []


def traces(unit: Unit) -> list[Path]:
    """Return the files in which something of what was added can still be read."""
    return [
        path
        for path, content in contents(unit.state).items()
        if "log" not in path.parts and (MARK.encode() in content or ENCODED in content)
    ]


def boot_id(unit: Unit) -> str:
    """Return which start this is; empty while the unit is not ready."""
    question = {"apiVersion": "1.0", "method": "systemready"}
    with closing(httpx.Client(base_url=unit.https_url, verify=False, timeout=5)) as client:
        try:
            data = client.post("/axis-cgi/systemready.cgi", json=question).json()["data"]
        except (httpx.HTTPError, ValueError, KeyError):
            return ""
    return str(data["bootid"]) if data["systemready"] == "yes" else ""
