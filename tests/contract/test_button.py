"""The control button by its gestures, each with what it does and what the LEDs show meanwhile."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest

from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.suite import EVENTS, HTTP, IOPORTS, SYSTEM
from common.clock import SystemClock
from common.lamps import Lamps
from tests.contract.front_rig import (
    Watch,
    assert_reset_shown,
    assert_rhythm,
    before,
    lamp_of,
    until_shown,
    watch_for,
    watch_lamp,
    watch_until,
)
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import simulated_world
from tests.heard import as_wav
from tests.playing import noise, upload
from tests.suite import Unit, running_suite, until

pytestmark = pytest.mark.alone

GREEN = [("green", 0.0)]
CONNECTING = [("green", 500.0), ("off", 500.0)]
NOT_AVAILABLE = "one-click cloud connection is not available on this unit"


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A unit for the tests of this file, which cut its power and reset it."""
    with running_suite(tmp_path_factory.mktemp("unit")) as running:
        running.claim()
        yield running


@pytest.fixture
def world(unit: Unit) -> Iterator[httpx.Client]:
    """The world before it; the unit is ready, and nobody touches it."""
    with before(unit) as client:
        until_shown(lamp_of(client, "status"), GREEN, 30)
        yield client
        press(client, False)


def press(world: httpx.Client, pressed: bool) -> None:
    """Lay a finger on the control button, or take it away."""
    world.post("/sim/button", json={"pressed": pressed}).raise_for_status()


def power_up_holding(world: httpx.Client) -> None:
    """Disconnect the power, and press the button while connecting it again."""
    world.post("/sim/power", json={"button_held": True}).raise_for_status()


def log_of(unit: Unit) -> str:
    """Return what the ioports daemon has logged since the power came."""
    return (unit.state / "log" / "ioports.log").read_text(errors="replace")


def has_settings(unit: Unit) -> bool:
    """Whether the unit still knows its accounts."""
    return not unit.needs_setup()


@pytest.mark.covers("M-HW-11")
def test_there_are_two_leds(unit: Unit, world: httpx.Client) -> None:
    """The status LED and the speaker LED, lit both, and told of to whoever asks."""
    assert set(world.get("/sim/state").json()["leds"]) == {"status", "speaker"}
    for lamp in ("status", "speaker"):
        assert "green" in watch_for(lamp_of(world, lamp), 2.5).colours()
    with unit.admin() as admin:
        assert [led["led"] for led in admin.get("/api/leds").json()] == ["status", "speaker"]
        tables = admin.get("/api/front-panel").json()
    assert {row["led"] for row in tables["led_table"]} == {"status", "speaker"}
    assert [row["gesture"] for row in tables["gestures"]] == [
        "cloud_connect",
        "impedance_test",
        "factory_default",
    ]
    assert unit.client.get("/api/leds").status_code == 401
    assert unit.client.get("/api/front-panel").status_code == 401


# --- press and hold ---------------------------------------------------------------------------


@pytest.mark.covers("M-HW-01", part="the lamp")
def test_holding_the_button_calibrates_the_speaker_and_its_led_turns_green(
    unit: Unit, world: httpx.Client
) -> None:
    """M-HW-01: the tones are proved in test_impedance; here what the lamp shows before and after."""
    look = lamp_of(world, "speaker")
    assert "off" in watch_for(look, 2.5).colours()
    press(world, True)
    until("the test runs", lambda: "the load is tested" in log_of(unit))
    press(world, False)
    until_shown(look, GREEN, 30)
    assert has_settings(unit)


# --- press and release ------------------------------------------------------------------------


def test_a_press_without_anybody_who_connects_shows_nothing_and_says_so(
    unit: Unit, world: httpx.Client
) -> None:
    """As long as nothing dials, the unit does not look as if something did."""
    world.post("/sim/button", json={"hold_s": 0.3}).raise_for_status()
    assert_rhythm(watch_for(lamp_of(world, "status"), 4), GREEN)
    until("the log says so", lambda: NOT_AVAILABLE in log_of(unit))


@pytest.mark.covers("M-HW-03", part="the button's side")
async def test_a_press_is_told_and_the_status_led_flashes_while_somebody_connects(
    bus: PrivateBus,
) -> None:
    """M-HW-03: whoever dials hears of the press and raises its cause; the event names the gesture."""
    async with (
        simulated_world(bus) as world,
        bus.joined(SYSTEM) as dialler,
        bus.joined(HTTP) as http,
        asyncio.TaskGroup() as tasks,
    ):
        lamps = Lamps(dialler, SystemClock())
        lamps.drop("starting")
        heard: list[float] = []
        gestures: list[str] = []

        def asked(at: float) -> None:
            heard.append(at)
            lamps.hold("cloud_connecting", 20.0)

        def note(topic: str, _source: object, data: dict[str, str], _at: float) -> None:
            if topic.endswith("/ControlButtonGesture"):
                gestures.append(data["gesture"])

        await dialler.subscribe(IoPortsInterface.cloud_connect_pressed, IOPORTS, asked)
        await http.subscribe(EventsInterface.happened, EVENTS, note)
        telling = tasks.create_task(lamps.run(), name="lamps")
        await bus.start(EVENTS)
        daemon = await bus.start(IOPORTS)
        await eventually(lambda: world.lamps["status"].pattern == [("green", 0)], "green")
        world.press(True)
        await asyncio.sleep(0.2)
        assert not heard
        world.press(False)
        await eventually(lambda: gestures == ["cloud_connect"], "the event")
        await eventually(lambda: world.lamps["status"].pattern != [("green", 0)], "an answer")
        assert_rhythm(await watch_lamp(world, "status", 2.5), CONNECTING)
        assert abs(heard[0] - time.time()) < 10
        await asyncio.sleep(1)
        assert NOT_AVAILABLE not in daemon.log
        lamps.drop("cloud_connecting")
        await eventually(lambda: world.lamps["status"].pattern == [("green", 0)], "connected")
        telling.cancel()


async def test_bounces_of_the_contact_are_nothing(bus: PrivateBus) -> None:
    """A worn contact closes and opens many times in a few ms; what it comes to rest at is one move."""
    async with simulated_world(bus) as world, bus.joined(HTTP) as http:
        moves: list[bool] = []
        await http.subscribe(
            IoPortsInterface.button, IOPORTS, lambda pressed, _at: moves.append(pressed)
        )
        daemon = await bus.start(IOPORTS)
        await asyncio.sleep(0.5)
        for rest in (True, False):
            for _ in range(5):
                world.press(rest)
                world.press(not rest)
            world.press(rest)
            await asyncio.sleep(0.3)
        assert moves == [True, False]
        await eventually(lambda: NOT_AVAILABLE in daemon.log, "one press")
        assert daemon.log.count(NOT_AVAILABLE) == 1


# --- held while the power is connected --------------------------------------------------------


def second_amber(watch: Watch) -> bool:
    """Whether the status LED was amber, dark and is amber again, all without power before."""
    colours = watch.colours()
    return "off" in colours and colours[colours.index("off") :] == ["off", "amber", "off", "amber"]


def test_who_lets_go_before_the_second_amber_has_only_started_the_unit(
    unit: Unit, world: httpx.Client
) -> None:
    """Settings are as they were."""
    look = lamp_of(world, "status")
    power_up_holding(world)
    watch = watch_until(look, lambda watch: watch.colours()[-3:] == ["off", "amber", "off"])
    assert watch.whole()[-1].colour == "amber"
    watch_for(look, 3)
    press(world, False)
    until_shown(look, GREEN)
    assert_rhythm(watch_for(look, 3), GREEN)
    assert has_settings(unit)


def test_a_daemon_killed_under_a_hand_does_not_take_it_for_a_hold_since_power_up(
    unit: Unit, world: httpx.Client
) -> None:
    """The show ends, and the release means nothing, however late; a hand at any other time neither."""
    look = lamp_of(world, "status")
    power_up_holding(world)
    watch_until(look, lambda watch: watch.colours()[-3:] == ["off", "amber", "off"])
    unit.kill("ioports")
    begin = time.monotonic()
    until_shown(look, GREEN)
    # Five seconds were over at its death: seven more are beyond the second amber.
    assert_rhythm(watch_for(look, max(0.0, 7 - (time.monotonic() - begin))), GREEN)
    press(world, False)
    assert_rhythm(watch_for(look, 4), GREEN)
    assert has_settings(unit)
    assert NOT_AVAILABLE not in log_of(unit)


@pytest.mark.covers("M-HW-02", part="all but taking the address")
def test_a_button_held_from_power_up_to_the_second_amber_resets_the_unit(
    unit: Unit, world: httpx.Client
) -> None:
    """M-HW-02: amber, dark, amber at 10 s; release: flashing, amber, and green when all is as it came."""
    look = lamp_of(world, "status")
    with unit.admin() as admin:
        clip = upload(admin, "mine", as_wav(noise(0.2, seed=1)))
        changed = {"root.Network.IPAddress": "192.168.7.7", "root.StatusLed.FlashInterval": "9"}
        answer = admin.post("/axis-cgi/param.cgi", data={"action": "update", **changed})
        assert answer.text == "OK"
    power_up_holding(world)
    watch = watch_until(look, second_amber)
    first_amber, dark = watch.whole()[-2:]
    assert (first_amber.colour, dark.colour) == ("amber", "off")
    assert 10_000 <= first_amber.at_most_ms + dark.at_most_ms < 12_000
    assert dark.is_("off", 5000) or abs(dark.at_least_ms - 5000) < 100
    assert watch_for(look, 2).colours() == ["amber"]
    assert has_settings(unit)
    press(world, False)
    reset = watch_until(look, lambda watch: watch.looks[-1][1] == "green")
    assert_reset_shown(reset)
    until("the unit is as it came", unit.needs_setup)
    unit.claim()
    with unit.admin() as admin:
        read = {"action": "list", "group": "Network,StatusLed"}
        settings = admin.get("/axis-cgi/param.cgi", params=read).text
        assert "root.Network.IPAddress=192.168.0.90\n" in settings
        assert "root.Network.BootProto=dhcp\n" in settings
        assert "root.StatusLed.FlashInterval=4\n" in settings
        assert "mine" not in [each["name"] for each in admin.get("/api/clips").json()], clip
        assert admin.get("/api/impedance").json()["state"] == "uncalibrated"
    assert_rhythm(watch_for(look, 2), GREEN)
