"""The amplifier's lines; and voltages by the kernel's driver of the converter: its temperature, and supervised loops.

The chip is a table of registers (i2c-stub), so every channel reads what stands in the one for results.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from hw.boards import c8210_hat as hat
from tests.playing import parameters
from tests.suite import until
from tests.vm.lines import SPEAKER_GREEN, SPEAKER_RED, Lines, lit, only
from tests.vm.machine import VirtualMachine
from tests.vm.test_lines import assert_flashes

LOOP = {
    # what is done to a loop with its resistors: the voltage at the terminal in mV, the circuit as a digital input
    "open": (2_200, "open"),
    "close": (1_650, "closed"),
    "cut": (3_300, "open"),
    "short": (0, "closed"),
}
_SET = """
import ctypes, fcntl, os, sys
class Word(ctypes.Structure):
    _fields_ = [("write", ctypes.c_uint8), ("command", ctypes.c_uint8), ("size", ctypes.c_uint32),
                ("data", ctypes.POINTER(ctypes.c_uint16))]
bus, millivolts = sys.argv[1], int(sys.argv[2])
# 12 bits of 1 mV at the left of the register, whose upper byte comes first.
value = millivolts << 4
value = ctypes.c_uint16((value & 0xFF) << 8 | value >> 8)
descriptor = os.open(bus, os.O_RDWR)
fcntl.ioctl(descriptor, 0x0706, 0x48)  # I2C_SLAVE_FORCE: the driver has it
fcntl.ioctl(descriptor, 0x0720, Word(0, 0, 3, ctypes.pointer(value)))  # I2C_SMBUS, word data
"""


# --- lines: first, for whoever trips again and again waits longer and longer for its reset ---------


@pytest.mark.covers("M-LED-09", part="from the amplifier's line to the lamp's")
def test_a_trip_shows_and_the_amplifier_is_reset(machine: VirtualMachine, lines: Lines) -> None:
    """The line that tells of it, the lamp, and the line that resets: pulled low 5 s later, and then let go.

    gpio-sim goes on showing what a line was driven to; whether it is driven still, the kernel says.
    """
    lines.pull(hat.AMP_RESET_N, True)
    assert lines.level(hat.AMP_RESET_N) == 1
    try:
        seen = lines.watch(
            [SPEAKER_RED, SPEAKER_GREEN, hat.AMP_RESET_N],
            7,
            lambda: lines.pull(hat.AMP_FAULT_N, False),
        )
    finally:
        lines.pull(hat.AMP_FAULT_N, True)
    assert_flashes(lit(only(seen, 0, 1))[-6:], "over_current")
    told, reset = only(seen, 0)[1].at_s, only(seen, 2)
    assert [change.levels for change in reset] == [(1,), (0,)]
    assert reset[1].at_s - told == pytest.approx(5.0, abs=0.3)
    assert " input" in machine.does("grep 'gpio-4 ' /sys/kernel/debug/gpio")
    until("it is well", lambda: lines.level(SPEAKER_RED) == 0 and not _red(lines), 180)


def _red(lines: Lines) -> bool:
    return any(change.levels == (1,) for change in lines.watch([SPEAKER_RED], 1.5))


# --- the converter ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def converter(machine: VirtualMachine) -> Iterator[Callable[[float], None]]:
    """Put the converter on a bus, and yield what sets the voltage at its inputs, in mV."""
    machine.does("modprobe i2c-stub chip_addr=0x48; modprobe i2c-dev")
    bus = machine.does("dirname $(grep -l 'SMBus stub' /sys/bus/i2c/devices/i2c-*/name)")
    machine.does(f"echo {hat.ADC_NAME} 0x48 >{bus}/new_device")
    device = f"/dev/{bus.rpartition('/')[2]}"

    def put(millivolts: float) -> None:
        status, text = machine.python(_SET, device, str(round(millivolts)))
        assert status == 0, text

    yield put
    machine.does(f"echo 0x48 >{bus}/delete_device; rmmod i2c-stub")


def port(administrator: httpx.Client) -> dict[str, Any]:
    """Return what is known of the first port."""
    answer = administrator.get("/api/ioports")
    answer.raise_for_status()
    ports: list[dict[str, Any]] = answer.json()["ports"]
    return ports[0]


def _is(state: str, administrator: httpx.Client) -> bool:
    return bool(port(administrator)["supervised_state"] == state)


def _said(machine: VirtualMachine, since: str, what: str) -> bool:
    line = f"journalctl --no-pager -o cat -u c8210-audio --since @{since}"
    return what in machine.does(line)


@pytest.mark.covers("M-IO-09", part="from the converter to the client")
def test_a_supervised_loop_is_told_by_its_voltage(
    administrator: httpx.Client, converter: Callable[[float], None]
) -> None:
    """Open, closed, cut and shorted, as the divider before the converter has them."""
    converter(2_200 / hat.TERMINAL_DIVIDER)
    with parameters(administrator, {"IOPort.I0.Input.Supervised": "yes"}):
        for state, (millivolts, circuit) in LOOP.items():
            converter(millivolts / hat.TERMINAL_DIVIDER)
            until(state, partial(_is, state, administrator), 300)
            known = port(administrator)
            assert known["level_mv"] == pytest.approx(millivolts, abs=hat.TERMINAL_DIVIDER)
            assert known["state"] == circuit


def test_a_hot_amplifier_is_told_from_an_overloaded_one(
    machine: VirtualMachine, lines: Lines, converter: Callable[[float], None]
) -> None:
    """By its thermistor, when it trips."""
    for millivolts, why in ((1_650, "overcurrent"), (300, "overtemperature")):
        converter(millivolts)
        begin = machine.does("date +%s.%N")
        try:
            seen = lines.watch(
                [SPEAKER_RED, SPEAKER_GREEN], 4, lambda: lines.pull(hat.AMP_FAULT_N, False)
            )
        finally:
            lines.pull(hat.AMP_FAULT_N, True)
        assert_flashes(lit(seen)[-3:], "over_current")
        assert _said(machine, begin, f"the amplifier went silent: {why}")
        until(
            "it runs again",
            partial(_said, machine, begin, "the amplifier runs again"),
            300,
        )
