"""The REST API of the multicast controller and its discovery, as a client finds them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from common.bus.daemon import DaemonInterface
from common.bus.multicast import MulticastInterface
from common.bus.suite import AUDIO, HTTP, PARAMS
from common.errors import InvalidValue, NotFound, Unavailable
from tests.contract.multicast_rig import CONTROLLER, Controller, Speaker, error_of, receiving
from tests.contract.private_bus import PrivateBus, eventually
from tests.files import contents
from tests.suite import Unit
from tests.unit.audio_multicast.network import tone

KEY = "0f1e2d3c4b5a69788796a5b4c3d2" + "e1f0" * 8
TOPIC = "tnsaxis:AudioMulticastController/SourceState"


@pytest.fixture
def controller(unit: Unit) -> Iterator[Controller]:
    """A controller that is switched on, without sources."""
    with receiving(unit) as switched_on:
        yield switched_on


def test_a_source_is_added_changed_and_removed(controller: Controller) -> None:
    """As the reference has it: data in, data out, priorities without gaps, and no key in any answer."""
    source = {
        "label": "Lobby",
        "ipAddress": "239.9.9.9",
        "port": 5004,
        "prio": 2,
        "latencyProfile": "UltraLow",
        "srtpKey": KEY,
    }
    answer = controller.client.post(f"{CONTROLLER}/sources", json={"data": source})
    assert answer.status_code == 201
    added = answer.json()["data"]
    assert answer.json()["status"] == "success"
    del source["srtpKey"]
    assert added == {**source, "id": added["id"], "type": "Multicast"}
    assert 0 < len(added["id"]) <= 63
    where = f"/sources/{added['id']}"
    assert controller.get(where) == added
    assert [each["prio"] for each in controller.get("/sources")] == [1, 2, 3, 4]
    for name, value in (("label", "Hall"), ("port", 5006), ("latencyProfile", "Low"), ("prio", 4)):
        controller.set(f"{where}/{name}", value)
        assert controller.get(f"{where}/{name}") == value
    assert [each["id"] for each in controller.get("/sources")] == [
        *("SIP", "VAPIXAudio", "VAPIXMediaClip"),
        added["id"],
    ]
    controller.set(f"{where}/srtpKey", "")
    controller.set(f"{where}/srtpKey", KEY[:60])
    assert error_of(controller.client.get(f"{CONTROLLER}{where}/srtpKey"))[:2] == (404, 1)
    for path in ("", "/sources", where):
        assert KEY[:60] not in controller.client.get(CONTROLLER + path).text
    controller.remove(added["id"])
    assert error_of(controller.client.get(CONTROLLER + where))[:2] == (404, 2)


def test_the_whole_is_one_entity(controller: Controller) -> None:
    """Switched on, the codec of all sources by both of its names, and the sources."""
    whole = controller.get()
    assert whole.keys() == {"enabled", "audiocodec", "audioCodec", "sources"}
    assert (whole["enabled"], whole["audiocodec"], whole["audioCodec"]) == (True, "PCMU", "PCMU")
    controller.set("/audiocodec", "PCMA")
    assert controller.get("/audioCodec") == "PCMA"
    controller.set("/audioCodec", "G722")
    assert controller.get("/audiocodec") == controller.get()["audioCodec"] == "G722"
    controller.set("/enabled", False)
    assert controller.get("/enabled") is False


def test_refusals_have_the_form_of_their_family(controller: Controller) -> None:
    """400, 404, 405, 409 and 415, and nothing has changed."""
    client = controller.client
    taken = controller.add("taken", "239.9.9.9", 5004)
    before = controller.get()
    sources = f"{CONTROLLER}/sources"
    good = {"label": "x", "ipAddress": "239.9.9.8", "port": 5004}

    def post(data: object) -> tuple[int, int, str]:
        return error_of(client.post(sources, json={"data": data}))

    assert post({**good, "ipAddress": "10.0.0.1"})[:2] == (400, 5)
    assert post({**good, "prio": 14}) == (400, 5, "Validation error: prio must be from 1 to 13")
    assert post({**good, "srtpKey": KEY[:58]})[:2] == (400, 5)
    assert KEY[:58] not in post({**good, "srtpKey": KEY[:58]})[2]
    assert post([])[:2] == post({})[:2] == (400, 5)
    status, code, message = post({**good, "ipAddress": "239.9.9.9"})
    assert (status, code) == (409, 6)
    assert message.startswith("Item already exists: ")
    for content in (b"", b"{", b"[]", b"{}", b'{"data":', b"[" * 5_000, b"\xff"):
        headers = {"Content-Type": "application/json"}
        answer = client.post(sources, content=content, headers=headers)
        assert error_of(answer)[:2] == (400, 5), content[:9]
    answer = client.post(sources, content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert error_of(answer)[:2] == (415, 11)
    assert error_of(client.delete(f"{sources}/SIP"))[:2] == (400, 5)
    assert error_of(client.delete(f"{sources}/nobody")) == (
        *(404, 2),
        'Item does not exist: "nobody"',
    )
    for path in ("/nothing", f"/sources/{taken}/colour", f"/sources/{taken}/port/number"):
        assert error_of(client.get(CONTROLLER + path))[:2] == (404, 1)
        assert error_of(client.patch(CONTROLLER + path, json={"data": 1}))[:2] == (404, 1)
    assert error_of(client.delete(f"{CONTROLLER}/enabled"))[0] == 405
    assert error_of(client.put(f"{CONTROLLER}/enabled", json={"data": True}))[0] == 405
    assert error_of(client.patch(f"{CONTROLLER}/enabled", json={"data": "yes"}))[:2] == (400, 5)
    assert error_of(client.patch(f"{CONTROLLER}/audiocodec", json={"data": "MP3"}))[:2] == (400, 5)
    assert controller.get() == before


def test_only_administrators_have_the_controller(unit: Unit, controller: Controller) -> None:
    """Nobody reads it without a login; discovery is for every account."""
    assert unit.client.get(CONTROLLER).status_code == 401
    assert unit.client.get("/config/discover").status_code == 401
    operator = {"action": "add", "user": "opal", "pwd": "a good password", "sgrp": "operator"}
    answer = controller.client.post("/axis-cgi/pwdgrp.cgi", data={**operator, "grp": "users"})
    assert "Created account opal." in answer.text
    with unit.user("opal", "a good password") as opal:
        assert error_of(opal.get(CONTROLLER))[0] == 403
        assert error_of(opal.patch(f"{CONTROLLER}/enabled", json={"data": True}))[0] == 403
        assert opal.get("/config/discover").status_code == 200
        assert opal.get("/api/multicast").status_code == 200
    controller.client.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": "opal"})


def test_discovery_lists_what_there_is_in_the_recorded_shape(controller: Controller) -> None:
    """Same keys as on a recorded unit, and each link leads to something."""
    client = controller.client
    found = client.get("/config/discover").json()
    assert found.keys() == {"apis", "device", "framework_version"}
    leaf = found["apis"]["audio-multicast-ctrl"]["v1"]
    assert leaf.keys() == {
        *("doc", "doc_html", "model", "rest_api", "rest_openapi", "rest_ui", "state", "version")
    }
    assert leaf["rest_api"] == CONTROLLER
    assert (leaf["state"], leaf["version"]) == ("beta", "1.0.0-beta.3")
    links = [value for name, value in leaf.items() if name not in ("state", "version")]
    for link in [*links, *found["device"].values()]:
        assert client.get(link).status_code == 200, link
    level = "/config/discover/apis/audio-multicast-ctrl"
    assert client.get(level).json() == found["apis"]["audio-multicast-ctrl"]
    assert client.get(f"{level}/v1").json() == leaf
    assert error_of(client.get(f"{level}/v2"))[:2] == (404, 1)
    paths = client.get(leaf["rest_openapi"]).json()["paths"]
    assert f"{CONTROLLER}/sources/{{id}}" in paths
    model = client.get(leaf["model"]).json()
    assert "srtpKey" in model["root_entity"]["entities"]["sources"]["properties"]


async def test_states_are_events_and_sources_outlive_their_daemons(bus: PrivateBus) -> None:
    """Each source tells whether it speaks; a killed daemon comes back with all of them, keys sealed."""
    await bus.start(PARAMS)
    audio = await bus.start(AUDIO, C8210_MULTICAST_INTERFACE="lo")
    async with bus.joined(HTTP) as http:
        happened: list[tuple[dict[str, str], dict[str, str]]] = []

        def heard(topic: str, source: dict[str, str], data: dict[str, str], _at: float) -> None:
            if topic == TOPIC:
                happened.append((source, data))

        await http.subscribe(DaemonInterface.event, AUDIO, heard)
        multicast = http.proxy(MulticastInterface, AUDIO)
        given = {"label": "one", "ipAddress": "239.7.7.9", "port": 5610, "latencyProfile": "Low"}
        id_ = json.loads(await multicast.add_source(json.dumps(given)))["id"]
        keyed = {**given, "port": 5611, "label": "two", "srtpKey": KEY}
        await multicast.add_source(json.dumps({**keyed, "prio": 1}))
        await multicast.change_controller('{"enabled": true}')

        async def running() -> bool:
            return bool(json.loads(await multicast.state())["running"])

        await _until_true(running)
        speaker = Speaker(tone(0.4), "PCMU", "239.7.7.9", 5610)
        await eventually(lambda: len(happened) == 2, "it spoke and stopped")
        speaker.join()
        assert happened == [({"SrcID": id_}, {"State": "1"}), ({"SrcID": id_}, {"State": "0"})]
        before = await multicast.controller()
        audio.kill()
        await bus.start(AUDIO, C8210_MULTICAST_INTERFACE="lo")

        async def same() -> bool:
            try:
                return await multicast.controller() == before
            except Unavailable:
                return False

        await _until_true(same)
        assert [each["encrypted"] for each in json.loads(await multicast.state())["sources"]] == [
            *(True, False),
        ]
        with pytest.raises(NotFound):
            await multicast.remove_source("nobody")
        with pytest.raises(InvalidValue):
            await multicast.add_source("[]")
    assert _kept_without(KEY, bus.folder) > 3


async def test_a_source_that_no_interface_can_receive_says_so(bus: PrivateBus) -> None:
    """Its fault names the interface which the unit does not have."""
    await bus.start(PARAMS)
    await bus.start(AUDIO, C8210_MULTICAST_INTERFACE="nosuch0")
    async with bus.joined(HTTP) as http:
        multicast = http.proxy(MulticastInterface, AUDIO)
        await multicast.add_source('{"label": "one", "ipAddress": "239.7.7.9", "port": 5612}')
        await multicast.change_controller('{"enabled": true}')

        async def at_fault() -> bool:
            (source,) = json.loads(await multicast.state())["sources"]
            return "nosuch0" in (source["fault"] or "")

        await _until_true(at_fault)


async def _until_true(question: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await question():
            await asyncio.sleep(0.05)


def _kept_without(text: str, folder: Path) -> int:
    """Return how many files there are; none of them may hold a text, logs included."""
    files = contents(folder)
    assert [path for path, content in files.items() if text.encode() in content] == []
    return len(files)
