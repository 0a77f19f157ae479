"""The watchdog of the machine: the last file of this folder, for the unit starts anew in it."""

from tests.vm.machine import VirtualMachine, python_line

FED_WITHIN_S = 15
"""RuntimeWatchdogSec in image/boot/50-watchdog.conf."""
_STOP_THE_FIRST = """
import ctypes, time
seize, interrupt = 0x4206, 0x4207  # ptrace(2)
library = ctypes.CDLL(None)
for request in (seize, interrupt):
    assert library.ptrace(request, 1, None, None) == 0
time.sleep(600)
"""


def test_systemd_feeds_it(machine: VirtualMachine) -> None:
    """It is the first process that holds it, and nobody else."""
    assert "/dev/watchdog0" in machine.does("readlink /proc/1/fd/*")
    folder = "/sys/class/watchdog/watchdog0"
    assert machine.does(f"cat {folder}/identity {folder}/state {folder}/timeout").split() == [
        *("i6300ESB", "timer", "active", str(FED_WITHIN_S))
    ]


def test_a_unit_that_hangs_starts_anew(machine: VirtualMachine) -> None:
    """A first process that does nothing any more feeds nothing: the hardware ends that, and the unit comes up."""
    boot = machine.does("cat /proc/sys/kernel/random/boot_id")
    kept = machine.does("cat /etc/machine-id")
    machine.does(f"( {python_line(_STOP_THE_FIRST)} >/dev/null 2>&1 & )")
    machine.monitor.wait_for("WATCHDOG", 300)
    machine.monitor.wait_for("RESET", 30)
    machine.wait_for_shell()
    assert machine.does("cat /proc/sys/kernel/random/boot_id") != boot
    assert machine.does("cat /etc/machine-id") == kept, "the same unit, from its data"
