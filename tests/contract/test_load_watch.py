"""The load while a programme plays, and the amplifier's protection, through the whole unit."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from common.bus.audio import AudioInterface
from common.bus.events import EventsInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, SIM
from tests.contract.impedance_rig import (
    NORMAL,
    NOT_CALIBRATED,
    OVER_CURRENT,
    Bench,
    on_the_bench,
)
from tests.contract.private_bus import PrivateBus
from tests.heard import RATE, Samples, position
from tests.playing import clips, play, update
from tests.suite import Unit, running_suite, until

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A unit that was tested with 8 ohm."""
    with running_suite(tmp_path_factory.mktemp("unit")) as running:
        running.claim()
        with on_the_bench(running) as bench:
            assert bench.test()["state"] == "calibrated"
        yield running


@pytest.fixture
def bench(calibrated: Unit) -> Iterator[Bench]:
    """That unit, quiet and with its load."""
    with on_the_bench(calibrated) as made:
        yield made


def speech_like(seconds: float, rms: float) -> Samples:
    """Noise with the spectrum of speech, as 16-bit values."""
    spectrum = np.fft.rfft(np.random.default_rng(6).standard_normal(round(seconds * RATE)))
    hz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    sound = np.fft.irfft(spectrum * (hz > 80) / (1 + (hz / 500) ** 2) ** 0.5)
    return np.round(np.clip(sound / np.std(sound) * rms, -0.9, 0.9) * 32_767) / 32_768


@pytest.fixture
def programme(bench: Bench) -> Iterator[Bench]:
    """The bench while a programme plays loudly enough."""
    with clips(bench.admin, programme=speech_like(2.0, 0.1)) as numbers:
        play(bench.admin, numbers["programme"], repeat="-1")
        until("it plays", lambda: bench.admin.get("/api/playing").json())
        yield bench
        bench.admin.get("/axis-cgi/stopclip.cgi").raise_for_status()


def sensed(bench: Bench, ohm: float) -> None:
    """Wait until a load has been sensed: its change is known, whatever is made of it."""

    def is_near() -> bool:
        present = bench.state()["present_ohm"]
        return present is not None and abs(present / ohm - 1) < 0.002

    until(f"{ohm:g} ohm are sensed", is_near)


def test_a_load_that_moves_by_more_than_15_percent_raises_an_alarm_that_ends_by_itself(
    bench: Bench,
) -> None:
    """None at 14.5 %, one at 15.5 %, still at 14 %, none any more at 12 %; downwards there is one as well."""
    time = np.arange(2 * RATE) / RATE
    tones = 0.05 * np.sum([np.sin(2 * np.pi * hz * time) for hz in (500, 1000, 2000)], axis=0)
    with clips(bench.admin, tones=tones) as numbers:
        play(bench.admin, numbers["tones"], repeat="-1")
        bench.connect(drift_percent=14.5)
        sensed(bench, 8 * 1.145)
        _let_it_be_watched(bench)
        assert bench.state()["state"] == "calibrated"
        bench.connect(drift_percent=15.5)
        state = bench.until_state("deviates")
        assert "+15.5 %" in state["message"]
        assert state["result"]["ohm"] == pytest.approx(8, rel=0.01)
        bench.until_led(NOT_CALIBRATED)
        bench.connect(drift_percent=14)
        sensed(bench, 8 * 1.14)
        _let_it_be_watched(bench)
        assert bench.state()["state"] == "deviates"
        bench.connect(drift_percent=12)
        bench.until_state("calibrated")
        bench.until_led(NORMAL)
        bench.connect(drift_percent=-15.5)
        bench.until_state("deviates")
        bench.connect(drift_percent=0)
        bench.until_state("calibrated")
        bench.admin.get("/axis-cgi/stopclip.cgi").raise_for_status()


def _let_it_be_watched(bench: Bench) -> None:
    """Wait for as many measurements as an alarm takes: there is one a second."""
    bench.let_pass(4.5)


def test_a_load_that_drifts_slowly_is_noticed_in_time(programme: Bench) -> None:
    """From nothing to a third within twelve seconds, in a straight line."""
    programme.connect(drift_percent=33, drift_s=12)
    programme.until_state("deviates")
    assert 15 < programme.amplifier()["drifted_percent"] <= 33


def test_the_tolerance_is_live(programme: Bench) -> None:
    """What was too much is fine from the next measurement on."""
    programme.connect(drift_percent=25)
    programme.until_state("deviates")
    update(programme.admin, Audio__Impedance__Tolerance="40")
    try:
        programme.until_state("calibrated")
    finally:
        update(programme.admin, Audio__Impedance__Tolerance="15")


def test_a_cable_that_breaks_is_told_and_so_is_its_repair(programme: Bench) -> None:
    """While the programme plays on."""
    programme.connect(load_ohm="open")
    state = programme.until_state("open")
    assert state["present_ohm"] is None
    programme.until_led(NOT_CALIBRATED)
    programme.connect(load_ohm=8)
    programme.until_state("calibrated")
    programme.until_led(NORMAL)


def test_a_short_under_a_quiet_programme_is_told(bench: Bench) -> None:
    """Before anything is loud enough to trip the amplifier."""
    with clips(bench.admin, quiet=speech_like(2.0, 0.003)) as numbers:
        play(bench.admin, numbers["quiet"], repeat="-1")
        bench.connect(load_ohm="short")
        bench.until_state("short")
        assert bench.amplifier()["trips"] == 0
        bench.connect(load_ohm=8)
        bench.admin.get("/axis-cgi/stopclip.cgi").raise_for_status()
    with clips(bench.admin, loud=speech_like(2.0, 0.1)) as numbers:
        play(bench.admin, numbers["loud"], repeat="-1")
        bench.until_state("calibrated")
        bench.admin.get("/axis-cgi/stopclip.cgi").raise_for_status()


@pytest.mark.covers("M-LED-09")
def test_too_low_a_load_trips_the_amplifier_which_recovers_by_itself(programme: Bench) -> None:
    """Silence and a red lamp while it lasts, one trip for the listener, and sound again after the repair."""
    trips = programme.amplifier()["trips"]
    programme.connect(load_ohm="open")
    programme.until_state("open")
    programme.connect(load_ohm="short")
    programme.until_protection("overcurrent")
    state = programme.state()  # though it is too loud for anything to be measured
    assert (state["state"], state["present_ohm"]) == ("short", None)
    programme.until_led(OVER_CURRENT)
    silent_from = position(programme.unit)
    refused = programme.admin.post("/api/impedance/test")
    assert refused.status_code == 409
    assert "protection" in refused.json()["error"]["message"]
    until("it is tried again", lambda: programme.amplifier()["trips"] >= trips + 2)
    assert programme.protection() == "overcurrent"
    heard = programme.heard_since(silent_from)
    assert np.count_nonzero(heard) < RATE // 100
    programme.connect(load_ohm=8)
    programme.until_protection("ok", 40)
    assert programme.state()["state"] == "calibrated"
    programme.until_led(NORMAL)
    begin = position(programme.unit)
    until("it is heard", lambda: np.any(np.abs(programme.heard_since(begin)) > 0.05))


def test_a_killed_daemon_finds_the_amplifier_as_it_is(bench: Bench) -> None:
    """Tripped before and after; the LED is right again, whichever daemon died, and the amplifier recovers."""
    bench.connect(fault="overcurrent")
    bench.until_protection("overcurrent")
    for part in ("ioports", "audio"):
        bench.unit.kill(part)
        bench.until_protection("overcurrent")
        bench.until_led(OVER_CURRENT)
    bench.connect(fault=None)
    bench.until_protection("ok", 40)
    bench.until_led(NORMAL)


def test_a_trip_in_the_test_ends_it_without_a_result(bench: Bench) -> None:
    """The unit says why; the last good result stays, and the amplifier comes back."""
    good = bench.state()["result"]
    bench.start()
    until("it has begun", lambda: bench.state()["progress"])
    bench.connect(fault="overtemperature")
    state = bench.until_state("calibrated")
    assert "protection tripped" in state["message"]
    assert state["result"] == good
    assert bench.protection() == "overtemperature"
    bench.until_led(OVER_CURRENT)
    bench.connect(fault=None)
    bench.until_protection("ok")


async def test_load_and_amplifier_are_told_as_events(bus: PrivateBus) -> None:
    """Calibrated or not, the alarm with its reason, the protection with its own."""
    async with bus.joined(HTTP) as http:
        await bus.start(EVENTS)
        happened: list[tuple[str, dict[str, str]]] = []
        await http.subscribe(
            EventsInterface.happened,
            EVENTS,
            lambda topic, _source, data, _at: happened.append((topic.split("tnsaxis:")[-1], data)),
        )
        await bus.start(SIM, module="hw.sim", C8210_SUPERVISOR="/nowhere")
        sound = str(bus.runtime / "sim" / "asound.conf")
        await bus.start(AUDIO, ALSA_CONFIG_PATH=sound)

        async def until_told(topic: str, **data: str) -> None:
            async with asyncio.timeout(20):
                while (topic, data) not in happened:
                    await asyncio.sleep(0.01)

        await until_told("Impedance/Calibrated", calibrated="0")
        await until_told("Impedance/LoadAlarm", alarm="0", reason="")
        await until_told("HardwareFailure/AmplifierFailure", failure="0", reason="")
        audio = http.proxy(AudioInterface, AUDIO)
        await audio.start_impedance_test()
        await until_told("Impedance/Calibrated", calibrated="1")
        assert json.loads(await audio.impedance())["result"]["nominal_ohm"] == 8
        way = httpx.AsyncHTTPTransport(uds=str(bus.runtime / "sim" / "http.sock"))
        async with httpx.AsyncClient(transport=way, base_url="http://localhost") as hand:
            await hand.post("/sim/amplifier", json={"load_ohm": "open"})
            await audio.start_impedance_test()
            await until_told("Impedance/LoadAlarm", alarm="1", reason="open")
            await hand.post("/sim/amplifier", json={"fault": "overcurrent"})
            await until_told("HardwareFailure/AmplifierFailure", failure="1", reason="overcurrent")
            happened.clear()
            await hand.post("/sim/amplifier", json={"fault": None})
            await until_told("HardwareFailure/AmplifierFailure", failure="0", reason="")
