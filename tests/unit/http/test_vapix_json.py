"""The envelope of JSON APIs and the APIs made of it, as the recorded answers have them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from common import errors
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.problems import HTTP_STATUS
from daemons.http.routes import Routes
from daemons.http.vapix.catalogue import CATALOGUE, Catalogue, Description
from daemons.http.vapix.families import FIRST_GENERATION, SECOND_GENERATION, SYSTEMREADY, Fault
from daemons.http.vapix.json_api import JsonApi, NoData, NoParameters
from tests.unit.http.edge import Edge
from tests.unit.http.fakes import BOOT_ID

DISCOVERY = "/axis-cgi/apidiscovery.cgi"
INFO = "/axis-cgi/basicdeviceinfo.cgi"
READY = "/axis-cgi/systemready.cgi"
FIND = "/axis-cgi/findmydevice.cgi"


async def call(edge: Edge, path: str, body: Any, login: str | None = "root") -> Any:
    """Send a request and return the envelope of the answer."""
    content = body if isinstance(body, bytes) else json.dumps(body)
    answer = await edge.ask("POST", path, body=content, login=login)
    assert answer.status == 200, answer.text
    assert answer.header("content-type") == "application/json"
    return answer.json()


@pytest.mark.parametrize("params", [[], [1], "x", 1, {"a": 1}, None])
async def test_who_needs_no_parameters_gets_any(edge: Edge, params: object) -> None:
    """An empty list, as clients of APIs send that have lists elsewhere."""
    body = {"apiVersion": "1.0", "method": "getSupportedVersions", "params": params}
    assert "data" in await call(edge, DISCOVERY, body, None)


async def test_api_discovery_lists_what_is_there_and_nothing_else(edge: Edge) -> None:
    """Clients take a listed id as support: each one has a path."""
    answer = await call(edge, DISCOVERY, {"apiVersion": "1.0", "method": "getApiList"}, None)
    assert (answer["apiVersion"], answer["method"]) == ("1.1", "getApiList")
    assert {(one["id"], one["version"]) for one in answer["data"]["apiList"]} == {
        ("api-discovery", "1.1"),
        ("audio-analytics", "1.0"),
        ("audio-device-control", "1.0"),
        ("audio-mixer", "1.0"),
        ("audio-streaming-capabilities", "1.0"),
        ("basic-device-info", "1.3"),
        ("findmydevice", "1.1"),
        ("fwmgr", "1.8"),
        ("event-mqtt-bridge", "1.2"),
        ("event-streaming-over-websocket", "1.0"),
        ("io-port-management", "1.1"),
        ("mediaclip", "1.0"),
        ("mqtt-client", "1.6"),
        ("param-cgi", "1.0"),
        ("sip", "2.2"),
        ("speakertest", "1.0"),
        ("ssh", "1.0"),
        ("supervised-io", "2.0"),
        ("systemready", "1.4"),
        ("user-management", "1.2"),
    }
    assert all(
        one.keys() == {"id", "version", "name", "docLink", "status"}
        for one in answer["data"]["apiList"]
    )


def _is_first(api: Description) -> bool:
    """Whether API discovery lists an API of version 1."""
    return api.id is not None and api.version.startswith("1.")


@pytest.mark.parametrize(
    ("id", "version", "count"),
    [
        ("param-cgi", "*", 1),
        ("*ready", "1.?", 1),
        ("x*", "*", 0),
        ("*", "9.*", 0),
        ("*" * 64, "1.*", sum(_is_first(api) for api in CATALOGUE)),
    ],
)
async def test_api_discovery_filters(edge: Edge, id: str, version: str, count: int) -> None:
    """By patterns; no match is an empty list."""
    body = {"apiVersion": "1.1", "method": "getApiList", "params": {"id": id, "version": version}}
    answer = await call(edge, DISCOVERY, body, None)
    assert len(answer["data"]["apiList"]) == count


@pytest.mark.parametrize(("path", "version"), [(DISCOVERY, "1.1"), (INFO, "1.3"), (READY, "1.5")])
async def test_supported_versions_need_no_version(edge: Edge, path: str, version: str) -> None:
    """And the answer carries none."""
    answer = await call(edge, path, {"method": "getSupportedVersions"}, None)
    assert answer == {"method": "getSupportedVersions", "data": {"apiVersions": [version]}}


@pytest.mark.covers("M-STA-05", "M-STA-01", part="API")
async def test_basic_device_info_is_whole_and_names_no_method(edge: Edge) -> None:
    """Python's axis indexes every key, and the context."""
    body = {"apiVersion": "1.0", "context": "Axis library", "method": "getAllProperties"}
    answer = await call(edge, INFO, body, "oscar")
    assert answer.keys() == {"apiVersion", "context", "data"}
    properties = answer["data"]["propertyList"]
    recorded = Path(__file__).with_name("recorded.json").read_text()
    assert set(properties) == set(json.loads(recorded)["basicdeviceinfo"])
    assert properties["SerialNumber"] == "ACCC8E012345"
    assert properties["Version"] == "12.9.0"


async def test_some_properties_need_no_login(edge: Edge) -> None:
    """All but the three that tell what is inside."""
    body = {"apiVersion": "1.0", "method": "getAllUnrestrictedProperties"}
    answer = await call(edge, INFO, body, None)
    assert len(answer["data"]["propertyList"]) == 11
    assert not {"Soc", "SocSerialNumber", "Architecture"} & set(answer["data"]["propertyList"])


async def test_properties_can_be_asked_for_by_name(edge: Edge) -> None:
    """None gives none; an unknown one is named."""
    body = {"apiVersion": "1.3", "method": "getProperties", "params": {"propertyList": ["Brand"]}}
    assert (await call(edge, INFO, body))["data"] == {"propertyList": {"Brand": "AXIS"}}
    body["params"] = {"propertyList": []}
    assert (await call(edge, INFO, body))["data"] == {"propertyList": {}}
    body["params"] = {"propertyList": ["Nix"]}
    error = (await call(edge, INFO, body))["error"]
    assert error == {"code": 1000, "message": "Property not supported: Nix"}
    del body["params"]
    assert (await call(edge, INFO, body))["error"]["code"] == 4002


async def test_systemready_tells_all_in_texts(edge: Edge) -> None:
    """As a 12.9 does; the version asked for may be just `1`."""
    for version in ("1", "1.0", "1.5", 1):
        answer = await call(edge, READY, {"apiVersion": version, "method": "systemready"}, None)
        assert answer == {
            "apiVersion": "1.5",
            "method": "systemready",
            "data": {
                "systemready": "yes",
                "needsetup": "no",
                "uptime": "7800",
                "bootid": BOOT_ID,
                "passphrasepolicy": "none",
            },
        }


async def test_systemready_waits_no_longer_than_asked(edge: Edge) -> None:
    """And says so when the unit is still not ready."""
    edge.system.is_ready = False
    body = {"apiVersion": "1.5", "method": "systemready", "params": {"timeout": 0.3}}
    answer = await call(edge, READY, body, None)
    assert answer["data"]["systemready"] == "no"
    assert edge.system.asked > 1


@pytest.mark.covers("M-STA-04", part="API")
async def test_the_unit_is_found_and_lost_again(edge: Edge) -> None:
    """`find` with and without a duration, busy, `stop`."""
    body: dict[str, Any] = {"apiVersion": "1.1", "method": "find", "params": {"duration": 10}}
    assert (await call(edge, FIND, body))["data"] == {}
    assert (await call(edge, FIND, body))["error"]["code"] == 2201
    assert (await call(edge, FIND, {"apiVersion": "1.1", "method": "stop"}))["data"] == {}
    assert (await call(edge, FIND, {"apiVersion": "1.0", "method": "find"}))["data"] == {}
    for duration in (0, -1, 3601, "x", None):
        body["params"]["duration"] = duration
        assert (await call(edge, FIND, body))["error"]["code"] == 2104
    answer = await edge.ask("GET", FIND, login="root")
    assert answer.json()["error"]["code"] == 2200


@pytest.mark.parametrize(
    ("body", "first", "second"),
    [
        (b"", 4000, 2101),
        (b"x", 4000, 2101),
        (b"{", 4000, 2101),
        (b"\xff\xfe", 4000, 2101),
        (b'{"method":"\xff"}', 4000, 2101),
        (b'{"context":' + b"[" * 30_000 + b"]" * 30_000 + b"}", 4000, 2101),
        (b"[]", 4002, 2103),
        (b"{}", 4002, 2103),
        (b'{"method":5}', 4002, 2103),
        (b'{"method":"getApiList"}', 2004, 2102),
        (b'{"apiVersion":"1.0","method":"nix"}', 2004, 2102),
        (b'{"apiVersion":"1.0","method":""}', 2004, 2102),
        (b'{"method":"@"}', 4002, 2103),
        (b'{"apiVersion":"2.0","method":"@"}', 2003, 2100),
        (b'{"apiVersion":"1.99","method":"@"}', 2003, 2100),
        (b'{"apiVersion":"x","method":"@"}', 2003, 2100),
        (b'{"apiVersion":"","method":"@"}', 2003, 2100),
        (b'{"apiVersion":"1.0","method":"@","params":[]}', 1000, 2104),
        (b'{"apiVersion":"1.0","method":"@","params":5}', 1000, 2104),
        (b'{"apiVersion":"1.0","method":"@","params":{"#":7.5}}', 1000, 2104),
        (b'{"apiVersion":"1.0","method":"@","params":{"#":[5]}}', 1000, 2104),
        (b'{"apiVersion":"1.0","method":"@","params":{"#":{}}}', 1000, 2104),
        (b" " * 65_537, 4000, 2106),
    ],
)
async def test_a_bad_request_gets_the_code_of_its_family(
    edge: Edge, body: bytes, first: int, second: int
) -> None:
    """Always HTTP 200, and nothing happens (classes W7 and W13 of the known vulnerabilities)."""
    for path, method, parameter, code in (
        (INFO, b"getProperties", b"propertyList", first),
        (FIND, b"find", b"duration", second),
    ):
        content = body.replace(b"@", method).replace(b"#", parameter)
        if path == FIND and b"7.5" in content:
            continue  # half a second is a duration
        answer = await call(edge, path, content)
        assert answer["error"]["code"] == code, answer
        assert "data" not in answer
    assert not edge.system.located


async def test_the_context_comes_back_as_it_was(edge: Edge) -> None:
    """In errors too; it is absent when none was sent."""
    for context in ("abc", 5, None, {"a": [1, "é"]}, "\u0000"):
        for method in ("getApiList", "nix"):
            body = {"apiVersion": "1.0", "context": context, "method": method}
            answer = await call(edge, DISCOVERY, body, None)
            assert answer["context"] == context
            assert answer["method"] == method
    assert "context" not in await call(edge, DISCOVERY, {"method": "nix"}, None)


async def test_a_get_is_told_to_post(edge: Edge) -> None:
    """Family E has a text for it; where a login is needed it is asked for first."""
    answer = await edge.ask("GET", DISCOVERY)
    assert answer.json()["error"] == {
        "code": 2002,
        "message": "HTTP request type 'GET' not supported",
    }
    assert (await edge.ask("GET", INFO)).status == 401
    assert (await edge.ask("GET", INFO, login="vera")).json()["error"]["code"] == 2002


async def test_an_empty_post_is_a_digest_client_asking_for_its_challenge(edge: Edge) -> None:
    """Such as curl, which sends the body only once it knows the nonce."""
    assert (await edge.ask("POST", INFO)).status == 401


async def test_the_type_of_the_body_does_not_matter(edge: Edge) -> None:
    """Clients send all kinds, a byte order mark among them."""
    content = b'\xef\xbb\xbf{"apiVersion":"1.0","method":"getApiList"}'
    answer = await edge.ask("POST", DISCOVERY, body=content, headers={"Content-Type": "text/plain"})
    assert "data" in answer.json()


@pytest.mark.parametrize("error", [errors.ApplianceError, *errors.FAMILY])
@pytest.mark.parametrize("family", [FIRST_GENERATION, SECOND_GENERATION, SYSTEMREADY])
def test_every_error_of_the_suite_has_a_code_at_every_edge(error: Any, family: Any) -> None:
    """By itself or by an ancestor; and a status in HTTP."""
    assert errors.nearest(family.errors, error("x"))
    assert errors.nearest(HTTP_STATUS, error("x"))
    assert set(family.codes) == set(Fault)


def test_a_method_says_who_may_call_it() -> None:
    """There is no default; what its path refuses at the door cannot be open behind it; names are unique."""
    api = JsonApi(
        "/axis-cgi/some.cgi",
        id="some",
        name="Some",
        version="1.0",
        family=SECOND_GENERATION,
        access=Access.VIEWER,
        routes=Routes(),
        catalogue=Catalogue(),
    )

    async def handler(_call: Call, _parameters: NoParameters) -> NoData:
        """Do nothing."""
        return NoData()

    with pytest.raises(TypeError):
        api.method("a")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="is open"):
        api.method("a", access=Access.ANYBODY, changes=False)(handler)
    api.method("a", access=Access.VIEWER, changes=False)(handler)
    with pytest.raises(ValueError, match="twice"):
        api.method("a", access=Access.VIEWER, changes=False)(handler)
    assert msgspec.json.encode(NoData()) == b"{}"


@pytest.mark.parametrize("preset", ["flat\0", "flat\ufffe", "flat\U0001ffff"])
async def test_a_text_that_would_get_lost_on_the_way_is_refused(edge: Edge, preset: str) -> None:
    """The bus cuts a text off at a NUL: what is set would not be what was sent."""
    plugin = {"id": "equalizer", "settings": {"preset": preset}}
    port = {"id": "0", "plugins": [plugin]}
    asked = {
        "apiVersion": "1.0",
        "method": "setPluginsSettings",
        "params": {"devices": [{"id": "0", "outputs": [port]}]},
    }
    answer = await call(edge, "/axis-cgi/audiomixer.cgi", asked)
    assert "NUL" in answer["error"]["message"]


@pytest.mark.parametrize("group", ["224.1.1.1\0", "224.1.1.1\ufffe"])
async def test_the_same_holds_for_our_own_apis(edge: Edge, group: str) -> None:
    """A page for a group, say."""
    body = json.dumps({"clip": 1, "group": group, "port": 5004})
    answer = await edge.ask("POST", "/api/multicast/page", body=body, login="oscar")
    assert (answer.status, "NUL" in answer.text) == (400, True)
