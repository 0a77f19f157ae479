"""Terminals, lamps and button: from the HTTP interface to the kernel's lines, and back."""

from functools import partial
from typing import Any

import httpx
import pytest

from daemons.ioports.led_table import TABLE
from hw.boards import c8210_hat as hat
from hw.ports import Colour
from tests.playing import parameters
from tests.suite import until
from tests.vm.lines import BUTTON_N, GREEN, RED, SPEAKER_GREEN, SPEAKER_RED, Lines, lit
from tests.vm.machine import VirtualMachine

PORT = "tns1:Device/tnsaxis:IO/Port"
BUTTON = "tns1:Device/tnsaxis:IO/ControlButton"
GESTURE = "tns1:Device/tnsaxis:IO/ControlButtonGesture"
NO_BOUNCES = {"IOPort.I0.Input.Debounce": "0"}
ON = {
    Colour.OFF: (0, 0),
    Colour.RED: (1, 0),
    Colour.GREEN: (0, 1),
    Colour.AMBER: (1, 1),
}
"""The red and the green LED of a lamp."""


def events(administrator: httpx.Client, topic: str) -> list[tuple[float, dict[str, Any]]]:
    """Return when what happened under a topic, newest first."""
    entries = administrator.get("/api/events/record", params={"kinds": "event", "limit": "200"})
    return [
        (entry["time"], {**entry["event"]["source"], **entry["event"]["data"]})
        for entry in entries.json()
        if entry["event"]["topic"] == topic
    ]


def active(administrator: httpx.Client, port: int) -> bool:
    """Whether a port is active; counted from 1, as port.cgi does."""
    answer = administrator.get("/axis-cgi/io/port.cgi", params={"checkactive": str(port)}).text
    return answer.strip() == f"port{port}=active"


def _is(due: bool, administrator: httpx.Client) -> bool:
    return active(administrator, 1) is due


def _stands(lines: Lines, name: str, due: int) -> bool:
    return lines.level(name) == due


def main_pid(machine: VirtualMachine, daemon: str) -> int:
    """Return the process id of a daemon, as the machine counts."""
    return int(machine.does(f"systemctl show -P MainPID c8210-{daemon}.service"))


def shown(cause: str) -> list[tuple[tuple[int, ...], float]]:
    """Return what red and green of a lamp do for a cause, in order, and for how long in s."""
    pattern = next(each.pattern for each in TABLE if each.name == cause)
    return [(ON[step.colour], step.duration_ms / 1000) for step in pattern]


def assert_flashes(seen: list[tuple[tuple[int, ...], float]], cause: str) -> None:
    """Fail unless a lamp did what it does for a cause, again and again, each step within 40 ms."""
    # Red and green are two patterns to the kernel: in between both may be lit, or none, for a moment.
    steps = [step for step in seen if step[1] > 0.04]
    wanted = shown(cause)
    assert len(steps) >= len(wanted) + 1, seen
    turns = [[*wanted[turn:], *wanted[:turn]] for turn in range(len(wanted))]
    assert any(
        all(
            levels == due[0] and abs(lasted - due[1]) < 0.05
            for (levels, lasted), due in zip(steps, turn * len(steps), strict=False)
        )
        for turn in turns
    ), seen


# --- terminals --------------------------------------------------------------------------------


@pytest.mark.covers("M-HW-08", part="from the kernel's line to the client")
@pytest.mark.covers("M-IO-01", part="from the kernel's line to the client")
def test_an_input_is_told_with_the_time_of_its_edge(
    machine: VirtualMachine, administrator: httpx.Client, lines: Lines
) -> None:
    """The kernel takes the time: the daemon stood still when it happened, and for 1.5 s after."""
    with parameters(administrator, NO_BOUNCES):
        assert not active(administrator, 1)
        for low in (True, False):
            before, after = lines.move(hat.IO1_IN, not low, main_pid(machine, "ioports"))
            until("it is told", partial(_is, low, administrator), 180)
            told = [
                (at, each["state"])
                for at, each in events(administrator, PORT)
                if each["port"] == "0"
            ]
            at, state = told[0]
            assert state == str(int(low))
            assert before - 0.002 <= at <= after + 0.002


def test_each_of_many_edges_is_told(
    machine: VirtualMachine, administrator: httpx.Client, lines: Lines
) -> None:
    """50 of them, 5 ms apart: in order, none left out, none doubled."""
    path = f"{lines.folder(hat.IO1_IN)}/pull"
    with parameters(administrator, NO_BOUNCES):
        begin = float(machine.does("date +%s.%N"))
        status, text = machine.python(
            "import sys, time\n"
            "for edge in range(50):\n"
            "    open(sys.argv[1], 'w').write('pull-up' if edge % 2 else 'pull-down')\n"
            "    time.sleep(0.005)\n",
            path,
        )
        assert status == 0, text

        def told() -> list[str]:
            return [
                each["state"]
                for at, each in reversed(events(administrator, PORT))
                if each["port"] == "0" and at >= begin
            ]

        until("the last edge", lambda: len(told()) >= 50, 180)
        assert told() == ["1", "0"] * 25


@pytest.mark.covers("M-HW-09", part="the line that closes it")
@pytest.mark.covers("M-IO-02", part="from the client to the kernel's line")
def test_an_output_drives_its_line(administrator: httpx.Client, lines: Lines) -> None:
    """By state, and by a pulse, which lasts as long as it should by the machine's own clock."""
    with parameters(administrator, {"IOPort.I1.Direction": "output"}):
        for action, level in (("2:/", 1), ("2:\\", 0)):
            administrator.get("/axis-cgi/io/port.cgi", params={"action": action}).raise_for_status()
            until("it is driven", partial(_stands, lines, hat.IO2_OUT, level), 180)
        assert lines.level(hat.IO1_OUT) == 0, "the other one"
        pulse = lines.watch(
            [hat.IO2_OUT],
            6,
            lambda: administrator.get("/axis-cgi/io/port.cgi", params={"action": "2:/500\\"}),
        )
    assert [change.levels for change in pulse] == [(0,), (1,), (0,)]
    assert pulse[2].at_s - pulse[1].at_s == pytest.approx(0.5, abs=0.03)


@pytest.mark.covers("M-IO-07", part="a daemon's restart")
def test_an_output_is_open_while_its_daemon_is_away(
    machine: VirtualMachine, administrator: httpx.Client, lines: Lines
) -> None:
    """However the daemon dies: the kernel takes the line back, and it comes back in its normal state."""
    closed = {"IOPort.I1.Direction": "output", "IOPort.I1.Output.Active": "open"}
    with parameters(administrator, closed):
        until("its normal state is closed", lambda: lines.level(hat.IO2_OUT) == 1, 180)
        kill = partial(machine.does, "systemctl kill -s KILL c8210-ioports.service")
        seen = lines.watch([hat.IO2_OUT], 12, kill)
    assert [change.levels for change in seen] == [(1,), (0,), (1,)]
    until("it reads again", lambda: not active(administrator, 1), 180)


# --- lamps ------------------------------------------------------------------------------------


@pytest.mark.covers("M-LED-01", part="on the kernel's lines")
@pytest.mark.covers("M-LED-07", part="on the kernel's lines")
def test_lamps_show_what_they_should(lines: Lines) -> None:
    """Status green; speaker: two short flashes and one long time without light, for nothing is calibrated."""
    assert [change.levels for change in lines.watch([RED, GREEN], 1.5)] == [(0, 1)]
    assert_flashes(lit(lines.watch([SPEAKER_RED, SPEAKER_GREEN], 7)), "not_calibrated")


@pytest.mark.covers("M-LED-04", part="on the kernel's lines")
def test_a_cable_that_is_pulled_shows(machine: VirtualMachine, lines: Lines) -> None:
    """By the kernel's word on the carrier: amber and red in turn; and green again."""
    machine.monitor.execute("set_link", name="net", up=False)
    try:
        until("it flashes", lambda: machine.does("cat /sys/class/net/eth0/carrier") == "0", 180)
        assert_flashes(lit(lines.watch([RED, GREEN], 5)), "network_lost")
    finally:
        machine.monitor.execute("set_link", name="net", up=True)
    until("the cable is back", lambda: machine.does("cat /sys/class/net/eth0/carrier") == "1", 180)
    until("green", lambda: len(lines.watch([RED, GREEN], 1.5)) == 1, 180)
    assert (lines.level(RED), lines.level(GREEN)) == (0, 1)


@pytest.mark.covers("M-LED-06", part="on the kernel's lines")
def test_it_can_be_located(administrator: httpx.Client, lines: Lines) -> None:
    """Red and green in turn, fast."""
    ask = {"apiVersion": "1.0", "method": "find", "params": {"duration": 60}}
    answer = administrator.post("/axis-cgi/findmydevice.cgi", json=ask).json()
    assert "error" not in answer, answer
    try:
        assert_flashes(lit(lines.watch([RED, GREEN], 3)), "locate")
    finally:
        stop = {"apiVersion": "1.0", "method": "stop"}
        administrator.post("/axis-cgi/findmydevice.cgi", json=stop).raise_for_status()
    until("green", lambda: len(lines.watch([RED, GREEN], 1.5)) == 1, 180)


# --- the button -------------------------------------------------------------------------------


@pytest.mark.covers("M-HW-03", part="the button's side")
def test_a_short_press_is_told(administrator: httpx.Client, lines: Lines) -> None:
    """Through gpio-keys: down, up, and what was meant by it."""
    begin = len(events(administrator, BUTTON))
    lines.hold(BUTTON_N, 0.4)
    until("both moves", lambda: len(events(administrator, BUTTON)) == begin + 2, 180)
    (up, released), (down, pressed) = events(administrator, BUTTON)[:2]
    assert (pressed["pressed"], released["pressed"]) == ("1", "0")
    assert up - down == pytest.approx(0.4, abs=0.05)
    assert events(administrator, GESTURE)[0][1]["gesture"] == "cloud_connect"


@pytest.mark.covers("M-HW-01", part="the button, until tones are heard")
def test_a_long_press_starts_the_test_of_the_load(
    machine: VirtualMachine, administrator: httpx.Client, lines: Lines
) -> None:
    """After 2 s, while it is held: tones are heard."""
    begin = machine.heard()
    lines.hold(BUTTON_N, 2.6)
    until(
        "the gesture",
        lambda: events(administrator, GESTURE)[0][1]["gesture"] == "impedance_test",
        60,
    )
    until("tones", lambda: abs(machine.recording(begin)).max(initial=0) > 100, 180)
    down = events(administrator, BUTTON)[1][0]
    assert 1.9 < events(administrator, GESTURE)[0][0] - down < 2.6, "while it was held"
    # No current is measured here, and it says so; the tones are out of the card before anybody else is heard.
    log = "journalctl --no-pager -o cat -u c8210-audio -n 20"
    until("it is over", lambda: "impedance test was abandoned" in machine.does(log), 180)
    machine.does("sleep 1")
