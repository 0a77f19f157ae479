"""Any service can be killed, or hang, at any moment: it is back soon, and nobody else notices."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.stillness import whole
from tests.suite import Unit, until
from tests.system.machine import Machine
from tests.system.test_appliance import RUNNING, SERVICES
from tests.system.watching import Answers, polling, unbroken

AUDIO = "c8210-audio.service"
REAL_TIME = True
BACK_S = 2.0
BACK_FROM_HANGING_S = 15.0
ON_THE_ROAD = ("c8210-nginx.service", "c8210-http.service", "c8210-params.service")
"""Through which the answers come that the client waits for."""


@dataclass(frozen=True)
class Back:
    """How a service came back after a signal."""

    took_s: float
    """From the signal until it was ready again."""
    waited_s: float
    """For how much of that its new process was ready to go on, but this machine's processors did something else."""

    @property
    def by_itself_s(self) -> float:
        """Return what it takes where nobody else is at work."""
        return self.took_s - self.waited_s

    def __str__(self) -> str:
        return (
            f"back after {self.took_s:.2f} s, {self.waited_s:.2f} s of it waiting for a processor"
        )


def strike(machine: Machine, unit: str, signal: str, within_s: float) -> Back:
    """Send a signal to every process of a service, and see how it comes back while nobody else is disturbed."""
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
    scheduled = machine.run("cat", f"/proc/{after[unit]['MainPID']}/schedstat")
    return Back(took, int(scheduled.split()[1]) / 1e9)


def strike_seen(
    machine: Machine,
    appliance: Unit,
    unit: str,
    signal: str,
    within_s: float,
    figure: Callable[[str], None],
) -> tuple[Back, Answers]:
    """Strike a service while somebody asks the unit all the time; returns also what that one heard."""
    with polling(appliance) as answers:
        back = strike(machine, unit, signal, within_s)
    figure(str(back))
    assert back.by_itself_s <= within_s
    return back, answers


def plays(appliance: Unit, administrator: httpx.Client) -> None:
    """What is asked for now is whole."""
    with unbroken(appliance, administrator):
        pass


@pytest.mark.parametrize("unit", [name for name in RUNNING if "audio" not in name])
def test_a_killed_service_is_back_and_nobody_notices(
    machine: Machine,
    appliance: Unit,
    administrator: httpx.Client,
    figure: Callable[[str], None],
    unit: str,
) -> None:
    """No gap in the sound, and every answer right, but for those that came through it."""

    def attempt() -> tuple[Back, Answers]:
        with unbroken(appliance, administrator):
            return strike_seen(machine, appliance, unit, "KILL", BACK_S, figure)

    back, answers = whole(attempt, figure)
    if unit in ON_THE_ROAD:
        assert answers.away_s() <= BACK_S + back.waited_s, answers.wrong
    else:
        assert answers.wrong == []


def test_a_killed_audio_daemon_is_back_and_plays(
    machine: Machine,
    appliance: Unit,
    administrator: httpx.Client,
    figure: Callable[[str], None],
) -> None:
    """Its own sound ends with it; what is asked for afterwards is whole."""
    administrator.get("/axis-cgi/playclip.cgi", params={"location": "alarm.mp3", "repeat": "-1"})
    _, answers = strike_seen(machine, appliance, AUDIO, "KILL", BACK_S, figure)
    assert answers.wrong == []
    whole(lambda: plays(appliance, administrator), figure)


@pytest.mark.parametrize("unit", [name for name in SERVICES if "audio" not in name])
def test_a_service_that_hangs_is_started_again(
    machine: Machine,
    appliance: Unit,
    administrator: httpx.Client,
    figure: Callable[[str], None],
    unit: str,
) -> None:
    """Its watchdog ends it: whoever does not hang goes on as if nothing was."""

    def attempt() -> tuple[Back, Answers]:
        with unbroken(appliance, administrator):
            return strike_seen(machine, appliance, unit, "STOP", BACK_FROM_HANGING_S, figure)

    _, answers = whole(attempt, figure)
    if unit not in ON_THE_ROAD:
        assert answers.wrong == []


def test_an_audio_daemon_that_hangs_is_started_again(
    machine: Machine,
    appliance: Unit,
    administrator: httpx.Client,
    figure: Callable[[str], None],
) -> None:
    """And plays what it is asked to."""
    _, answers = strike_seen(machine, appliance, AUDIO, "STOP", BACK_FROM_HANGING_S, figure)
    assert answers.wrong == []
    whole(lambda: plays(appliance, administrator), figure)
