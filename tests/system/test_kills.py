"""Any service can be killed, or hang, at any moment: it is back soon, and nobody else notices."""

import time

import httpx
import pytest

from tests.suite import Unit, until
from tests.system.machine import Machine
from tests.system.test_appliance import RUNNING, SERVICES
from tests.system.watching import polling, unbroken

REAL_TIME = True
BACK_S = 2.0
BACK_FROM_HANGING_S = 15.0
ON_THE_ROAD = ("c8210-nginx.service", "c8210-http.service", "c8210-params.service")
"""Through which the answers come that the client waits for."""


def strike(machine: Machine, unit: str, signal: str, within_s: float) -> float:
    """Send a signal to every process of a service, and return after how many seconds it was ready again."""
    everybody = machine.services()
    before = machine.show(*everybody)
    machine.run("systemctl", "kill", f"--signal={signal}", unit)
    started = time.monotonic()

    def is_back() -> bool:
        now = machine.show(unit)[unit]
        return now["ActiveState"] == "active" and now["MainPID"] not in (
            "0",
            before[unit]["MainPID"],
        )

    until(f"{unit} is back", is_back, within_s + 20)
    took = time.monotonic() - started
    after = machine.show(*everybody)
    for other in set(everybody) - {unit}:
        assert after[other] == before[other], f"{other} was disturbed"
    assert int(after[unit]["NRestarts"]) == int(before[unit]["NRestarts"]) + 1
    return took


@pytest.mark.parametrize("unit", [name for name in RUNNING if "audio" not in name])
def test_a_killed_service_is_back_and_nobody_notices(
    machine: Machine, appliance: Unit, administrator: httpx.Client, unit: str
) -> None:
    """No gap in the sound, and every answer right, but for those that came through it."""
    with unbroken(appliance, administrator), polling(appliance) as answers:
        took = strike(machine, unit, "KILL", BACK_S)
        assert took <= BACK_S
    if unit in ON_THE_ROAD:
        assert answers.away_s() <= BACK_S, answers.wrong
    else:
        assert answers.wrong == []


def test_a_killed_audio_daemon_is_back_and_plays(
    machine: Machine, appliance: Unit, administrator: httpx.Client
) -> None:
    """Its own sound ends with it; what is asked for afterwards is whole."""
    administrator.get("/axis-cgi/playclip.cgi", params={"location": "alarm.mp3", "repeat": "-1"})
    with polling(appliance) as answers:
        took = strike(machine, "c8210-audio.service", "KILL", BACK_S)
    assert took <= BACK_S
    assert answers.wrong == []
    with unbroken(appliance, administrator):
        pass


@pytest.mark.parametrize("unit", [name for name in SERVICES if "audio" not in name])
def test_a_service_that_hangs_is_started_again(
    machine: Machine, appliance: Unit, administrator: httpx.Client, unit: str
) -> None:
    """Its watchdog ends it: whoever does not hang goes on as if nothing was."""
    with unbroken(appliance, administrator), polling(appliance) as answers:
        took = strike(machine, unit, "STOP", BACK_FROM_HANGING_S)
        assert took <= BACK_FROM_HANGING_S
    if unit not in ON_THE_ROAD:
        assert answers.wrong == []


def test_an_audio_daemon_that_hangs_is_started_again(
    machine: Machine, appliance: Unit, administrator: httpx.Client
) -> None:
    """And plays what it is asked to."""
    with polling(appliance) as answers:
        took = strike(machine, "c8210-audio.service", "STOP", BACK_FROM_HANGING_S)
    assert took <= BACK_FROM_HANGING_S
    assert answers.wrong == []
    with unbroken(appliance, administrator):
        pass
