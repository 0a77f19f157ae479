"""VAPIX on the whole suite: what only real parameters, real accounts and real daemons can show."""

import concurrent.futures
import contextlib
import json
import os
import signal
import string
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.suite import Unit, until

PARAM = "/axis-cgi/param.cgi"
PWDGRP = "/axis-cgi/pwdgrp.cgi"
RECORDED = Path(__file__).parents[1] / "unit" / "http" / "recorded.json"
SCHEMA = "{http://www.axis.com/ParameterDefinitionsSchema}"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator's client."""
    with unit.admin() as client:
        yield client


def listed(client: httpx.Client, group: str = "") -> list[str]:
    """Return the lines of a list."""
    query = {"action": "list", **({"group": group} if group else {})}
    answer = client.get(PARAM, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain")
    assert answer.text.endswith("\n")
    return answer.text.splitlines()


def order(name: str) -> list[tuple[int, str]]:
    """Return what names are sorted by: own parameters before subgroups, without regard to case (VAPIX page 2.2)."""
    *groups, last = name.split(".")
    return [(1, group.lower()) for group in groups] + [(0, last.lower())]


# --- parameters -------------------------------------------------------------------------------


@pytest.mark.covers("M-API-04")
def test_everything_is_listed_in_the_order_of_a_real_unit(admin: httpx.Client) -> None:
    """Every line is `root.Name=value`, once; what a real unit has in the groups we know is there."""
    lines = listed(admin)
    names = [line.partition("=")[0] for line in lines]
    assert all(
        name.startswith("root.") and "=" in line for name, line in zip(names, lines, strict=True)
    )
    assert len(set(names)) == len(names) > 100
    tops = [name.split(".")[1] for name in names]
    assert tops == sorted(tops, key=str.lower)
    for top in set(tops):
        inside = [name for name in names if name.split(".")[1] == top]
        assert inside == sorted(inside, key=natural_order), top
    recorded = json.loads(RECORDED.read_text())["parameters"]
    for group in ("Brand", "HTTPS"):
        wanted = {name for name in recorded if name.startswith(f"root.{group}.")}
        assert wanted <= set(names)


def natural_order(name: str) -> list[tuple[int, str, int]]:
    """Return the order of a group: numbered ones by their number."""
    found = []
    for kind, word in order(name):
        letters = word.rstrip(string.digits)
        number = word[len(letters) :]
        found.append((kind, letters, int(number) if number and len(letters) == 1 else -1))
    return found


def test_definitions_of_everything_are_one_valid_document(admin: httpx.Client) -> None:
    """With every parameter of the list, its value and its level."""
    query = {"action": "listdefinitions", "listformat": "xmlschema"}
    answer = admin.get(PARAM, params=query)
    assert answer.headers["content-type"] == "text/xml"
    root = ElementTree.fromstring(answer.content)
    found: dict[str, str] = {}

    def walk(element: ElementTree.Element, prefix: str) -> None:
        for group in element.findall(f"{SCHEMA}group"):
            walk(group, f"{prefix}{group.get('name')}.")
        for parameter in element.findall(f"{SCHEMA}parameter"):
            assert len(str(parameter.get("securityLevel"))) == 4
            assert parameter.get("niceName")
            kind = parameter.find(f"{SCHEMA}type")
            assert kind is None or len(kind) <= 1
            found[prefix + str(parameter.get("name"))] = str(parameter.get("value"))

    walk(root, "")
    assert found == dict(line.split("=", 1) for line in listed(admin))


def test_a_change_is_read_back_at_once(admin: httpx.Client) -> None:
    """By the same client and by another one, every time."""
    name = "root.Network.HTTP.AllowedHosts"
    with contextlib.ExitStack() as stack:
        for number in range(100):
            update = {"action": "update", name: f"host{number}.example"}
            assert admin.get(PARAM, params=update).content == b"OK"
            assert listed(admin, name) == [f"{name}=host{number}.example"]
        stack.callback(admin.get, PARAM, params={"action": "update", name: ""})


def test_many_writers_and_readers_never_meet_half_a_change(unit: Unit, admin: httpx.Client) -> None:
    """Eight write two parameters together while others read, and the params daemon is killed (class W8)."""
    first, second = "System.PreventDoSAttack.DoSPageCount", "System.PreventDoSAttack.DoSSiteCount"
    before = unit.processes()["http"]
    torn: list[tuple[str, str]] = []
    answered: set[int] = set()

    def write(number: int) -> None:
        with unit.admin() as client:
            for step in range(25):
                value = str(100 + number * 100 + step)
                body = {"changes": {first: value, second: value}}
                answered.add(client.patch("/api/parameters", json=body).status_code)

    def read(_number: int) -> None:
        with unit.admin() as client:
            for _ in range(60):
                query = {"action": "list", "group": f"{first},{second}"}
                answer = client.get(PARAM, params=query)
                answered.add(answer.status_code)
                if answer.status_code == 200:
                    values = [line.split("=")[1] for line in answer.text.splitlines()]
                    if values[0] != values[1]:
                        torn.append((values[0], values[1]))

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        working = [pool.submit(write, number) for number in range(8)]
        working += [pool.submit(read, number) for number in range(4)]
        unit.kill("params")
        for one in working:
            one.result()
    until("parameters are back", lambda: admin.get("/api/parameters").status_code == 200)
    assert not torn
    assert answered <= {200, 503}
    assert unit.processes()["http"] == before
    restored = {"changes": {first: "20", second: "20"}}
    assert admin.patch("/api/parameters", json=restored).status_code == 200


def test_a_lost_params_daemon_is_told_and_not_guessed(unit: Unit, admin: httpx.Client) -> None:
    """503 while it is away, and the truth when it is back."""
    os.kill(unit.processes()["params"], signal.SIGSTOP)
    unit.kill("params")
    statuses = set()

    def back() -> bool:
        answer = admin.get(PARAM, params={"action": "list", "group": "Brand.Brand"})
        statuses.add(answer.status_code)
        return answer.text == "Brand.Brand=AXIS\n"

    until("it is back", back)
    assert statuses <= {200, 503}


# --- accounts ---------------------------------------------------------------------------------


def pwdgrp(client: httpx.Client, **form: str) -> str:
    """Send a form and return the message in the page."""
    answer = client.post(PWDGRP, data=form)
    assert answer.status_code == 200
    return answer.text.partition("bgcolor=#ffffff>")[2].partition("\n")[0]


def remove_others(client: httpx.Client) -> None:
    """Leave root alone."""
    for account in client.get("/api/accounts").json():
        if account["name"] != "root":
            assert pwdgrp(client, action="remove", user=account["name"]).startswith("Removed")


@pytest.mark.covers("M-ACC-01", "M-ACC-02", "M-ACC-07", part="API")
def test_there_is_room_for_a_hundred_accounts(admin: httpx.Client) -> None:
    """The next one is refused, a name is unique, root stays."""
    remove_others(admin)
    for number in range(99):
        added = pwdgrp(admin, action="add", user=f"user{number}", pwd="x", sgrp="viewer")
        assert added == f"Created account user{number}."
    one_more = pwdgrp(admin, action="add", user="onemore", pwd="x", sgrp="viewer")
    assert one_more == "Error: consult the system log file."
    again = pwdgrp(admin, action="add", user="user5", pwd="x", sgrp="viewer")
    assert "already exists" in again
    assert pwdgrp(admin, action="remove", user="root") == "Error: consult the system log file."
    assert len(admin.get("/api/accounts").json()) == 100
    remove_others(admin)


@pytest.mark.covers("M-ACC-03", "M-GET-12", part="API")
@pytest.mark.parametrize(
    "password", ["x", " ", string.punctuation, 'a"b\\c', "a:b", "%41+&=", " " * 64, "~" * 64]
)
def test_every_printable_password_logs_in(unit: Unit, admin: httpx.Client, password: str) -> None:
    """One to 64 characters, over Basic, over Digest with either hash's first challenge, and at the web page."""
    remove_others(admin)
    assert (
        pwdgrp(admin, action="add", user="joe", pwd=password, sgrp="viewer")
        == "Created account joe."
    )
    with unit.user("joe", password) as basic:
        assert basic.get("/axis-cgi/usergroup.cgi").text == "joe\nusers viewer\n"
        login = {"user": "joe", "password": password}
        assert basic.post("/api/session", json=login).json()["role"] == "viewer"
    auth = httpx.DigestAuth("joe", password)
    with httpx.Client(base_url=unit.http_url, auth=auth, timeout=20) as digest:
        assert digest.get("/axis-cgi/usergroup.cgi").text == "joe\nusers viewer\n"
    remove_others(admin)


@pytest.mark.covers("M-ACC-04", "M-ACC-05", "M-ACC-06", part="parameters by role")
def test_a_role_writes_the_parameters_of_its_level(unit: Unit, admin: httpx.Client) -> None:
    """An operator sets the sound and no system setting, a viewer nothing; a change of role counts at once."""
    remove_others(admin)
    assert pwdgrp(admin, action="add", user="joe", pwd="x", sgrp="operator:viewer").startswith(
        "Created"
    )
    with unit.user("joe", "x") as joe:
        gain = {"action": "update", "AudioSource.A0.OutputGain": "-30"}
        assert joe.get(PARAM, params=gain).text == "OK"
        port = {"action": "update", "System.BoaPort": "81"}
        assert (
            joe.get(PARAM, params=port).text
            == "# Error: Error setting 'root.System.BoaPort' to '81'!\n"
        )
        assert not [line for line in listed(joe) if line.startswith("root.System.PreventDoSAttack")]
        assert pwdgrp(admin, action="update", user="joe", sgrp="viewer").startswith("Modified")
        assert joe.get(PARAM, params=gain).status_code == 403
        assert pwdgrp(admin, action="update", user="joe", sgrp="admin:operator:viewer").startswith(
            "M"
        )
        assert joe.get(PWDGRP, params={"action": "get"}).status_code == 200
    remove_others(admin)


@pytest.mark.covers("M-GET-08", "M-GET-09", "M-GET-10", "M-GET-12", part="API")
def test_a_unit_out_of_its_box_is_claimed_once(fresh_unit: Unit) -> None:
    """No factory password; any password is taken; two who come at once make one account."""
    unit = fresh_unit
    assert unit.needs_setup()
    for name, password in (("root", "pass"), ("root", ""), ("admin", "admin"), ("root", "root")):
        with unit.user(name, password) as client:
            assert client.get("/axis-cgi/usergroup.cgi").status_code == 401
    assert unit.client.get("/api/session").json()["error"]["code"] == "needs_setup"

    def claim(name: str) -> int:
        form = {
            "action": "add",
            "user": name,
            "pwd": "1",
            "grp": "root",
            "sgrp": "admin:operator:viewer:ptz",
        }
        with httpx.Client(base_url=unit.https_url, verify=False, timeout=20) as client:
            return client.post(PWDGRP, data=form).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(claim, ["root"] * 8))
    assert sorted(answers) == [200] + [401] * 7
    assert not unit.needs_setup()
    with unit.user("root", "1") as root:
        assert root.get("/axis-cgi/usergroup.cgi").text == "root\nroot admin operator ptz viewer\n"


# --- the unit ---------------------------------------------------------------------------------


def vapix(client: httpx.Client, path: str, method: str, **params: Any) -> Any:
    """Call a JSON API."""
    body = {"apiVersion": "1.0", "method": method, "params": params}
    return client.post(f"/axis-cgi/{path}.cgi", json=body).json()


@pytest.mark.covers("M-STA-04", part="by API: LED and sound")
def test_the_unit_shows_where_it_is(unit: Unit, admin: httpx.Client) -> None:
    """The status LED flashes red and green, something is heard, and it stops."""
    assert vapix(admin, "findmydevice", "find", duration=30)["data"] == {}
    assert vapix(admin, "findmydevice", "find")["error"]["code"] == 2201
    until(
        "the LED flashes red and green",
        lambda: (
            {step["colour"] for step in unit.sim_state()["leds"]["status"]["pattern"]}
            >= {"red", "green"}
        ),
    )
    until("it is heard", lambda: admin.get("/api/playing").json())
    assert vapix(admin, "findmydevice", "stop")["data"] == {}
    until("it stops", lambda: admin.get("/api/playing").json() == [])


@pytest.mark.covers("M-STA-01", "M-STA-05", "M-API-04", part="one identity everywhere")
def test_every_interface_tells_one_identity(unit: Unit, admin: httpx.Client) -> None:
    """Parameters, device info, our own path and the realm agree on serial number and version."""
    values = dict(line.split("=", 1) for line in listed(admin, "Properties,Brand"))
    serial = values["root.Properties.System.SerialNumber"]
    version = values["root.Properties.Firmware.Version"]
    properties = vapix(admin, "basicdeviceinfo", "getAllProperties")["data"]["propertyList"]
    device = admin.get("/api/device").json()
    assert {serial} == {properties["SerialNumber"], device["serial_number"]}
    assert {version} == {properties["Version"], device["version"]} == {"12.9.0"}
    challenge = httpx.get(f"{unit.http_url}/axis-cgi/usergroup.cgi").headers["www-authenticate"]
    assert f'realm="AXIS_{serial}"' in challenge
    assert len(serial) == 12


@pytest.mark.covers("M-AUD-21", part="the link")
def test_a_link_plays_a_clip_by_its_location(unit: Unit, admin: httpx.Client) -> None:
    """As `Create link` makes it, with the bare file name or the whole location; a viewer may use it."""
    remove_others(admin)
    assert pwdgrp(admin, action="add", user="joe", pwd="x", sgrp="viewer").startswith("Created")
    with unit.user("joe", "x") as joe:
        for location in ("ding_dong.mp3", "/etc/audioclips/ding_dong.mp3", "ding*.mp3"):
            query = {"location": location, "repeat": "0", "volume": "100"}
            assert joe.get("/axis-cgi/playclip.cgi", params=query).text == "OK\nplaying=28\n"
        assert joe.get("/axis-cgi/stopclip.cgi").text == "OK\nstopping\n"
    remove_others(admin)


TRICKS = [
    "../ding_dong.mp3",
    "/etc/audioclips/../audioclips/ding_dong.mp3",
    "/etc/passwd",
    "/etc/audioclips/../passwd",
    "....//ding_dong.mp3",
    "/proc/self/environ",
    "/proc/self/fd/3",
    "/dev/zero",
    "/dev/stdin",
    "file:///etc/passwd",
    "http://localhost/",
    "ding_dong.mp3\x00.wav",
    "ding_dong.mp3/",
    "./ding_dong.mp3",
    "//etc/audioclips/ding_dong.mp3",
    "/etc/audioclips",
    "/etc/audioclips/",
    "~/ding_dong.mp3",
    "$HOME",
    "`id`",
    "[d]ing_dong.mp3",
    "?ing_dong.mp3",
    "{ding_dong,alarm}.mp3",
    "**/passwd",
    "*/../*",
    "/etc/*",
    "/etc/audioclips/*/../../passwd",
    "\\etc\\audioclips\\ding_dong.mp3",
    "DING_DONG.MP3",
    "ding_dong",
    "",
    " ",
    "." * 300,
    "a" * 4096,
    "*" * 2000 + "x",
    "é\u202e.mp3",
]


@pytest.mark.parametrize("location", TRICKS)
def test_a_location_is_a_name_and_never_a_path(admin: httpx.Client, location: str) -> None:
    """Class W5: only clips are found, by the names that the unit gave them."""
    answer = admin.get("/axis-cgi/playclip.cgi", params={"location": location})
    assert answer.status_code == 400, answer.text
    assert answer.text.startswith("400 Bad Request\n")
    assert len(answer.text) < 600
