"""The volume control of clients before AXIS OS 10.12, on the whole suite: it turns the same knob as all others."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.playing import update
from tests.suite import Unit

VOLUME = "/vapix/audiocontrol"
OUTPUT_GAIN = "AudioSource.A0.OutputGain"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator's client; the output's gain is as shipped before and after."""
    with unit.admin() as client:
        update(client, **{OUTPUT_GAIN: "0"})
        yield client
        update(client, **{OUTPUT_GAIN: "0"})


def value(client: httpx.Client, name: str) -> str:
    """Return the value of a parameter."""
    answer = client.get("/axis-cgi/param.cgi", params={"action": "list", "group": name})
    return answer.text.strip().removeprefix("root.").removeprefix(f"{name}=")


def test_clients_before_10_12_set_the_volume(admin: httpx.Client) -> None:
    """Both forms, both volumes: one gain."""
    assert value(admin, "Properties.API.AudioControl.Version") == "1.0"
    asked = {"axac:SetVolume": {"Volume": {"BackgroundVolume": -20}}}
    assert admin.post(VOLUME, json=asked).json() == {}
    assert value(admin, OUTPUT_GAIN) == "-20"
    volume = admin.post(VOLUME, json={"axac:GetVolume": {}}).json()["Volume"]
    for side in ("Foreground", "Background"):
        assert volume[f"{side}Volume"] == -20
        assert volume[f"{side}VolumeUnit"] == "dB"
        assert volume[f"{side}VolumeMute"] is False
    simple = admin.get(VOLUME, params={"format": "simple", "action": "axac:GetVolume"})
    assert "Volume_ForegroundVolume=-20" in simple.text.splitlines()
    assert "Volume_ForegroundVolumeMute=false" in simple.text.splitlines()
    ranges = admin.post(VOLUME, json={"axac:GetControlCapabilities": {}}).json()
    assert ranges == {
        "Capabilities": {"VolumeRanges": {"Unit": "dB", "MinValue": -72, "MaxValue": 6}}
    }
    for bad in (
        {"ForegroundVolume": -20, "BackgroundVolume": -10},
        {"ForegroundVolume": 40},
        {"ForegroundVolume": "loud"},
        {"ForegroundVolumeMute": 1},
        {"ForegroundVolume": -10, "ForegroundVolumeUnit": "%"},
        "loud",
    ):
        answer = admin.post(VOLUME, json={"axac:SetVolume": {"Volume": bad}})
        assert (answer.status_code, answer.json()["Fault"]) == (400, "env:Sender"), bad
    assert value(admin, OUTPUT_GAIN) == "-20"


@pytest.mark.parametrize(
    ("changed", "status", "fault"),
    [
        ({}, 200, None),
        ({"ChannelId": "Foreground"}, 200, None),
        ({"Enabled": True}, 400, "env:Receiver"),
        ({"Enabled": "maybe"}, 400, "env:Sender"),
        ({"Enabled": None}, 400, "env:Sender"),
        ({"InputId": "analog_2"}, 400, "env:Sender"),
        ({"ChannelId": ["Foreground"]}, 400, "env:Sender"),
    ],
)
def test_the_input_is_never_played(
    admin: httpx.Client, changed: dict[str, Any], status: int, fault: str | None
) -> None:
    """The old volume control could mix it in: asked to, this unit says that it does not."""
    asked = {"InputId": "analog_1", "ChannelId": "Background", "Enabled": False, **changed}
    command = {"axac:SetInputConfiguration": {"InputConfiguration": asked}}
    answer = admin.post(VOLUME, json=command)
    assert (answer.status_code, answer.json().get("Fault")) == (status, fault)
