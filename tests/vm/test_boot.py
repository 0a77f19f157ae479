"""The unit comes up by itself on the drivers of its hardware, with nothing that failed."""

from common.bus.suite import DAEMONS
from tests.vm.machine import VirtualMachine

DRIVERS = {
    "/sys/class/gpio/gpiochip*/device/driver": "gpio-sim",
    "/sys/class/leds/red:status/device/driver": "leds-gpio",
    "/sys/class/sound/card0/device/driver": "virtio_snd",
}


def test_everything_runs_and_nothing_has_failed(machine: VirtualMachine) -> None:
    """On a kernel of its own: all services, none of them started twice, on the board of the HAT."""
    told = machine.run("systemctl is-system-running; systemctl --failed --plain --no-legend")[1]
    assert told.split() == ["running"]
    for member in DAEMONS:
        unit = f"c8210-{member.name}.service"
        state = machine.does(f"systemctl show -p ActiveState -p NRestarts {unit}").split()
        assert sorted(state) == ["ActiveState=active", "NRestarts=0"], unit
    assert "C8210_BOARD=c8210_hat" in machine.does(
        "tr '\\0' '\\n' <\"/proc/$(systemctl show -P MainPID c8210-audio)/environ\""
    )


def test_the_parts_have_drivers_of_the_kernel(machine: VirtualMachine) -> None:
    """And none that the tests would have made."""
    button = machine.does("grep -l '^c8210-button$' /sys/class/input/event*/device/name")
    drivers = {**DRIVERS, f"{button.removesuffix('/name')}/device/driver": "gpio-keys"}
    for path, driver in drivers.items():
        assert machine.does(f"basename $(readlink -f {path})") == driver, path


def test_the_root_is_nobodys_to_write(machine: VirtualMachine) -> None:
    """What a unit keeps is on the data partition, made at this first start."""
    mounts = machine.does("findmnt --raw --noheadings --output TARGET,SOURCE,OPTIONS").splitlines()
    at = {line.split()[0]: line.split()[1:] for line in mounts}
    assert at["/"][1].startswith("ro,")
    for path in ("/data", "/var/lib/c8210", "/var/log", "/etc/machine-id"):
        assert at[path][0].startswith("/dev/vda5"), path
        assert at[path][1].startswith("rw,"), path
    assert machine.run("touch /usr/x")[0] != 0
