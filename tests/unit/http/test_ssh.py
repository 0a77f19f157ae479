"""`ssh.cgi`, `/config/rest/ssh` and `/api/remote-access`: maintenance by SSH, as clients switch and see it."""

import json
from typing import Any

import pytest

from tests.unit.http.edge import Answer, Edge
from tests.unit.http.json_calls import call

CGI = "/axis-cgi/ssh.cgi"
USERS = "/config/rest/ssh/v2/users"
BASES = ("/config/rest/ssh/v2", "/config/rest/ssh/v1beta")


async def send(edge: Edge, method: str, path: str, data: Any = None, login: str = "root") -> Answer:
    """Send what curl would."""
    body = "" if data is None else json.dumps({"data": data})
    return await edge.ask(method, path, body=body, login=login)


def refusal(answer: Answer) -> tuple[int, int, str]:
    """Return status, code and text."""
    assert answer.json()["status"] == "error"
    error = answer.json()["error"]
    return answer.status, error["code"], error["message"]


async def test_ssh_is_switched_and_read_by_its_cgi(edge: Edge) -> None:
    """It is the parameter that counts."""
    reply = await call(edge, CGI, "getSshInfo", version="1.0")
    assert (reply["apiVersion"], reply["data"]) == ("1.0", {"enabled": False})
    reply = await call(edge, CGI, "setSshConfiguration", {"enabled": True}, version="1.0")
    assert reply["data"] == {}
    changes, _access, _who, atomic = edge.params.written[-1]
    assert (changes, atomic) == ({"Network.SSH.Enabled": "yes"}, True)
    edge.params.values |= changes
    edge.unit.reading.forget()
    assert (await call(edge, CGI, "getSshInfo", version="1.0"))["data"] == {"enabled": True}


@pytest.mark.parametrize(
    ("params", "code"),
    [({}, 4003), (None, 4003), ({"enabled": "yes"}, 4004), ({"enabled": 1}, 4004)],
)
async def test_what_is_no_configuration_changes_nothing(edge: Edge, params: Any, code: int) -> None:
    """Codes of family A."""
    reply = await call(edge, CGI, "setSshConfiguration", params, version="1.0")
    assert reply["error"]["code"] == code
    if code == 4003:
        assert reply["error"]["message"] == "Missing parameter(s)"
    assert edge.params.written == []


async def test_other_refusals_of_the_cgi_have_the_codes_of_its_family(edge: Edge) -> None:
    """A method and a version that there are not, no JSON, a GET, and somebody who may not."""
    assert (await call(edge, CGI, "setRoot", version="1.0"))["error"]["code"] == 4000
    assert (await call(edge, CGI, "getSshInfo", version="2.0"))["error"]["code"] == 4001
    broken = await edge.ask("POST", CGI, body="{", login="root")
    assert broken.json()["error"]["code"] == 3000
    assert (await edge.ask("GET", CGI, login="root")).json()["error"]["code"] == 2000
    for login in ("oscar", "vera"):
        reply = await call(edge, CGI, "getSshInfo", version="1.0", login=login)
        assert reply["error"]["code"] == 4002


@pytest.mark.covers("M-ACC-11", part="add")
@pytest.mark.parametrize("base", BASES)
async def test_an_account_is_added_and_its_password_has_no_way_out(edge: Edge, base: str) -> None:
    """In both versions, which have one shape."""
    user = {"username": "judy", "password": "s e$cret~", "comment": "Night shift"}
    answer = await send(edge, "POST", f"{base}/users", user)
    shown = {"username": "judy", "comment": "Night shift"}
    assert answer.status == 201
    assert answer.json() == {"status": "success", "data": shown}
    assert edge.remote.passwords == {"judy": "s e$cret~"}
    listed = await send(edge, "GET", f"{base}/users")
    assert listed.json() == {"status": "success", "data": [shown]}
    assert (await send(edge, "GET", base)).json()["data"] == {"users": [shown]}
    assert (await send(edge, "GET", f"{base}/users/judy")).json()["data"] == shown
    assert (await send(edge, "GET", f"{base}/users/judy/comment")).json()["data"] == "Night shift"
    hidden = await send(edge, "GET", f"{base}/users/judy/password")
    assert hidden.status == 404
    assert "s e$cret~" not in hidden.text + listed.text + answer.text


@pytest.mark.covers("M-ACC-11", part="the name is unique")
async def test_a_name_is_given_once(edge: Edge) -> None:
    """The first one keeps its password."""
    await send(edge, "POST", USERS, {"username": "judy", "password": "one"})
    again = await send(edge, "POST", USERS, {"username": "judy", "password": "two"})
    assert refusal(again) == (409, 6, 'Item already exists: "judy"')
    assert edge.remote.passwords == {"judy": "one"}


@pytest.mark.covers("M-ACC-12", part="update and delete")
async def test_an_account_is_changed_and_deleted(edge: Edge) -> None:
    """What is not named stays."""
    await send(edge, "POST", USERS, {"username": "judy", "password": "one"})
    changed = await send(edge, "PATCH", f"{USERS}/judy", {"comment": "Day shift"})
    assert (changed.status, changed.json()) == (200, {"status": "success"})
    assert edge.remote.passwords == {"judy": "one"}
    await send(edge, "PATCH", f"{USERS}/judy/password", "two")
    assert edge.remote.passwords == {"judy": "two"}
    assert (await send(edge, "GET", f"{USERS}/judy")).json()["data"]["comment"] == "Day shift"
    gone = await send(edge, "DELETE", f"{USERS}/judy")
    assert (gone.status, gone.json()) == (200, {"status": "success"})
    assert edge.remote.passwords == {}
    for method in ("GET", "DELETE"):
        answer = await send(edge, method, f"{USERS}/judy")
        assert refusal(answer) == (404, 2, 'Item does not exist: "judy"')
    missed = await send(edge, "PATCH", f"{USERS}/judy", {"comment": ""})
    assert refusal(missed) == (404, 2, 'Item does not exist: "judy"')


@pytest.mark.covers("M-ACC-12", part="root cannot be deleted")
async def test_root_cannot_be_deleted_or_added(edge: Edge) -> None:
    """Nor can any account of the system."""
    answer = await send(edge, "DELETE", f"{USERS}/root")
    assert refusal(answer) == (400, 5, "Validation error: the root account cannot be deleted")
    for name in ("root", "Root", "daemon"):
        answer = await send(edge, "POST", USERS, {"username": name, "password": "p"})
        assert refusal(answer)[:2] == (400, 5)
        assert "belongs to the system" in refusal(answer)[2]


INVALID = "Validation error: Trying to set 'users' with invalid data: "


@pytest.mark.covers("M-ACC-11", part="password 1-64 ASCII 32-126")
@pytest.mark.parametrize("path", ["", "/judy"])
async def test_passwords_have_1_to_64_printable_characters(edge: Edge, path: str) -> None:
    """The recorded text for an empty one; none is repeated."""
    await send(edge, "POST", USERS, {"username": "judy", "password": "one"})
    name = {} if path else {"username": "joan"}
    method = "PATCH" if path else "POST"
    empty = await send(edge, method, USERS + path, {**name, "password": ""})
    text = INVALID + '"" is shorter than 1 character (path: /password)'
    assert refusal(empty) == (400, 5, text)
    for bad in ("x" * 65, "tab\t", "é", "line\nbreak", "\x7f"):
        answer = await send(edge, method, USERS + path, {**name, "password": bad})
        assert refusal(answer)[:2] == (400, 5)
        assert bad not in refusal(answer)[2]
    assert edge.remote.passwords == {"judy": "one"}
    whole = "".join(map(chr, range(32, 96)))
    assert (await send(edge, method, USERS + path, {**name, "password": whole})).status in (
        200,
        201,
    )
    rest = "".join(map(chr, range(96, 127)))
    assert (await send(edge, "PATCH", f"{USERS}/judy", {"password": rest})).status == 200


@pytest.mark.parametrize(
    "user",
    [
        {"password": "p"},
        {"username": "judy"},
        {"username": "", "password": "p"},
        {"username": "x" * 32, "password": "p"},
        {"username": "../etc", "password": "p"},
        {"username": "-rf", "password": "p"},
        {"username": "9lives", "password": "p"},
        {"username": "judy", "password": 5},
        {"username": "judy", "password": "p", "comment": "a:b"},
        {"username": "judy", "password": "p", "comment": "a\nb"},
        {"username": "judy", "password": "p", "comment": "x" * 257},
        {"username": "judy", "password": "p", "uid": "0"},
        ["judy"],
        None,
    ],
)
async def test_what_is_no_account_is_refused_and_adds_none(edge: Edge, user: Any) -> None:
    """With 400 and code 5, in words."""
    answer = await edge.ask("POST", USERS, body=json.dumps({"data": user}), login="root")
    assert refusal(answer)[:2] == (400, 5)
    assert (await send(edge, "GET", USERS)).json()["data"] == []


async def test_what_cannot_be_changed_is_refused(edge: Edge) -> None:
    """The name is the key."""
    await send(edge, "POST", USERS, {"username": "judy", "password": "one", "comment": "c"})
    answer = await send(edge, "PATCH", f"{USERS}/judy", {"comment": "x", "username": "joan"})
    assert refusal(answer)[:2] == (400, 5)
    assert (await send(edge, "PATCH", f"{USERS}/judy/uid", "0")).status == 404
    listed = (await send(edge, "GET", USERS)).json()["data"]
    assert listed == [{"username": "judy", "comment": "c"}]


@pytest.mark.parametrize("login", ["oscar", "vera"])
async def test_all_of_it_is_for_administrators(edge: Edge, login: str) -> None:
    """Reading, too."""
    for method, path in (
        ("GET", USERS),
        ("POST", USERS),
        ("PATCH", f"{USERS}/judy"),
        ("DELETE", f"{USERS}/judy"),
        ("GET", "/api/remote-access"),
    ):
        answer = await send(edge, method, path, {} if method in ("POST", "PATCH") else None, login)
        assert answer.status in (401, 403), (method, path)


async def test_a_system_daemon_that_is_away_is_told(edge: Edge) -> None:
    """As 503, in the form of the family."""
    edge.remote.away = True
    answer = await send(edge, "GET", USERS)
    assert refusal(answer)[0] == 503


async def test_how_the_servers_are_can_be_seen(edge: Edge) -> None:
    """With the fingerprints that a client is shown at its first connection."""
    answer = await send(edge, "GET", "/api/remote-access")
    assert answer.json() == {
        "ssh": {"enabled": True, "state": "running", "detail": ""},
        "ftp": {"enabled": False, "state": "stopped", "detail": ""},
        "host_keys": [{"type": "ssh-ed25519", "fingerprint": "SHA256:" + "a" * 43}],
    }


async def test_discovery_lists_what_was_recorded(edge: Edge) -> None:
    """Id and version of the CGI; both versions of the other, one of them beta."""
    body = json.dumps({"apiVersion": "1.0", "method": "getApiList"})
    listed = await edge.ask("POST", "/axis-cgi/apidiscovery.cgi", body=body, login="root")
    (ssh,) = [one for one in listed.json()["data"]["apiList"] if one["id"] == "ssh"]
    assert (ssh["version"], ssh["name"], ssh["status"]) == ("1.0", "SSH", "official")
    apis = (await send(edge, "GET", "/config/discover")).json()["apis"]["ssh"]
    assert {key: (one["rest_api"], one["state"], one["version"]) for key, one in apis.items()} == {
        "v1": ("/config/rest/ssh/v1beta", "beta", "1.0.0-beta.1"),
        "v2": ("/config/rest/ssh/v2", "released", "2.0.1"),
    }


@pytest.mark.covers("M-ACC-11", part="what would be cut off on its way is refused")
@pytest.mark.parametrize("bad", ["ju\0dy", "\0", "ju\ufffedy", "ju\uffffdy"])
async def test_a_text_that_does_not_travel_is_refused(edge: Edge, bad: str) -> None:
    """The bus ends a text at a NUL: "ju" would be added, or a shorter password than was meant be set."""
    user = {"username": "joan", "password": "one", "comment": "c"}
    await send(edge, "POST", USERS, {"username": "judy", "password": "one"})
    for name in user:
        answer = await send(edge, "POST", USERS, {**user, name: bad})
        assert refusal(answer)[:2] == (400, 5), name
    for name in ("password", "comment"):
        assert refusal(await send(edge, "PATCH", f"{USERS}/judy", {name: bad}))[:2] == (400, 5)
        assert refusal(await send(edge, "PATCH", f"{USERS}/judy/{name}", bad))[:2] == (400, 5)
    assert edge.remote.passwords == {"judy": "one"}
    assert (await send(edge, "GET", f"{USERS}/judy/comment")).json()["data"] == ""
