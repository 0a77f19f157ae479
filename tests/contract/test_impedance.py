"""The test of the load through the whole unit: by its button, its tones, its lamp and its result."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import httpx
import numpy as np
import pytest

from common.bus.audio import AudioInterface
from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, IOPORTS
from common.errors import NotSupported
from tests.contract.impedance_rig import (
    NORMAL,
    NOT_CALIBRATED,
    PROBE,
    TEST_HZ,
    TONE,
    Bench,
    on_the_bench,
    tones_in,
)
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import simulated_world
from tests.heard import RATE, position
from tests.playing import clips, noise, play, update, wait_until_played
from tests.suite import Unit, running_suite, until


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A unit for the tests of this file."""
    with running_suite(tmp_path_factory.mktemp("unit")) as running:
        running.claim()
        yield running


@pytest.fixture
def bench(tested: Unit) -> Iterator[Bench]:
    """That unit, quiet and with 8 ohm."""
    with on_the_bench(tested) as made:
        yield made


@pytest.mark.covers("M-IMP-02", "M-LED-07")
def test_the_speaker_led_asks_for_a_test_until_there_was_one(fresh_unit: Unit) -> None:
    """From the first moment on: two short flashes and a long pause, then steady green; also after both daemons died."""
    fresh_unit.claim()
    with on_the_bench(fresh_unit) as bench:
        assert bench.state()["state"] == "uncalibrated"
        bench.until_led(NOT_CALIBRATED)
        bench.test()
        bench.until_led(NORMAL)
        for part in ("ioports", "audio"):
            before = fresh_unit.processes()[part]
            fresh_unit.kill(part)
            until("it is back", partial(_other, fresh_unit, part, before))
            bench.until_state("calibrated")
            bench.until_led(NORMAL)


def _other(unit: Unit, part: str, before: int) -> bool:
    return unit.processes().get(part, before) != before


@pytest.mark.covers("M-IMP-01", "M-HW-01")
def test_the_control_button_is_held_until_tones_are_heard(bench: Bench) -> None:
    """A short press starts nothing; one that is held does, and letting go does not stop it."""
    begin = position(bench.unit)
    bench.press(True)
    until("it is felt", lambda: bench.unit.sim_state()["button"]["pressed"])
    bench.press(False)
    bench.press(True)
    bench.until_state("testing")
    until("tones are heard", lambda: np.any(np.abs(bench.heard_since(begin)) > TONE / 2))
    bench.press(False)
    until("the test is over", lambda: bench.state()["state"] != "testing")
    assert bench.state()["state"] == "calibrated"
    heard = bench.heard_since(begin)
    assert [hz for hz, _peak in tones_in(heard)][-1] == TEST_HZ[-1]
    # Held for two seconds: the short press before had not been enough, and the long one was.
    assert np.flatnonzero(np.abs(heard) > 1e-4)[0] > 2 * RATE - RATE // 10


@pytest.mark.covers("M-IMP-03")
def test_the_test_sounds_its_tones_and_nothing_else(bench: Bench) -> None:
    """One so quiet that a short is safe, then five louder ones; music pauses and goes on where it was."""
    music = noise(1.0, seed=3)
    with clips(bench.admin, music=music) as numbers:
        begin = position(bench.unit)
        play(bench.admin, numbers["music"], **{"class": "music", "repeat": "2"})
        until("it plays", lambda: position(bench.unit) > begin + RATE // 2)
        bench.test()
        heard = bench.heard_since(begin)
    whole = np.tile(music, 3)
    paused, resumed = _pause(heard, whole)
    # The fades themselves are of the class's ramp, 20 ms.
    tones = tones_in(heard[paused + RATE // 20 : resumed - RATE // 20])
    assert [hz for hz, _peak in tones] == [1000, *TEST_HZ]
    assert tones[0][1] == pytest.approx(PROBE, rel=0.05)
    assert [peak for _hz, peak in tones[1:]] == pytest.approx([TONE] * 5, rel=0.05)
    assert bench.amplifier()["trips"] == 0


def _pause(heard: np.ndarray, sound: np.ndarray) -> tuple[int, int]:
    """Return where a sound was interrupted and where it went on, having checked that it did so exactly."""
    start = int(np.flatnonzero(heard)[0]) - int(np.flatnonzero(sound)[0])
    length = min(len(heard) - start, len(sound))
    differs = np.abs(heard[start : start + length] - sound[:length]) > 1e-6
    paused = start + int(np.argmax(differs))
    end = int(np.flatnonzero(heard)[-1]) + 1
    rest = sound[::-1]
    back = heard[:end][::-1]
    last = int(np.flatnonzero(rest)[0])
    length = min(len(back), len(rest) - last)
    differs = np.abs(back[:length] - rest[last : last + length]) > 1e-6
    resumed = end - int(np.argmax(differs))
    # What was heard before the pause and after it overlaps by nothing, and only the two fades are missing.
    missing = len(sound) - last - (paused - start) - (end - resumed)
    assert 0 <= missing <= RATE * 50 // 1000, missing
    return paused, resumed


def test_the_tones_are_heard_though_the_output_is_muted(bench: Bench) -> None:
    """At the same level: the test is the installer's, not the programme's."""
    update(bench.admin, AudioSource__A0__OutputGain="mute", Audio__Output__Equaliser="horn")
    try:
        begin = position(bench.unit)
        assert bench.test()["state"] == "calibrated"
        tones = tones_in(bench.heard_since(begin))
    finally:
        update(bench.admin, AudioSource__A0__OutputGain="0", Audio__Output__Equaliser="flat")
    assert [peak for _hz, peak in tones[1:]] == pytest.approx([TONE] * 5, rel=0.05)


@pytest.mark.covers("M-IMP-04", "M-LED-08")
@pytest.mark.parametrize("ohm", [4, 8, 16])
def test_the_result_calibrates_the_amplifier_to_the_load(bench: Bench, ohm: int) -> None:
    """Each nominal impedance is found; the LED is steady green, and a killed daemon still knows."""
    bench.connect(load_ohm=ohm)
    state = bench.test()
    assert (state["state"], state["measurable"], state["progress"]) == ("calibrated", True, None)
    assert state["result"]["nominal_ohm"] == ohm
    assert state["result"]["ohm"] == pytest.approx(ohm, rel=0.01)
    by_frequency = state["result"]["by_frequency"]
    assert [point["hz"] for point in by_frequency] == list(TEST_HZ)
    assert all(low["ohm"] < high["ohm"] for low, high in pairwise(by_frequency[1:]))
    bench.until_led(NORMAL)
    if ohm == 16:
        bench.unit.kill("audio")
        assert bench.until_state("calibrated")["result"] == state["result"]


@pytest.mark.parametrize(("load", "word"), [("short", "short-circuited"), ("open", "connected")])
def test_a_short_and_an_open_load_are_told_and_trip_nothing(
    bench: Bench, load: str, word: str
) -> None:
    """The last good result stays; a test of a good load ends it."""
    good = bench.test()["result"]
    bench.connect(load_ohm=load)
    begin = position(bench.unit)
    state = bench.test()
    assert (state["state"], state["result"], state["present_ohm"]) == (load, good, None)
    assert word in state["message"]
    bench.until_led(NOT_CALIBRATED)
    assert np.max(np.abs(bench.heard_since(begin))) <= 1.01 * PROBE
    assert bench.amplifier()["trips"] == 0
    if load == "open":  # once is enough
        bench.connect(load_ohm=8)
        assert bench.test()["state"] == "calibrated"


def test_an_emergency_wins_and_the_test_says_so(bench: Bench) -> None:
    """No tone is left under the alarm, the last good result stays, and during the alarm no test starts."""
    good = bench.test()["result"]
    alarm = noise(1.5, seed=9)
    with clips(bench.admin, alarm=alarm) as numbers:
        begin = position(bench.unit)
        bench.start()
        until("tones are heard", lambda: np.any(np.abs(bench.heard_since(begin)) > TONE / 2))
        play(bench.admin, numbers["alarm"], **{"class": "emergency"})
        refused = bench.admin.post("/api/impedance/test")
        assert refused.status_code == 409
        state = bench.until_state("calibrated")
        wait_until_played(bench.unit, bench.admin)
        heard = bench.heard_since(begin)
    assert "abandoned: an emergency source started" in state["message"]
    assert state["result"] == good
    size = 1 << (len(heard) + len(alarm)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(alarm, size))
    start = int(np.argmax(np.fft.irfft(product, size)[: len(heard)]))
    after = slice(start + RATE // 20, start + len(alarm))
    assert np.max(np.abs(heard[after] - alarm[RATE // 20 :])) < 1e-6


def test_one_test_at_a_time_and_only_by_an_operator(bench: Bench) -> None:
    """The second is a conflict, a viewer may look, and nobody else may do either."""
    bench.start()
    second = bench.admin.post("/api/impedance/test")
    assert (second.status_code, second.json()["error"]["code"]) == (409, "conflict")
    assert "already" in second.json()["error"]["message"]
    assert 0 <= bench.state()["progress"] <= 1
    bench.until_state("calibrated")
    assert bench.unit.client.post("/api/impedance/test").status_code == 401
    assert bench.unit.client.get("/api/impedance").status_code == 401
    adding = {"action": "add", "user": "looker", "pwd": "a viewer's word", "grp": "users"}
    adding["sgrp"] = "viewer"
    bench.admin.post("/axis-cgi/pwdgrp.cgi", data=adding).raise_for_status()
    with bench.unit.user("looker", "a viewer's word") as viewer:
        assert viewer.get("/api/impedance").json()["state"] == "calibrated"
        assert viewer.post("/api/impedance/test").status_code == 403


def test_a_daemon_killed_in_a_test_leaves_the_last_good_result(bench: Bench) -> None:
    """Half a test is none."""
    good = bench.test()["result"]
    bench.connect(load_ohm=4)
    bench.start()
    until("it has begun", lambda: bench.state()["progress"])
    bench.unit.kill("audio")
    assert bench.until_state("calibrated")["result"] == good
    bench.connect(load_ohm=8)


def test_somebody_who_stops_the_tones_ends_the_test(bench: Bench) -> None:
    """It says so instead of finding an open load."""
    bench.start()
    until("it has begun", lambda: bench.state()["progress"])
    playing = bench.admin.get("/api/playing").json()
    assert [each["what"] for each in playing] == ["impedance test"]
    bench.admin.post("/api/playing/stop", json={"id": playing[0]["id"]}).raise_for_status()
    until("the test is over", lambda: bench.state()["state"] != "testing")
    assert "somebody stopped the tones" in bench.state()["message"]


def test_factory_default_forgets_the_load(tested: Unit) -> None:
    """Whoever gets the unit next has another loudspeaker; the LED asks for the test again."""
    with on_the_bench(tested) as bench:
        assert bench.test()["state"] == "calibrated"
    before = _boot_id(tested)
    with tested.admin() as admin:
        admin.get("/axis-cgi/hardfactorydefault.cgi").raise_for_status()
    until("it starts anew", lambda: _boot_id(tested) not in ("", before), 60)
    tested.claim()
    with on_the_bench(tested) as bench:
        until("it is forgotten", lambda: bench.state()["state"] == "uncalibrated")
        bench.until_led(NOT_CALIBRATED)


def _boot_id(unit: Unit) -> str:
    question = {"apiVersion": "1.0", "method": "systemready"}
    try:
        answer = httpx.post(f"{unit.http_url}/axis-cgi/systemready.cgi", json=question)
    except httpx.TransportError:  # it is going down or coming up
        return ""
    data = answer.json()["data"] if answer.status_code == 200 else {"systemready": "no"}
    return str(data["bootid"]) if data["systemready"] == "yes" else ""


async def test_a_board_that_cannot_measure_says_so_and_asks_for_no_test(bus: PrivateBus) -> None:
    """No flashing, no topics of a load that nobody knows, and a refusal in words."""
    async with simulated_world(bus) as world, bus.joined(HTTP) as http:
        await bus.start(EVENTS)
        await bus.start(IOPORTS)
        await eventually(lambda: world.lamps["speaker"].pattern == NOT_CALIBRATED, "flashing")
        await bus.start(AUDIO, C8210_BOARD="host")
        await eventually(lambda: world.lamps["speaker"].pattern == NORMAL, "steady green")
        audio = http.proxy(AudioInterface, AUDIO)
        state = json.loads(await audio.impedance())
        assert (state["measurable"], state["state"]) == (False, "not measurable")
        with pytest.raises(NotSupported, match="cannot measure"):
            await audio.start_impedance_test()
        events = http.proxy(EventsInterface, EVENTS)
        known: set[str] = set()
        async with asyncio.timeout(10):
            while "tnsaxis:MediaClip/Playing" not in known:
                known = {each["topic"] for each in json.loads(await events.current(""))}
        assert not [topic for topic in known if "Impedance" in topic or "Amplifier" in topic]
        output = json.loads(await audio.output_state())
        assert output["amplifier"]["state"] == "unknown"
        leds = json.loads(await http.proxy(IoPortsInterface, IOPORTS).leds())
        assert leds[1]["causes"] == ["speaker_normal"]
