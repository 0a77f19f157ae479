"""The LEDs as the manual's table has them: colours and rhythm, as seen over time by somebody before the unit.

Where the unit has the cause already it is the real one; a cause whose daemon is still to come is raised over the bus
as that daemon will raise it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from common.bus.suite import IOPORTS, SYSTEM
from common.clock import SystemClock
from common.lamps import Lamps
from daemons.ioports.lamps import GRACE_S
from tests.contract.front_rig import (
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
from tests.contract.unit_at_work import WatchedWorld, simulated_world
from tests.suite import Unit, running_suite, until

GREEN = [("green", 0.0)]
AMBER = [("amber", 0.0)]
AMBER_FLASHING = [("amber", 500.0), ("off", 500.0)]
NETWORK_LOST = [("amber", 500.0), ("red", 500.0)]
UPGRADE_FAILED = [("red", 1000.0), ("off", 1000.0)]
LOCATE = [("red", 200.0), ("green", 200.0)]
NOT_CALIBRATED = [("green", 200.0), ("off", 200.0), ("green", 200.0), ("off", 1400.0)]
OVER_CURRENT = [("red", 500.0), ("off", 500.0)]


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A unit for the tests of this file, which start it anew and reset it."""
    with running_suite(tmp_path_factory.mktemp("unit")) as running:
        running.claim()
        yield running


@pytest.fixture
def world(lit: Unit) -> Iterator[httpx.Client]:
    """The world before it; the unit is ready."""
    with before(lit) as client:
        until_shown(lamp_of(client, "status"), GREEN, 30)
        yield client


def locate(lit: Unit, method: str, **parameters: object) -> None:
    """Start or stop Locate device, as its client does."""
    with lit.admin() as admin:
        answer = admin.post(
            "/axis-cgi/findmydevice.cgi",
            json={"apiVersion": "1.1", "method": method, "params": parameters},
        )
        assert "error" not in answer.json(), answer.text


# --- status LED -------------------------------------------------------------------------------


@pytest.mark.covers("M-LED-01")
def test_in_normal_operation_the_status_led_is_steady_green(world: httpx.Client) -> None:
    """M-LED-01."""
    assert_rhythm(watch_for(lamp_of(world, "status"), 3), GREEN)


@pytest.mark.covers("M-LED-02")
def test_while_the_unit_starts_the_status_led_is_steady_amber(world: httpx.Client) -> None:
    """M-LED-02: dark without power, then amber until the unit is ready, then green."""
    amber: list[object] = []

    def look() -> tuple[float, str]:
        state = world.get("/sim/state").json()
        lamp = state["leds"]["status"]
        if lamp["colour"] == "amber":
            amber.append(lamp["pattern"])
        return state["monotonic_ms"], lamp["colour"]

    world.post("/sim/power", json={}).raise_for_status()
    watch = watch_until(
        look, lambda watch: watch.looks[-1][1] == "green" and "amber" in watch.colours()
    )
    assert watch.colours() == ["green", "off", "amber", "green"]
    # A quick start is over before a flash would be: that it is none the lamp itself must tell.
    assert all(pattern == [{"colour": "amber", "duration_ms": 0}] for pattern in amber)


@pytest.mark.covers("M-LED-04")
def test_without_its_network_the_status_led_flashes_amber_and_red(
    lit: Unit, world: httpx.Client
) -> None:
    """M-LED-04: while the cable is pulled; the API says why."""
    look = lamp_of(world, "status")
    assert world.post("/sim/link", json={"connected": "no"}).status_code == 400
    assert world.get("/sim/state").json()["link"] == {"connected": True}
    world.post("/sim/link", json={"connected": False}).raise_for_status()
    until_shown(look, NETWORK_LOST)
    with lit.admin() as admin:
        status, _speaker = admin.get("/api/leds").json()
        assert (status["cause"], status["causes"]) == ("network_lost", ["network_lost", "normal"])
    world.post("/sim/link", json={"connected": True}).raise_for_status()
    until_shown(look, GREEN)


@pytest.mark.covers("M-STA-04", part="LED")
@pytest.mark.covers("M-LED-06")
def test_while_the_unit_is_located_the_status_led_flashes_red_and_green_fast(
    lit: Unit, world: httpx.Client
) -> None:
    """M-LED-06: as long as asked for, or until stopped."""
    look = lamp_of(world, "status")
    locate(lit, "find", duration=60)
    until_shown(look, LOCATE)
    locate(lit, "stop")
    until_shown(look, GREEN)


def test_nobody_sees_at_the_lamps_that_their_daemon_was_killed(
    lit: Unit, world: httpx.Client
) -> None:
    """Not even for a moment."""
    before_it = lit.processes()["ioports"]
    lit.kill("ioports")
    assert_rhythm(watch_for(lamp_of(world, "status"), 3), GREEN)
    until("it is back", lambda: lit.processes().get("ioports", before_it) != before_it)
    until("it answers", lambda: _status_cause(lit) == "normal")
    assert_rhythm(watch_for(lamp_of(world, "status"), 1), GREEN)


def _status_cause(lit: Unit) -> str:
    with lit.admin() as admin:
        answer = admin.get("/api/leds")
    return str(answer.json()[0]["cause"]) if answer.status_code == 200 else ""


def test_a_killed_system_daemon_does_not_leave_the_unit_located(
    lit: Unit, world: httpx.Client
) -> None:
    """It comes back and knows nothing of it; the lamp is that of normal operation a while later."""
    look = lamp_of(world, "status")
    locate(lit, "find", duration=300)
    until_shown(look, LOCATE)
    lit.kill("system")
    begin = time.monotonic()
    until_shown(look, GREEN, GRACE_S + 5)
    assert time.monotonic() - begin > GRACE_S - 1
    with lit.admin() as admin:
        until("sound can be stopped", lambda: admin.get("/axis-cgi/stopclip.cgi").is_success)


# --- speaker LED ------------------------------------------------------------------------------


@pytest.mark.covers("M-LED-07")
def test_without_calibration_the_speaker_led_flashes_green_twice_and_is_long_dark(
    world: httpx.Client,
) -> None:
    """M-LED-07: as the unit comes out of its box."""
    assert_rhythm(watch_for(lamp_of(world, "speaker"), 6.5), NOT_CALIBRATED)


@pytest.mark.covers("M-LED-08")
def test_with_a_calibrated_speaker_its_led_is_steady_green(lit: Unit, world: httpx.Client) -> None:
    """M-LED-08: from the end of the test on, and over the death of those who know it."""
    look = lamp_of(world, "speaker")
    with lit.admin() as admin:
        assert admin.post("/api/impedance/test").status_code == 202
        until("the load is known", lambda: _load(admin) == "calibrated", 30)
        until_shown(look, GREEN)
        lit.kill("audio")
        assert_rhythm(watch_for(look, 3), GREEN)
        until("the audio daemon is back", lambda: _load(admin) == "calibrated", 30)


def _load(admin: httpx.Client) -> str:
    answer = admin.get("/api/impedance")
    return str(answer.json()["state"]) if answer.status_code == 200 else ""


@pytest.mark.covers("M-LED-09")
def test_after_over_current_the_speaker_led_flashes_red(lit: Unit, world: httpx.Client) -> None:
    """M-LED-09: while the amplifier's own protection keeps it off, whoever dies meanwhile."""
    look = lamp_of(world, "speaker")
    before_it = watch_for(look, 2.5)
    world.post("/sim/amplifier", json={"fault": "overcurrent"}).raise_for_status()
    until_shown(look, OVER_CURRENT)
    lit.kill("audio")
    assert_rhythm(watch_for(look, 4), OVER_CURRENT)
    world.post("/sim/amplifier", json={"fault": None}).raise_for_status()
    until_shown(look, GREEN if before_it.colours() == ["green"] else NOT_CALIBRATED, 30)


# --- last, because it resets the unit ---------------------------------------------------------


@pytest.mark.covers("M-LED-03", part="reset")
def test_while_the_unit_is_reset_the_status_led_flashes_amber(
    lit: Unit, world: httpx.Client
) -> None:
    """M-LED-03: from the request until the unit starts anew, amber; then green."""
    look = lamp_of(world, "status")
    with lit.admin() as admin:
        admin.get("/axis-cgi/hardfactorydefault.cgi").raise_for_status()
    watch = watch_until(
        look, lambda watch: watch.looks[-1][1] == "green" and len(watch.colours()) > 1
    )
    assert_reset_shown(watch)
    until("the unit is as it came", lit.needs_setup)


# --- causes whose daemon is still to come -----------------------------------------------------


@asynccontextmanager
async def raiser(bus: PrivateBus) -> AsyncIterator[Lamps]:
    """Be the daemon that upgrades the unit, as far as the lamps go."""
    async with bus.joined(SYSTEM) as connection, asyncio.TaskGroup() as tasks:
        lamps = Lamps(connection, SystemClock())
        task = tasks.create_task(lamps.run(), name="lamps")
        lamps.drop("starting")
        yield lamps
        task.cancel()


async def shown(world: WatchedWorld, steps: list[tuple[str, float]]) -> None:
    """Wait for a pattern on the status LED, then see its rhythm."""
    wanted = [(colour, int(ms)) for colour, ms in steps]
    await eventually(lambda: world.lamps["status"].pattern == wanted, f"{wanted}")
    period_s = sum(ms for _colour, ms in steps) / 1000
    assert_rhythm(await watch_lamp(world, "status", 2 * period_s + 0.5), steps)


@pytest.mark.covers("M-LED-03")
@pytest.mark.parametrize("cause", ["upgrade", "reset"])
async def test_during_upgrade_and_reset_the_status_led_flashes_amber(
    bus: PrivateBus, cause: str
) -> None:
    """M-LED-03: also over a restart of the ioports daemon, whom the raiser tells again."""
    async with simulated_world(bus) as world, raiser(bus) as lamps:
        daemon = await bus.start(IOPORTS)
        lamps.hold(cause)
        await shown(world, AMBER_FLASHING)
        daemon.kill()
        await bus.start(IOPORTS)
        await shown(world, AMBER_FLASHING)
        lamps.drop(cause)
        await shown(world, GREEN)


@pytest.mark.covers("M-LED-05")
async def test_after_a_failed_upgrade_the_status_led_flashes_red_slowly(bus: PrivateBus) -> None:
    """M-LED-05: until that is over."""
    async with simulated_world(bus) as world, raiser(bus) as lamps:
        await bus.start(IOPORTS)
        lamps.hold("upgrade_failed")
        await shown(world, UPGRADE_FAILED)
        lamps.drop("upgrade_failed")
        await shown(world, GREEN)


async def test_a_cause_outlives_its_raiser_until_that_one_is_back(bus: PrivateBus) -> None:
    """Then it holds on, as told again."""
    async with simulated_world(bus) as world:
        await bus.start(IOPORTS)
        async with raiser(bus) as lamps:
            lamps.hold("upgrade")
            await shown(world, AMBER_FLASHING)
        begin = time.monotonic()
        await asyncio.sleep(GRACE_S / 2)
        async with raiser(bus) as lamps:
            lamps.hold("upgrade")
            await asyncio.sleep(GRACE_S / 2 + 1 - (time.monotonic() - begin - GRACE_S / 2))
            await shown(world, AMBER_FLASHING)
