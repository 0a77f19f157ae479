"""Audio device control, mixer and analytics on the whole suite: all turn the same knobs."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.playing import update
from tests.suite import Unit, until

CONTROL = "/axis-cgi/audiodevicecontrol.cgi"
MIXER = "/axis-cgi/audiomixer.cgi"
ANALYTICS = "/axis-cgi/audioanalytics.cgi"
VOLUME = "/vapix/audiocontrol"
SHIPPED = {
    "AudioSource__A0__OutputGain": "0",
    "AudioSource__A0__InputGain": "0",
    "AudioSource__A0__InputType": "mic",
    "AudioSource__A0__MicrophonePower": "no",
    "AudioSource__A0__MicrophonePowerType": "none",
    "AudioSource__A0__AlarmLevel": "100",
    "Audio__Input__SeparateGain": "no",
    "Audio__Input__NoiseSuppression": "no",
    "Audio__Output__Equaliser": "flat",
    "Audio__Output__AutomaticVolume__Range": "10",
}


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator's client; the sound path is as shipped before and after."""
    with unit.admin() as client:
        update(client, **SHIPPED)
        yield client
        update(client, **SHIPPED)


def ask(
    client: httpx.Client, path: str, method: str, params: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Call a method and return the whole reply."""
    body = {"apiVersion": "1.0", "context": "c", "method": method, "params": params or {}}
    answer = client.post(path, json=body)
    assert answer.status_code == 200
    reply: dict[str, Any] = answer.json()
    assert reply["context"] == "c"
    return reply


def values(client: httpx.Client, *names: str) -> list[str]:
    """Return the values of parameters."""
    lines = client.get(
        "/axis-cgi/param.cgi", params={"action": "list", "group": ",".join(names)}
    ).text.splitlines()
    found = dict(line.removeprefix("root.").split("=", 1) for line in lines)
    return [found[name] for name in names]


def output(**channel: Any) -> dict[str, Any]:
    """Return the tree that sets the output's channel."""
    signaling = {"id": "unbalanced", "channels": [{"id": "0", **channel}]}
    connection = {"id": "internal", "signalingTypes": [signaling]}
    return {"devices": [{"id": "0", "outputs": [{"id": "0", "connectionTypes": [connection]}]}]}


def of_type(id_: str, power: str | None = None, **channel: Any) -> dict[str, Any]:
    """Return the part of the tree for a type of input."""
    signaling: dict[str, Any] = {"id": "unbalanced"}
    if channel:
        signaling["channels"] = [{"id": 0, **channel}]
    if power:
        signaling["powerType"] = power
    return {"id": id_, "signalingTypes": [signaling]}


def inputs(*types: dict[str, Any], **port: Any) -> dict[str, Any]:
    """Return the tree that sets the input."""
    return {"devices": [{"id": 0, "inputs": [{"id": "0", "connectionTypes": types, **port}]}]}


def channel_of(reply: dict[str, Any], side: str, type_: str) -> dict[str, Any]:
    """Return the one channel of a connection type."""
    (port,) = reply["data"]["devices"][0][side]
    (connection,) = [one for one in port["connectionTypes"] if one["id"] == type_]
    channel: dict[str, Any] = connection["signalingTypes"][0]["channels"][0]
    return channel


@pytest.mark.covers("M-AUD-05", part="API")
@pytest.mark.covers("M-AUD-12", part="API")
def test_the_topology_is_one_input_of_two_types_and_one_output(admin: httpx.Client) -> None:
    """Ids are strings, everything is named and enabled or not, and the gains are those of the parameters."""
    (capable,) = ask(admin, CONTROL, "getDevicesCapabilities")["data"]["devices"]
    types = {one["id"]: one["signalingTypes"][0] for one in capable["inputs"][0]["connectionTypes"]}
    assert list(types) == ["mic", "line"]
    assert types["mic"]["powerTypes"] == ["Off", "On"]
    assert types["line"]["powerTypes"] == ["Off"]
    assert types["mic"]["gainValues"][:2] == [-34.5, -33]
    assert types["mic"]["gainValues"][-1] == 12
    out = capable["outputs"][0]["connectionTypes"][0]["signalingTypes"][0]
    assert out == {"id": "unbalanced", "gainValues": list(range(-72, 7))}
    (now,) = ask(admin, CONTROL, "getDevicesSettings")["data"]["devices"]
    for port in (*now["inputs"], *now["outputs"]):
        assert isinstance(port["enabled"], bool)
        assert isinstance(port["id"], str)
        for connection in port["connectionTypes"]:
            assert connection["signalingTypeSelected"] == "unbalanced"
            assert connection["signalingTypes"][0]["channels"] == [
                {"id": "0", "gain": 0, "mute": False}
            ]
    assert now["inputs"][0]["connectionTypeSelected"] == "mic"
    assert ask(admin, CONTROL, "getHazardousSettings")["data"] == {"powerTypes": []}


@pytest.mark.covers("M-AUD-13", part="API")
def test_gain_and_mute_are_the_vapix_parameter(admin: httpx.Client) -> None:
    """Each half can be set alone; a level set under the mute is the one to which unmuting returns, by any API."""
    assert ask(admin, CONTROL, "setDevicesSettings", output(gain=-10))["data"] == {}
    assert values(admin, "AudioSource.A0.OutputGain") == ["-10"]
    ask(admin, CONTROL, "setDevicesSettings", output(mute=True))
    assert values(admin, "AudioSource.A0.OutputGain") == ["mute"]
    told = channel_of(ask(admin, CONTROL, "getDevicesSettings"), "outputs", "internal")
    assert told == {"id": "0", "gain": -10, "mute": True}
    ask(admin, CONTROL, "setDevicesSettings", output(gain=-15))
    assert values(admin, "AudioSource.A0.OutputGain", "Audio.Output.Level") == ["mute", "-15"]
    simple = {
        "format": "simple",
        "action": "axac:SetVolume",
        "Volume_ForegroundVolumeMute": "false",
    }
    assert admin.get(VOLUME, params=simple).status_code == 200
    assert values(admin, "AudioSource.A0.OutputGain") == ["-15"]
    update(admin, AudioSource__A0__OutputGain="-3")
    told = channel_of(ask(admin, CONTROL, "getDevicesSettings"), "outputs", "internal")
    assert told == {"id": "0", "gain": -3, "mute": False}
    assert ask(admin, CONTROL, "setDevicesSettings", output(gain=-0.0))["data"] == {}
    assert values(admin, "AudioSource.A0.OutputGain") == ["0"]


@pytest.mark.covers("M-AUD-09", part="memory over the API")
@pytest.mark.covers("M-AUD-06", part="API")
@pytest.mark.covers("M-AUD-11", part="API")
def test_each_type_of_input_keeps_gain_mute_and_power(admin: httpx.Client) -> None:
    """With separate gains each type has its own, over a change of type by any API."""
    update(admin, Audio__Input__SeparateGain="yes")
    wanted = inputs(of_type("mic", "On", gain=6), of_type("line", gain=-9, mute=True))
    assert ask(admin, CONTROL, "setDevicesSettings", wanted)["data"] == {}
    assert values(admin, "AudioSource.A0.InputGain") == ["6"]
    assert values(
        admin, "AudioSource.A0.MicrophonePower", "AudioSource.A0.MicrophonePowerType"
    ) == ["yes", "electret"]
    update(admin, AudioSource__A0__InputType="line")
    until("the line is muted", lambda: values(admin, "AudioSource.A0.InputGain") == ["mute"])
    ask(admin, CONTROL, "setDevicesSettings", inputs(of_type("line", mute=False)))
    assert values(admin, "AudioSource.A0.InputGain") == ["-9"]
    ask(admin, CONTROL, "setDevicesSettings", inputs(connectionTypeSelected="mic"))
    until("the microphone has its gain", lambda: values(admin, "AudioSource.A0.InputGain") == ["6"])


@pytest.mark.covers("M-AUD-04", part="API")
def test_the_input_is_switched_on_and_off(admin: httpx.Client) -> None:
    """It is the same switch as the parameter's, and what it is switched to is told."""
    for enabled, word in ((True, "yes"), (False, "no")):
        assert ask(admin, CONTROL, "setDevicesSettings", inputs(enabled=enabled))["data"] == {}
        assert values(admin, "AudioSource.A0.AudioSupport") == [word]
        (device,) = ask(admin, CONTROL, "getDevicesSettings")["data"]["devices"]
        assert device["inputs"][0]["enabled"] is enabled


def test_without_separate_gains_all_types_have_one(admin: httpx.Client) -> None:
    """Either type sets the gain of both; two different ones at once are refused."""
    ask(admin, CONTROL, "setDevicesSettings", inputs(of_type("line", gain=4.5)))
    assert values(admin, "AudioSource.A0.InputGain") == ["4.5"]
    told = ask(admin, CONTROL, "getDevicesSettings")
    assert channel_of(told, "inputs", "mic")["gain"] == 4.5
    wanted = inputs(of_type("line", gain=3), of_type("mic", gain=6))
    assert ask(admin, CONTROL, "setDevicesSettings", wanted)["error"]["code"] == 2104
    assert values(admin, "AudioSource.A0.InputGain") == ["4.5"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, 2103),
        ({"devices": "0"}, 2104),
        ({"devices": [{"id": "1"}]}, 2104),
        ({"devices": [{"id": "0", "outputs": [{"id": "7"}]}]}, 2104),
        ({"devices": [{"id": "0", "outputs": [{"id": "0", "enabled": False}]}]}, 2104),
        (output(gain=-10.5), 2104),
        (output(gain=100), 2104),
        (output(gain="-10"), 2104),
        (output(gain=-10, mute="no"), 2104),
        (inputs(of_type("digital")), 2104),
        (inputs(of_type("line", "On")), 2104),
        (inputs(of_type("mic", "P48")), 2104),
        (inputs(of_type("mic", gain=6), connectionTypeSelected="xlr"), 2104),
    ],
)
def test_what_is_wrong_changes_nothing(
    admin: httpx.Client, params: dict[str, Any], code: int
) -> None:
    """A good part beside a bad one is not done either."""
    bad = {**params}
    if isinstance(params.get("devices"), list):
        bad["devices"] = [*output(gain=-20)["devices"], *params["devices"]]
    reply = ask(admin, CONTROL, "setDevicesSettings", bad)
    assert reply["error"]["code"] == code
    assert values(admin, "AudioSource.A0.OutputGain", "AudioSource.A0.InputGain") == ["0", "0"]


def test_what_the_documentation_says_is_ignored_is_ignored(admin: httpx.Client) -> None:
    """A mute that lies outside the full path does nothing, and is no error."""
    wanted = {"devices": [{"id": "0", "outputs": [{"id": "0", "mute": True}]}]}
    assert ask(admin, CONTROL, "setDevicesSettings", wanted)["data"] == {}
    assert values(admin, "AudioSource.A0.OutputGain") == ["0"]


def test_roles_are_those_of_the_reference(unit: Unit, admin: httpx.Client) -> None:
    """A viewer may look at the settings and no more; switching the input needs an administrator."""
    for name, groups in (("looker", "viewer"), ("worker", "operator:viewer")):
        admin.post(
            "/axis-cgi/pwdgrp.cgi",
            data={
                "action": "add",
                "user": name,
                "pwd": "a password 1",
                "grp": "users",
                "sgrp": groups,
            },
        )
    try:
        with unit.user("looker", "a password 1") as viewer:
            assert "data" in ask(viewer, CONTROL, "getDevicesSettings")
            for path, method in (
                (CONTROL, "getDevicesCapabilities"),
                (CONTROL, "setDevicesSettings"),
                (CONTROL, "getHazardousSettings"),
                (CONTROL, "getSupportedVersions"),
                (MIXER, "getPluginsSettings"),
                (ANALYTICS, "getPluginsSettings"),
            ):
                reply = ask(viewer, path, method, output(gain=-6))
                assert reply["error"] == {"code": 2105, "message": "Authorization failed."}, method
            assert (
                viewer.get(
                    VOLUME, params={"format": "simple", "action": "axac:GetVolume"}
                ).status_code
                == 403
            )
        with unit.user("worker", "a password 1") as operator:
            assert ask(operator, CONTROL, "setDevicesSettings", output(gain=-6))["data"] == {}
            reply = ask(operator, CONTROL, "setDevicesSettings", inputs(enabled=True))
            assert reply["error"]["code"] == 2105
    finally:
        for name in ("looker", "worker"):
            admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": name})
    assert values(admin, "AudioSource.A0.OutputGain", "AudioSource.A0.AudioSupport") == ["-6", "no"]


@pytest.mark.covers("M-AUD-10", part="API")
@pytest.mark.covers("M-AUD-08", part="API")
@pytest.mark.covers("M-AUD-14", part="API")
def test_the_mixer_has_every_stage_as_a_plugin(admin: httpx.Client) -> None:
    """Settings are the parameters; schemas say what they can be; a wrong one changes nothing."""
    (device,) = ask(admin, MIXER, "getPluginsSettings")["data"]["devices"]
    heard = {one["id"]: one["settings"] for one in device["inputs"][0]["plugins"]}
    played = {one["id"]: one["settings"] for one in device["outputs"][0]["plugins"]}
    assert set(heard) == {"automaticGainControl", "noiseSuppression", "echoCancellation"}
    assert played["equalizer"] == {"preset": "flat"}
    assert played["automaticVolumeControl"] == {"enabled": False, "range": 10, "reference": -60}
    schema = ask(admin, MIXER, "getPluginSchema", {"plugin": "automaticVolumeControl"})["data"]
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["properties"]["range"]["maximum"] == 20
    assert (
        "horn"
        in ask(admin, MIXER, "getPluginSchema", {"plugin": "equalizer"})["data"]["properties"][
            "preset"
        ]["enum"]
    )

    def tree(out: dict[str, Any], into: dict[str, Any] | None = None) -> dict[str, Any]:
        device: dict[str, Any] = {"id": "0", "outputs": [{"id": "0", "plugins": [out]}]}
        if into:
            device["inputs"] = [{"id": "0", "plugins": [into]}]
        return {"devices": [device]}

    reply = ask(
        admin,
        MIXER,
        "setPluginsSettings",
        tree(
            {"id": "automaticVolumeControl", "settings": {"range": 6}},
            {"id": "noiseSuppression", "settings": {"enabled": True}},
        ),
    )
    assert "data" not in reply
    assert "error" not in reply
    names = ("Audio.Output.AutomaticVolume.Range", "Audio.Input.NoiseSuppression")
    assert values(admin, *names) == ["6", "yes"]
    for bad in (
        {"id": "automaticVolumeControl", "settings": {"range": 60}},
        {"id": "automaticVolumeControl", "settings": {"range": "6"}},
        {"id": "equalizer", "settings": {"preset": "loud"}},
        {"id": "equalizer", "settings": {"band0": 3}},
        {"id": "simpleEq", "settings": {}},
    ):
        off = {"id": "noiseSuppression", "settings": {"enabled": False}}
        reply = ask(admin, MIXER, "setPluginsSettings", tree(bad, off))
        assert reply["error"]["code"] == 2104, bad
    assert ask(admin, MIXER, "getPluginSchema")["error"]["code"] == 2103
    assert values(admin, *names) == ["6", "yes"]


@pytest.mark.covers("M-DET-01", part="API")
def test_analytics_is_the_alarm_level(admin: httpx.Client) -> None:
    """The one plugin says what it is, and its setting is the parameter."""
    (schema,) = ask(admin, ANALYTICS, "getPluginsSchemas")["data"]["schemas"]
    assert schema["id"] == "AudioDetection"
    level = schema["properties"]["alarmLevel"]
    assert (level["type"], level["minimum"], level["maximum"]) == ("integer", 0, 100)
    plugin = {"id": "AudioDetection", "settings": {"alarmLevel": 40}}
    wanted = {"devices": [{"id": "0", "inputs": [{"id": "0", "plugins": [plugin]}]}]}
    assert "data" not in ask(admin, ANALYTICS, "setPluginsSettings", wanted)
    assert values(admin, "AudioSource.A0.AlarmLevel") == ["40"]
    (device,) = ask(admin, ANALYTICS, "getPluginsSettings")["data"]["devices"]
    assert device["inputs"][0]["plugins"] == [plugin]


@pytest.mark.parametrize(
    "path", [CONTROL, MIXER, ANALYTICS, "/axis-cgi/audio/streamingcapabilities.cgi"]
)
def test_what_is_no_request_is_refused_in_the_words_of_the_reference(
    admin: httpx.Client, path: str
) -> None:
    """2106 would tell a client that its password is wrong."""
    method = {
        "apiVersion": "2.0",
        "method": "list" if "streaming" in path else "getPluginsSettings",
    }
    if path == CONTROL:
        method["method"] = "getDevicesSettings"
    for content, error in (
        ("{", {"code": 2101, "message": "The provided JSON input was invalid."}),
        (
            json.dumps(method),
            {"code": 2100, "message": "The requested API version is not supported."},
        ),
        ("x" * 70_000, {"code": 2107, "message": "The request body is too large"}),
    ):
        assert admin.post(path, content=content).json()["error"] == error


def test_discovery_lists_them(admin: httpx.Client) -> None:
    """The ids under which clients look for them."""
    listed = ask(admin, "/axis-cgi/apidiscovery.cgi", "getApiList")["data"]["apiList"]
    ids = {one["id"]: one["version"] for one in listed}
    for id_ in ("audio-device-control", "audio-mixer", "audio-analytics"):
        assert ids[id_] == "1.0"
