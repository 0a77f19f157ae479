"""Strangers' clients, unchanged, against the whole suite: curl, FFmpeg, Python's axis, and two of npm's."""

import json
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from axis.device import AxisDevice
from axis.models.configuration import Configuration
from axis.models.pwdgrp_cgi import SecondaryGroup

from tests.contract.bare_http import port_of
from tests.heard import RATE, Samples, as_wav, heard_since, level_db, position
from tests.suite import ROOT_PASSWORD, Unit, until

CLIENTS = Path(__file__).parents[1] / "clients"
NODE = Path(sys.executable).with_name("node")
LOGIN = f"root:{ROOT_PASSWORD}"


def curl(*arguments: str, timeout: float = 30.0) -> str:
    """Run curl and return what it got."""
    finished = subprocess.run(
        ["curl", "-sS", "-k", *arguments],
        capture_output=True,
        timeout=timeout,
        check=True,
    )
    return finished.stdout.decode("utf-8", "replace")


@contextmanager
def parameter(unit: Unit, name: str, value: str, back: str) -> Iterator[None]:
    """Have a parameter set while the block runs; over HTTPS with a session, which every policy lets in."""
    with signed_in(unit) as admin:
        set_parameter(admin, name, value)
        try:
            yield
        finally:
            set_parameter(admin, name, back)


@contextmanager
def signed_in(unit: Unit) -> Iterator[httpx.Client]:
    """Return a client with a session, as a browser has one."""
    with httpx.Client(base_url=unit.https_url, verify=False, timeout=20) as client:
        login = client.post("/api/session", json={"user": "root", "password": ROOT_PASSWORD})
        client.headers["X-CSRF-Token"] = login.json()["csrf"]
        yield client


def set_parameter(admin: httpx.Client, name: str, value: str) -> None:
    """Set one parameter."""
    answer = admin.get("/axis-cgi/param.cgi", params={"action": "update", name: value})
    assert answer.text == "OK"


def tone(seconds: float, hertz: float) -> Samples:
    """Return a sine."""
    times = np.arange(int(seconds * RATE)) / RATE
    sine: Samples = 0.5 * np.sin(2 * np.pi * hertz * times)
    return sine


# --- logins -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "how"),
    [("http", "--digest"), ("http", "--anyauth"), ("https", "--basic"), ("https", "--anyauth")],
)
@pytest.mark.covers("M-GET-07", part="curl")
def test_curl_logs_in(unit: Unit, url: str, how: str) -> None:
    """Over HTTP with Digest, over HTTPS with Basic, and by what the unit asks for."""
    base = unit.http_url if url == "http" else unit.https_url
    target = f"{base}/axis-cgi/param.cgi?action=list&group=root.Brand.Brand"
    assert curl(how, "-u", LOGIN, target) == "root.Brand.Brand=AXIS\n"
    assert "401" in curl(how, "-u", "root:wrong", "-o", "/dev/null", "-w", "%{http_code}", target)


def test_curl_does_not_send_a_password_in_the_clear(unit: Unit) -> None:
    """Basic over plain HTTP is neither asked for nor accepted."""
    target = f"{unit.http_url}/axis-cgi/usergroup.cgi"
    assert curl("--basic", "-u", LOGIN, "-o", "/dev/null", "-w", "%{http_code}", target) == "401"


@pytest.mark.parametrize(
    ("policy", "over_http", "over_https"),
    [("basic", "--basic", "--basic"), ("digest", "--digest", "--digest")],
)
def test_curl_follows_the_policy(unit: Unit, policy: str, over_http: str, over_https: str) -> None:
    """A change of the parameter counts for the next request."""
    name = "Network.HTTP.AuthenticationPolicy"
    with parameter(unit, name, policy, "recommended"):
        for base, how in ((unit.http_url, over_http), (unit.https_url, over_https)):
            target = f"{base}/axis-cgi/usergroup.cgi"
            assert curl(how, "-u", LOGIN, target).startswith("root\n")
            assert curl("--anyauth", "-u", LOGIN, target).startswith("root\n")


def test_httpx_keeps_its_nonce(unit: Unit) -> None:
    """A client that counts goes on with the nonce it has: one challenge for many requests."""
    auth = httpx.DigestAuth("root", ROOT_PASSWORD)
    with httpx.Client(base_url=unit.http_url, auth=auth, timeout=20) as client:
        first = client.get("/axis-cgi/usergroup.cgi")
        assert len(first.history) in {0, 1}
        for _ in range(20):
            answer = client.get("/axis-cgi/usergroup.cgi")
            assert (answer.status_code, answer.history) == (200, [])


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_httpx_answers_either_hash(unit: Unit, algorithm: str) -> None:
    """The challenge that is first, and the one that a stricter client picks."""
    auth = httpx.DigestAuth("root", ROOT_PASSWORD)

    def only(response: httpx.Response) -> None:
        if response.status_code == 401:
            offered = response.headers.get_list("www-authenticate")
            wanted = next(one for one in offered if f"algorithm={algorithm}," in one)
            del response.headers["www-authenticate"]
            response.headers["www-authenticate"] = wanted

    with httpx.Client(
        base_url=unit.http_url, auth=auth, event_hooks={"response": [only]}, timeout=20
    ) as client:
        assert client.get("/axis-cgi/usergroup.cgi").status_code == 200


# --- VAPIX ------------------------------------------------------------------------------------


@pytest.mark.covers("M-API-04", "M-ACC-07", part="the axis library")
async def test_axis_reads_the_unit_and_changes_accounts(unit: Unit) -> None:
    """What Home Assistant asks of a device: discovery, identity, parameters, rights; and accounts."""
    async with httpx.AsyncClient(timeout=20) as session:
        vapix = AxisDevice(
            Configuration(
                session,
                "127.0.0.1",
                username="root",
                password=ROOT_PASSWORD,
                port=port_of(unit.http_url),
            )
        ).vapix
        await vapix.initialize()
        assert vapix.product_type == "Network Audio Amplifier"
        assert vapix.firmware_version == "12.9.0"
        assert len(vapix.serial_number) == 12
        assert "param-cgi" in vapix.api_discovery
        assert vapix.basic_device_info["0"].product_number == "C8210"
        await vapix.params.update()
        assert vapix.params.brand_handler["0"].product_full_name.startswith("AXIS C8210")
        await vapix.initialize_users()
        assert vapix.users["root"].admin
        await vapix.load_user_groups()
        assert vapix.access_rights is SecondaryGroup.ADMIN_PTZ
        await vapix.users.create("joe", pwd="a", sgrp=SecondaryGroup.OPERATOR_PTZ)
        await vapix.users.modify("joe", pwd="b", sgrp=SecondaryGroup.VIEWER, comment="x")
        await vapix.users.update()
        assert (vapix.users["joe"].viewer, vapix.users["joe"].operator) == (True, False)
        await vapix.users.delete("joe")
        assert "joe" not in await vapix.users.list()


@pytest.mark.covers("M-API-04", part="camstreamerlib")
def test_camstreamerlib_reads_and_writes(unit: Unit) -> None:
    """It knows MD5 only, and looks at all challenges as one text."""
    with parameter(unit, "Network.HTTP.AllowedHosts", "", ""):
        got = node("camstreamerlib", unit)
    assert got["brand"]["root.Brand.ProdNbr"] == "C8210"
    assert got["changed"] == "OK"
    assert got["read"]["root.Network.HTTP.AllowedHosts"] == "camstreamer.example"


def test_digest_fetch_logs_in_again_and_again(unit: Unit) -> None:
    """It keeps the nonce and counts."""
    got = node("digest-fetch", unit)
    assert got["texts"] == ["200 root\nroot admin operator ptz viewer\n"] * 3
    assert got["info"]["data"]["propertyList"]["ProdNbr"] == "C8210"


def node(client: str, unit: Unit) -> Any:
    """Run one of npm's clients."""
    finished = subprocess.run(
        [NODE, "vapix.mjs", client, str(port_of(unit.http_url)), "root", ROOT_PASSWORD],
        cwd=CLIENTS,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr.decode()
    return json.loads(finished.stdout)


# --- clips and live audio ---------------------------------------------------------------------


@pytest.mark.covers("M-AUD-18", "M-AUD-19", "M-AUD-20", "M-AUD-22", "M-AUD-23", part="curl")
def test_curl_keeps_a_clip(unit: Unit, tmp_path: Path) -> None:
    """Upload, list, rename, play, stop, download, delete: every step by GET or multipart POST."""
    original = tmp_path / "lunch.wav"
    original.write_bytes(as_wav(tone(0.5, 440)))
    base = f"{unit.http_url}/axis-cgi"
    login = ("--digest", "-u", LOGIN)
    told = curl(
        *login, "-F", f"file=@{original}", f"{base}/mediaclip.cgi?action=upload&media=audio"
    )
    assert told.startswith("OK\nuploaded=")
    clip = told.removeprefix("OK\nuploaded=").strip()
    listed = curl(*login, f"{base}/param.cgi?action=list&group=root.MediaClip.M{clip}")
    assert f"root.MediaClip.M{clip}.Name=lunch\n" in listed
    assert f"root.MediaClip.M{clip}.Location=/etc/audioclips/MediaClip.M{clip}.wav\n" in listed
    renamed = curl(*login, f"{base}/mediaclip.cgi?action=update&clip={clip}&name=Dinner")
    assert renamed == f"OK\nupdated={clip}\n"
    assert curl(*login, f"{base}/playclip.cgi?clip={clip}&repeat=-1").startswith("OK\nplaying=")
    playing = json.loads(curl(*login, f"{unit.http_url}/api/playing"))
    assert [one["state"] for one in playing] == ["playing"]
    assert curl(*login, f"{base}/stopclip.cgi") == "OK\nstopping\n"
    copy = tmp_path / "copy"
    curl(*login, "-o", str(copy), f"{unit.http_url}/api/clips/{clip}/original")
    assert copy.read_bytes() == original.read_bytes()
    curl(*login, "-o", str(copy), f"{base}/mediaclip.cgi?action=download&clip={clip}")
    assert copy.read_bytes().startswith(b".snd")
    assert (
        curl(*login, f"{base}/mediaclip.cgi?action=remove&clip={clip}") == f"OK\nremoved={clip}\n"
    )
    assert "Error -1" in curl(*login, f"{base}/param.cgi?action=list&group=MediaClip.M{clip}")


def silent(unit: Unit) -> bool:
    """Whether nothing plays."""
    with unit.admin() as admin:
        return bool(admin.get("/api/playing").json() == [])


def when_all_is_quiet(unit: Unit) -> int:
    """Wait until nothing plays and the card's buffer is empty; returns the sample that the speaker is at."""
    until("nothing plays", lambda: silent(unit))
    end = position(unit) + RATE // 5
    until("the card's buffer is empty", lambda: position(unit) > end)
    return position(unit)


@pytest.mark.parametrize("login_first", [True, False])
def test_ffmpeg_talks(unit: Unit, tmp_path: Path, login_first: bool) -> None:
    """In chunks of unknown length, in real time; it waits for 100 (Continue) until it knows how to log in."""
    sound = tmp_path / "talk.wav"
    sound.write_bytes(as_wav(tone(2.0, 1000)))
    start = when_all_is_quiet(unit)
    address = f"127.0.0.1:{port_of(unit.http_url)}/axis-cgi/audio/transmit.cgi"
    login = f"root:{urllib.parse.quote(ROOT_PASSWORD)}@" if login_first else ""
    command = ["ffmpeg", "-v", "error", "-re", "-i", str(sound), "-c:a", "pcm_mulaw"]
    command += ["-ar", "16000", "-ac", "1", "-f", "mulaw", "-method", "POST"]
    command += ["-content_type", "audio/axis-mulaw-128", f"http://{login}{address}"]
    finished = subprocess.run(command, capture_output=True, timeout=60, check=False)
    until("it is played", lambda: silent(unit))
    played = heard_since(unit, start)
    if login_first:
        assert finished.returncode == 0, finished.stderr.decode()
        first, last = played.spans(0.01)
        assert 1.9 * RATE < last - first < 2.2 * RATE
        assert level_db(played.samples[first:last]) > -60
    else:
        assert not np.any(np.abs(played.samples) > 0.01)


@pytest.mark.parametrize("length", ["whole", "chunked", "9999999"])
def test_curl_sends_a_whole_file_at_once(unit: Unit, tmp_path: Path, length: str) -> None:
    """The answer comes when it has been heard; a length that is a guess ends with the connection or silence."""
    original, sound = tmp_path / "talk.wav", tmp_path / "talk.ul"
    original.write_bytes(as_wav(tone(1.0, 800)))
    encode = ["ffmpeg", "-v", "error", "-i", str(original), "-c:a", "pcm_mulaw", "-ar", "8000"]
    subprocess.run([*encode, "-f", "mulaw", str(sound)], timeout=30, check=True)
    until("nothing plays", lambda: silent(unit))
    headers = {"whole": [], "chunked": ["-H", "Transfer-Encoding: chunked"]}.get(
        length, ["-H", f"Content-Length: {length}", "-m", "6"]
    )
    target = f"{unit.http_url}/axis-cgi/audio/transmit.cgi"
    told = curl(
        *("--digest", "-u", LOGIN, "-H", "Content-Type: audio/basic", *headers),
        *("--data-binary", f"@{sound}", "-w", "%{http_code} %{time_total}", target),
    )
    status, seconds = told.split()
    assert status == "200"
    assert 0.9 < float(seconds) < 4.0
