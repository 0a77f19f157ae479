"""The self test through the whole unit, in a simulated room of which everything is known."""

from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from tests.heard import RATE, heard_since, position, sweep
from tests.playing import clips, now_playing, play, quiet_unit, untouched_levels
from tests.suite import ROOT_PASSWORD, Unit, running_suite, until

# A recording of which a few milliseconds are lost is no result, and the unit says so instead of one.
pytestmark = [pytest.mark.alone, pytest.mark.quiet]

SHORT = {"speech_s": 4}
LONGEST_S = 60.0


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A unit with microphone and speaker in one room, calibrated there: 20 dB between them, 8 ms."""
    with running_suite(tmp_path_factory.mktemp("unit")) as running:
        running.claim()
        with running.admin() as client:
            untouched_levels(client)
            plain_room(running)
            assert test(client, running)["reference"]
        yield running


@pytest.fixture
def admin(tested: Unit) -> Iterator[httpx.Client]:
    """An administrator's client; speaker and room are as they were at first."""
    plain_room(tested)
    with quiet_unit(tested) as client:
        yield client


def room(unit: Unit, **acoustics: float | None) -> None:
    """Change the room."""
    unit.client.post("/sim/room", json=acoustics).raise_for_status()


def plain_room(unit: Unit) -> None:
    """Have a quiet room without reverberation, and a speaker in it."""
    room(unit, coupling_db=-20, delay_ms=8, reverb_ms=0, noise_dbfs=None)
    unit.client.post("/sim/amplifier", json={"load_ohm": 8}).raise_for_status()


def state(client: httpx.Client) -> dict[str, Any]:
    """Return the trend."""
    answer: dict[str, Any] = client.get("/api/selftest").json()
    return answer


def start(client: httpx.Client, **how: Any) -> None:
    """Start a short test."""
    answer = client.post("/api/selftest", json={**SHORT, **how})
    assert answer.status_code == 202, answer.text


def result(client: httpx.Client) -> dict[str, Any]:
    """Wait for the end of the test and return its result."""
    until("the test is over", lambda: not state(client)["running"], LONGEST_S)
    found: dict[str, Any] = state(client)["results"][-1]
    return found


def test(client: httpx.Client, unit: Unit, **how: Any) -> dict[str, Any]:
    """Run a test; one that a busy computer spoiled, and that says so, is run again."""
    found: dict[str, Any] = {"verdict": "failed"}
    for _attempt in range(3):
        start(client, **how)
        found = result(client)
        if found["verdict"] != "failed":
            break
    assert found["verdict"] != "failed", found["message"]
    return found


test.__test__ = False  # type: ignore[attr-defined]


def report(client: httpx.Client) -> dict[str, str]:
    """Return the report that VAPIX gives."""
    answer = client.post("/vapix/axast", json={"axast:GetSpeakerTestReport": {}})
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()["SpeakerTestReport"]
    return found


def test_a_plain_path_is_measured_as_it_is(tested: Unit, admin: httpx.Client) -> None:
    """Level within 0.5 dB, delay within a millisecond, a flat response, and speech goes through whole."""
    found = state(admin)["reference"]
    assert found["verdict"] == "ok", found["message"]
    assert found["level_db"] == pytest.approx(-20, abs=0.5)
    assert found["delay_ms"] == pytest.approx(8, abs=1)
    assert not found["delay_with_devices"]
    assert found["sti"] >= 0.98
    assert found["sti_band"] == "A+ (excellent)"
    assert len(found["response"]) == 25
    assert max(abs(band["db"]) for band in found["response"]) < 1


def test_the_input_is_open_for_the_test_only(tested: Unit, admin: httpx.Client) -> None:
    """The result says that an input which is off was opened; before and after nobody listens."""
    until("nobody listens", lambda: not tested.sim_state()["speaker"]["microphone_open"])
    start(admin)
    until("the unit listens", lambda: tested.sim_state()["speaker"]["microphone_open"])
    (playing,) = until("it plays", lambda: now_playing(admin))
    assert playing["what"] == "self test"
    until("progress is seen", lambda: 0 < state(admin)["progress"] < 1)
    assert admin.post("/api/selftest").status_code == 409
    admin.post("/api/playing/stop", json={"id": playing["id"]}).raise_for_status()
    found = result(admin)
    assert found["verdict"] == "abandoned"
    assert found["input_was_off"]
    assert "opened for this test only" in found["message"]
    until("nobody listens", lambda: not tested.sim_state()["speaker"]["microphone_open"])


@pytest.mark.parametrize(
    ("acoustics", "lowest", "highest"),
    [({"reverb_ms": 900}, 0.5, 0.8), ({"noise_dbfs": -45.0}, 0.3, 0.7)],
)
def test_reverberation_and_noise_take_from_speech(
    tested: Unit, admin: httpx.Client, acoustics: dict[str, float], lowest: float, highest: float
) -> None:
    """The index falls, and the result says what has changed; level and delay stay what they are."""
    room(tested, **acoustics)
    found = test(admin, tested)
    assert found["verdict"] == "changed"
    assert "speech transmission index -0." in found["message"]
    assert lowest < found["sti"] < highest
    assert found["level_db"] == pytest.approx(-20, abs=1)
    assert found["delay_ms"] == pytest.approx(8, abs=1)


def test_a_broken_speaker_is_noticed(tested: Unit, admin: httpx.Client) -> None:
    """With the load open nothing is heard, and VAPIX's report has failed."""
    tested.client.post("/sim/amplifier", json={"load_ohm": "open"}).raise_for_status()
    found = test(admin, tested)
    assert found["verdict"] == "no sound heard"
    assert (found["level_db"], found["sti"], found["response"]) == (None, None, [])
    assert report(admin)["SpeakerTestStatus"] == "Failed"
    assert report(admin)["TestTimestamp"] == found["at"]


def test_an_announcement_ends_the_test_and_is_heard_whole(
    tested: Unit, admin: httpx.Client
) -> None:
    """Whatever matters more is not kept waiting: not a sample of it is lost."""
    wanted = sweep(0.5)
    with clips(admin, announcement=wanted) as numbers:
        start(admin)
        until("it plays", lambda: now_playing(admin))
        begin = position(tested)
        play(admin, numbers["announcement"])
        assert admin.post("/api/selftest", json=SHORT).status_code == 409
        assert result(admin)["verdict"] == "abandoned"
        until("it was heard", lambda: position(tested) > begin + 2 * RATE)
        played = heard_since(tested, begin)
        first = played.where(wanted)
        quiet = slice(first + RATE // 50, first + len(wanted))
        assert np.max(np.abs(played.samples[quiet] - wanted[RATE // 50 :])) < 1e-6


def test_music_waits_for_the_test(tested: Unit, admin: httpx.Client) -> None:
    """Music is paused, whatever its class rules say, and goes on when the test is over."""
    with clips(admin, music=sweep(2.0)) as numbers:
        play(admin, numbers["music"], **{"class": "music", "repeat": "-1"})
        start(admin)

        def states() -> list[tuple[str, str]]:
            return [(each["what"], each["state"]) for each in now_playing(admin)]

        until(
            "the music is paused", lambda: [state for _, state in states()] == ["playing", "paused"]
        )
        test_ = now_playing(admin)[0]
        assert test_["what"] == "self test"
        admin.post("/api/playing/stop", json={"id": test_["id"]}).raise_for_status()
        result(admin)
        until("music goes on", lambda: now_playing(admin)[0]["state"] == "playing")


def test_a_test_does_not_disturb_an_announcement(tested: Unit, admin: httpx.Client) -> None:
    """While one plays, a test is refused with its name."""
    with clips(admin, announcement=sweep(3.0)) as numbers:
        play(admin, numbers["announcement"])
        answer = admin.post("/api/selftest", json=SHORT)
        assert answer.status_code == 409
        assert "would disturb" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", [{"speech_s": 3}, {"speech_s": 31}, {"speech_s": "long"}, {"loud": True}, []]
)
def test_an_impossible_test_is_refused(tested: Unit, admin: httpx.Client, body: object) -> None:
    """And none is started."""
    answer = admin.post("/api/selftest", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"
    assert not state(admin)["running"]


def test_vapix_reports_and_refuses(tested: Unit, admin: httpx.Client) -> None:
    """Both forms of the report, faults in both forms, and nothing for an operator."""
    calibrated = state(admin)["reference"]["at"]
    assert report(admin)["CalibrationTimestamp"] == calibrated
    asked = {"format": "simple", "action": "axast:GetSpeakerTestReport"}
    lines = admin.get("/vapix/axast", params=asked).text.splitlines()
    assert f"SpeakerTestReport_CalibrationTimestamp={calibrated}" in lines
    mistakes: list[Any] = [{}, [], {"axast:GetSpeakerTestReport": 1}]
    for wrong in mistakes:
        answer = admin.post("/vapix/axast", json=wrong)
        assert answer.status_code == 400
        assert answer.json()["Fault"] == "env:Sender"
    answer = admin.get("/vapix/axast", params={**asked, "action": "axast:Sing"})
    assert answer.status_code == 400
    assert answer.text.splitlines()[1] == 'FaultCode="ter:ActionNotSupported"'
    account = {"user": "tester", "pwd": ROOT_PASSWORD, "grp": "users", "sgrp": "operator:viewer"}
    admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "add", **account})
    with tested.user("tester", ROOT_PASSWORD) as operator:
        assert operator.get("/vapix/axast", params=asked).status_code in (401, 403)
        assert operator.get("/api/selftest").status_code == 200
    listed = {"apiVersion": "1.0", "method": "getApiList", "params": {"id": "speakertest"}}
    apis = admin.post("/axis-cgi/apidiscovery.cgi", json=listed).json()["data"]["apiList"]
    assert [(api["id"], api["version"]) for api in apis] == [("speakertest", "1.0")]


def test_vapix_tests_once_calibrated(fresh_unit: Unit) -> None:
    """Before calibration there is a fault; a test is pending until it is over; a reset forgets it."""
    fresh_unit.claim()
    plain_room(fresh_unit)
    with fresh_unit.admin() as admin:
        blank = {
            "SpeakerTestStatus": "Uncalibrated",
            "TestTimestamp": "",
            "CalibrationTimestamp": "",
        }
        assert report(admin) == blank
        answer = admin.post("/vapix/axast", json={"axast:PerformSpeakerTest": {}})
        assert answer.status_code == 400
        assert answer.json() == {
            "Fault": "env:Receiver",
            "FaultCode": "ter:Action",
            "FaultSubCode": "axast:DeviceNotCalibrated",
            "FaultReason": "The Auto Speaker Test cannot be done without prior calibration.",
            "FaultMsg": None,
        }
        calibrate = {"format": "simple", "action": "axast:CalibrateSpeakerTest"}
        answer = admin.get("/vapix/axast", params=calibrate)
        assert (answer.status_code, answer.text) == (200, "")
        assert report(admin)["SpeakerTestStatus"] == "Pending"
        answer = admin.post("/vapix/axast", json={"axast:CalibrateSpeakerTest": {}})
        assert answer.json()["FaultSubCode"] == "ter:Failure"
        (playing,) = until("it plays", lambda: now_playing(admin))
        admin.post("/api/playing/stop", json={"id": playing["id"]}).raise_for_status()
        assert result(admin)["verdict"] == "abandoned"
        assert report(admin) == blank
        kept = fresh_unit.state / "audio" / "self_tests.json"
        assert kept.exists()
        admin.get("/axis-cgi/hardfactorydefault.cgi").raise_for_status()
    until("the trend is forgotten", lambda: not kept.exists())


def test_the_trend_survives_a_kill(tested: Unit, admin: httpx.Client) -> None:
    """What was measured is there again; a test that was under way is just not there."""
    before = state(admin)["results"]
    assert before
    start(admin)
    until("it plays", lambda: now_playing(admin))
    old = tested.processes()["audio"]
    tested.kill("audio")
    until("it is back", lambda: tested.processes().get("audio", old) != old)

    def again() -> dict[str, Any]:
        answer = admin.get("/api/selftest")
        return dict(answer.json()) if answer.status_code == 200 else {}

    after = until("it answers", again)
    assert after["results"] == before
    assert not after["running"]
