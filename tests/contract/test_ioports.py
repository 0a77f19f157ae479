"""The ioports daemon on a real bus, with the simulated world before it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from common.bus.connection import Connection
from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.sim import SimInterface
from common.bus.suite import EVENTS, HTTP, IOPORTS, PARAMS, SIM, SYSTEM
from common.errors import InvalidValue, NotFound, NotPermitted, Unavailable
from common.params.client import ParamsClient
from common.params.kinds import Access
from hw.sim.world import World
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import simulated_world

STARTING = [("amber", 0)]
NORMAL = [("green", 0)]
OFF = [("off", 0)]
LED_TOPIC = "tns1:Device/tnsaxis:IO/Led"
LOCATE = [("red", 200), ("green", 200)]
NOT_CALIBRATED = [("green", 200), ("off", 200), ("green", 200), ("off", 1400)]


def ioports(connection: Connection) -> IoPortsInterface:
    """Return the daemon as another one calls it."""
    return connection.proxy(IoPortsInterface, IOPORTS)


def shows(world: World, pattern: list[tuple[str, int]], lamp: str = "status") -> Callable[[], bool]:
    """Return whether a lamp shows a pattern, to be waited for."""
    return lambda: world.lamps[lamp].pattern == pattern


@pytest.mark.covers("M-LED-01", "M-LED-02", "M-LED-07", part="lamps")
async def test_the_lamps_tell_that_the_unit_starts_and_then_that_it_runs(bus: PrivateBus) -> None:
    """Amber until the system daemon says otherwise; the speaker LED asks for calibration."""
    async with simulated_world(bus) as world, bus.joined(SYSTEM) as system:
        await bus.start(IOPORTS)
        await eventually(shows(world, STARTING), "amber")
        await eventually(shows(world, NOT_CALIBRATED, "speaker"), "the calibration pattern")
        await ioports(system).clear_cause("starting")
        await eventually(shows(world, NORMAL), "green")
        await ioports(system).clear_cause("not_calibrated")
        await eventually(shows(world, NORMAL, "speaker"), "the speaker LED green")


@pytest.mark.covers("M-LED-03", "M-LED-05", "M-LED-06", "M-LED-09", part="lamps")
@pytest.mark.parametrize(
    ("cause", "lamp", "pattern"),
    [
        ("upgrade", "status", [("amber", 500), ("off", 500)]),
        ("reset", "status", [("amber", 500), ("off", 500)]),
        ("upgrade_failed", "status", [("red", 1000), ("off", 1000)]),
        ("locate", "status", LOCATE),
        ("over_current", "speaker", [("red", 500), ("off", 500)]),
    ],
)
async def test_a_cause_lights_the_lamp_and_leaves_it(
    bus: PrivateBus, cause: str, lamp: str, pattern: list[tuple[str, int]]
) -> None:
    """As the world sees it, from another daemon's call on."""
    async with simulated_world(bus) as world, bus.joined(SYSTEM) as system:
        await bus.start(IOPORTS)
        await ioports(system).clear_cause("starting")
        await ioports(system).raise_cause(cause, 0.0)
        await eventually(shows(world, pattern, lamp), cause)
        await ioports(system).clear_cause(cause)
        await eventually(lambda: world.lamps[lamp].pattern in (NORMAL, NOT_CALIBRATED), "before")


@pytest.mark.covers("M-LED-04", part="lamps")
async def test_a_pulled_network_cable_lights_the_lamp(bus: PrivateBus) -> None:
    """Also one that was pulled before the daemon or the world came."""
    lost = [("amber", 500), ("red", 500)]
    async with bus.joined(SYSTEM) as system:
        async with simulated_world(bus) as world:
            world.link(False)
            await bus.start(IOPORTS)
            await ioports(system).clear_cause("starting")
            await eventually(shows(world, lost), "lost at the start")
            world.link(True)
            await eventually(shows(world, NORMAL), "found")
        async with simulated_world(bus) as world:
            world.link(False)
            await eventually(shows(world, lost), "lost in a new world")


async def test_a_cause_with_a_time_ends_though_nobody_clears_it(bus: PrivateBus) -> None:
    """Whoever raised it may have died."""
    async with simulated_world(bus) as world:
        await bus.start(IOPORTS)
        async with bus.joined(SYSTEM) as system:
            await ioports(system).clear_cause("starting")
            await ioports(system).raise_cause("locate", 0.5)
        await eventually(lambda: LOCATE in world.shown["status"], "located")
        await eventually(shows(world, NORMAL), "no longer located")


async def test_a_cause_of_two_daemons_holds_until_neither_says_so(bus: PrivateBus) -> None:
    """Nobody takes back what somebody else has said, and this daemon's own death mixes nothing up."""
    upgrading = [("amber", 500), ("off", 500)]
    async with simulated_world(bus) as world, bus.joined(SYSTEM) as one, bus.joined(HTTP) as other:
        daemon = await bus.start(IOPORTS)
        await ioports(one).clear_cause("starting")
        await ioports(one).raise_cause("upgrade", 0.0)
        await ioports(other).raise_cause("upgrade", 0.0)
        await ioports(other).clear_cause("upgrade")
        await eventually(shows(world, upgrading), "as the first one says")
        await ioports(other).raise_cause("upgrade", 0.0)
        daemon.kill()
        await bus.start(IOPORTS)
        await ioports(one).clear_cause("upgrade")
        await eventually(shows(world, upgrading), "as the other one says")
        await ioports(other).clear_cause("upgrade")
        await eventually(shows(world, NORMAL), "green")


async def test_what_makes_no_sense_is_refused(bus: PrivateBus) -> None:
    """Unknown causes, odd times."""
    async with simulated_world(bus), bus.joined(SYSTEM) as system:
        await bus.start(IOPORTS)
        with pytest.raises(NotFound):
            await ioports(system).raise_cause("disco", 0.0)
        with pytest.raises(NotFound):
            await ioports(system).clear_cause("disco")
        with pytest.raises(InvalidValue):
            await ioports(system).raise_cause("locate", -1.0)


async def test_the_lamps_come_back_with_the_world_and_with_the_bus(bus: PrivateBus) -> None:
    """A new world is dark until it is told; so is one behind a new broker."""
    await bus.start(IOPORTS)
    async with simulated_world(bus) as world:
        await eventually(shows(world, STARTING), "amber, though the world came later")
    async with simulated_world(bus) as world:
        await eventually(shows(world, STARTING), "amber in a new world")
        bus.stop_broker()
        world.light("status", OFF)
        bus.start_broker()
        await eventually(shows(world, STARTING), "amber behind a new broker")


async def test_a_killed_daemon_leaves_the_lamps_as_they_are(bus: PrivateBus) -> None:
    """Also when it is back; where the unit has started anew meanwhile, that is what they tell."""
    async with simulated_world(bus) as world, bus.joined(SYSTEM) as system:
        daemon = await bus.start(IOPORTS)
        await ioports(system).clear_cause("starting")
        await eventually(shows(world, NORMAL), "green")
        daemon.kill()
        assert shows(world, NORMAL)()
        shown = len(world.shown["status"])
        daemon = await bus.start(IOPORTS)
        await eventually(lambda: len(world.shown["status"]) > shown, "lit by the new one")
        assert world.shown["status"][shown:] == [NORMAL]
        daemon.kill()
        await bus.start(IOPORTS, C8210_BOOT_ID="0b9f3d0e-52a3-4b0e-8d4b-6c1c7c1f9a55")
        await eventually(shows(world, STARTING), "amber")


async def test_the_leds_say_what_they_show_and_why(bus: PrivateBus) -> None:
    """For the web UI."""
    async with simulated_world(bus), bus.joined(HTTP) as http:
        await bus.start(IOPORTS)
        await ioports(http).raise_cause("locate", 60.0)
        status, speaker = json.loads(await ioports(http).leds())
        assert (status["led"], status["cause"]) == ("status", "locate")
        assert status["causes"] == ["locate", "starting", "normal"]
        assert status["pattern"] == [
            {"colour": "red", "duration_ms": 200},
            {"colour": "green", "duration_ms": 200},
        ]
        assert (speaker["led"], speaker["cause"]) == ("speaker", "not_calibrated")


async def test_what_the_leds_show_is_an_event_with_a_state(bus: PrivateBus) -> None:
    """So that a rule can act on it; a cause that is not shown is no event."""
    async with simulated_world(bus), bus.joined(HTTP) as http:
        seen: list[tuple[str, str]] = []

        def note(topic: str, source: dict[str, str], data: dict[str, str], _at: float) -> None:
            if topic == LED_TOPIC:
                seen.append((source["led"], data["cause"]))

        await http.subscribe(EventsInterface.happened, EVENTS, note)
        await bus.start(EVENTS)
        await bus.start(IOPORTS)
        await eventually(lambda: len(seen) == 2, "the state at the start")
        assert sorted(seen) == [("speaker", "not_calibrated"), ("status", "starting")]
        await ioports(http).raise_cause("upgrade_failed", 0.0)
        await ioports(http).raise_cause("locate", 0.5)
        await ioports(http).clear_cause("starting")
        await eventually(lambda: len(seen) == 4, "both changes")
        assert seen[2:] == [("status", "locate"), ("status", "upgrade_failed")]
        current = json.loads(await http.proxy(EventsInterface, EVENTS).current(LED_TOPIC))
        assert {(each["source"]["led"], each["data"]["cause"]) for each in current} == {
            ("speaker", "not_calibrated"),
            ("status", "upgrade_failed"),
        }


async def test_a_board_without_leds_has_none_and_takes_causes_all_the_same(bus: PrivateBus) -> None:
    """Whoever raises one need not know the board."""
    async with bus.joined(HTTP) as http:
        await bus.start(IOPORTS, C8210_BOARD="host")
        await ioports(http).raise_cause("locate", 1.0)
        assert json.loads(await ioports(http).leds()) == []
        tables = json.loads(await ioports(http).front_panel())
        assert tables == {"led_table": [], "gestures": []}


async def test_the_parameters_of_the_status_led_are_live_and_kept(bus: PrivateBus) -> None:
    """Also over a restart without the params daemon."""
    async with simulated_world(bus) as world, bus.joined(HTTP) as http:
        params = await bus.start(PARAMS)
        daemon = await bus.start(IOPORTS)
        await ioports(http).clear_cause("starting")
        await eventually(shows(world, NORMAL), "green")
        changes = {"StatusLed.Usage": "flash", "StatusLed.FlashInterval": "2"}
        _, refused = await ParamsClient(http).bus.update(changes, int(Access.ADMIN), "test", True)
        assert not refused
        await eventually(shows(world, [("green", 250), ("off", 1750)]), "flashing green")
        kept = bus.state / "ioports" / "parameters.json"
        await eventually(lambda: "flash" in _text(kept), "the parameters on disk")
        params.kill()
        daemon.kill()
        await bus.start(IOPORTS)
        await ioports(http).clear_cause("starting")
        await eventually(shows(world, [("green", 250), ("off", 1750)]), "flashing without params")


@pytest.mark.parametrize(
    "content", [b'{"StatusLed.Usage":"\xff"}', b'{"StatusLed.FlashInterval":"%s"}' % (b"9" * 5000)]
)
async def test_damaged_kept_parameters_count_as_defaults(bus: PrivateBus, content: bytes) -> None:
    """The lamps work all the same, without the params daemon."""
    kept = bus.state / "ioports" / "parameters.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(content)
    async with simulated_world(bus) as world, bus.joined(HTTP) as http:
        await bus.start(IOPORTS)
        await ioports(http).clear_cause("starting")
        await eventually(shows(world, NORMAL), "green")


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


async def test_the_control_button_is_told_as_it_moves(bus: PrivateBus) -> None:
    """As a signal, and as an event with a state."""
    async with simulated_world(bus) as world, bus.joined(HTTP) as http:
        await bus.start(EVENTS)
        moves: list[bool] = []
        happened: list[str] = []
        named = "tns1:Device/tnsaxis:IO/ControlButton"

        def note(topic: str, _source: dict[str, str], data: dict[str, str], _at: float) -> None:
            if topic == named:
                happened.append(data["pressed"])

        await http.subscribe(
            IoPortsInterface.button, IOPORTS, lambda pressed, _at: moves.append(pressed)
        )
        await http.subscribe(EventsInterface.happened, EVENTS, note)
        await bus.start(IOPORTS)
        await eventually(lambda: happened == ["0"], "the state at the start")
        world.press(True)
        await asyncio.sleep(0.1)
        world.press(False)
        await eventually(lambda: moves == [True, False], "both moves")
        await eventually(lambda: happened == ["0", "1", "0"], "both events")


async def test_a_button_that_is_held_when_the_world_appears_is_felt(bus: PrivateBus) -> None:
    """The move was missed, the state is not."""
    async with bus.joined(HTTP) as http:
        await bus.start(EVENTS)
        await bus.start(IOPORTS)
        events = http.proxy(EventsInterface, EVENTS)
        async with simulated_world(bus) as world:
            world.press(True)
            async with asyncio.timeout(10):
                while '"1"' not in await _current(events):
                    await asyncio.sleep(0.01)


async def _current(events: EventsInterface) -> str:
    try:
        return await events.current("tns1:Device/tnsaxis:IO/ControlButton")
    except Unavailable:
        return ""


async def test_only_the_world_moves_the_button_and_only_ioports_lights_the_lamps(
    bus: PrivateBus,
) -> None:
    """Another daemon may not."""
    async with simulated_world(bus) as world, bus.joined(SYSTEM) as system:
        with pytest.raises(NotPermitted):
            await system.proxy(SimInterface, SIM).set_led("status", [("red", 0)])
        assert world.lamps["status"].pattern == OFF
