"""The audio input and the levels over HTTP, on a whole unit."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.heard import RATE, as_wav
from tests.playing import update
from tests.suite import ROOT_PASSWORD, Unit, until

SUPPORT = "AudioSource.A0.AudioSupport"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator; the input is off afterwards, and as it was."""
    with unit.admin() as client:
        yield client
        update(
            client,
            AudioSource__A0__AudioSupport="no",
            AudioSource__A0__InputType="mic",
            AudioSource__A0__InputGain="0",
            AudioSource__A0__AlarmLevel="100",
            AudioSource__A0__MicrophonePower="no",
            AudioSource__A0__MicrophonePowerType="none",
        )


@contextmanager
def levels(unit: Unit, origin: str | None = None) -> Iterator[ClientConnection]:
    """Open the levels as a page of the unit does."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with httpx.Client(base_url=unit.https_url, verify=False, timeout=20) as browser:
        login = browser.post("/api/session", json={"user": "root", "password": ROOT_PASSWORD})
        assert login.status_code == 200, login.text
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with connect(
        unit.https_url.replace("https", "wss") + "/api/audio/levels",
        ssl=trusting,
        origin=Origin(origin or unit.https_url),
        additional_headers={"Cookie": cookies},
    ) as connection:
        yield connection


def state(admin: httpx.Client) -> dict[str, Any]:
    """Return what the API says about the input."""
    answer = admin.get("/api/audio/input")
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.covers("M-AUD-05", "M-AUD-06", "M-AUD-07", part="daemon")
def test_type_and_power_reach_the_jack_and_what_is_not_present_is_refused(
    unit: Unit, admin: httpx.Client
) -> None:
    """Both are written together and switch the board's jack; with a line in it, or off, no power is on it."""
    told = state(admin)
    fact = admin.get("/axis-cgi/param.cgi?action=list&group=Properties.Audio.InputType").text
    assert fact == "Properties.Audio.InputType=mic,line\n"
    assert [(each["id"], each["present"]) for each in told["types"]] == [
        ("mic", True),
        ("line", True),
    ]
    assert [each["id"] for each in told["powers"]] == ["none", "electret"]
    update(
        admin,
        AudioSource__A0__AudioSupport="yes",
        AudioSource__A0__InputType="mic",
        AudioSource__A0__MicrophonePower="yes",
        AudioSource__A0__MicrophonePowerType="electret",
    )
    powered = {"type": "mic", "power": "electret"}
    until("the jack has power", lambda: unit.sim_state()["audio_input"] == powered)
    assert (state(admin)["type"], state(admin)["power"]) == ("mic", "electret")
    update(admin, AudioSource__A0__InputType="line")
    plain = {"type": "line", "power": "none"}
    until("the jack is for line", lambda: unit.sim_state()["audio_input"]["type"] == "line")
    assert unit.sim_state()["audio_input"] == plain
    until("it runs", lambda: state(admin)["running"])
    update(admin, AudioSource__A0__InputType="mic")
    until("the microphone has power again", lambda: unit.sim_state()["audio_input"] == powered)
    update(admin, AudioSource__A0__AudioSupport="no")
    unpowered = {"type": "mic", "power": "none"}
    until("off, there is no power", lambda: unit.sim_state()["audio_input"] == unpowered)


@pytest.mark.covers("M-AUD-09", part="daemon")
def test_each_type_of_input_keeps_a_gain_of_its_own(unit: Unit, admin: httpx.Client) -> None:
    """With separate gains a change of the type brings back its gain; the API shows both."""
    update(admin, Audio__Input__SeparateGain="yes", AudioSource__A0__InputGain="6")
    update(admin, AudioSource__A0__InputType="line")
    update(admin, AudioSource__A0__InputGain="-12")
    update(admin, AudioSource__A0__InputType="mic")
    until("the microphone's gain is back", lambda: state(admin)["gain_db"] == 6.0)
    assert state(admin)["gains"]["line"] == {"gain_db": -12.0, "mute": False}
    update(admin, AudioSource__A0__InputGain="mute")
    until("it is muted", lambda: state(admin)["mute"])
    assert state(admin)["gain_db"] is None
    update(admin, AudioSource__A0__InputGain="0", Audio__Input__SeparateGain="no")


@pytest.mark.covers("M-DET-03", part="daemon")
def test_levels_come_twenty_times_a_second_and_are_right(unit: Unit, admin: httpx.Client) -> None:
    """A tone of -20 dBFS shows as peak -20 and RMS -23 dBFS, and as 78 on the scale whose 0 is -90 dBFS."""
    update(admin, AudioSource__A0__AudioSupport="yes")
    until("it runs", lambda: state(admin)["running"])
    tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(4 * RATE) / RATE)
    with levels(unit) as socket:
        first = json.loads(socket.recv(timeout=5))
        assert first["input"]["on"] is True
        assert set(first["output"]) == {
            "peak_dbfs",
            "rms_dbfs",
            "limiter_db",
            "gain_db",
            "avc_db",
            "ambient_dbfs",
        }
        unit.client.post("/sim/microphone", content=as_wav(tone)).raise_for_status()
        heard = [json.loads(socket.recv(timeout=5))["input"] for _ in range(60)]
    loud = [each for each in heard if abs(each["rms_dbfs"] + 23.0) < 0.2]
    assert len(loud) >= 30, heard
    assert {each["level"] for each in loud} == {78}
    assert all(abs(each["peak_dbfs"] + 20.0) < 0.2 for each in loud)


def test_levels_are_for_the_unit_s_own_pages_only(unit: Unit, admin: httpx.Client) -> None:
    """A page of another site cannot make a browser listen in."""
    with pytest.raises(InvalidStatus), levels(unit, origin="https://elsewhere.example"):
        pass
