"""A card and a stick that appear and vanish: the kernel sees them, and the suite does not fall over.

The suite has no daemon for storage yet; nothing is mounted, shown or written by it. What is proved here is the
machine's side, and that nothing of the suite minds: not even when a stick is pulled while something is written to it.
"""

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.suite import until
from tests.vm.machine import MADE, VirtualMachine
from tests.vm.sound import unbroken
from tests.vm.test_limits import restarts


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """Return a disk of 64 MB with a file system on it."""
    image = tmp_path / "medium.img"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-L", "HOLIDAYS", image, "64M"], check=True)
    return image


def label(machine: VirtualMachine, device: str) -> str:
    """Return the label of the file system on a device, by udev; empty where there is no such device."""
    told = machine.run(f"udevadm info --query=property --property=ID_FS_LABEL --value {device}")
    return told[1].strip() if told[0] == 0 else ""


def test_a_card_comes_and_goes(
    machine: VirtualMachine, administrator: httpx.Client, medium: Path
) -> None:
    """In the slot of an SDHCI controller, as on the HAT; while something plays."""
    before = restarts(machine)
    with unbroken(machine, administrator):
        for _ in range(2):
            machine.monitor.execute(
                "blockdev-change-medium", id="slot", filename=str(medium), format="raw"
            )
            until("the card", lambda: label(machine, "/dev/mmcblk0") == "HOLIDAYS", 300)
            assert machine.does("lsblk --noheadings --output SIZE /dev/mmcblk0").strip() == "64M"
            machine.monitor.execute("blockdev-open-tray", id="slot")
            machine.monitor.execute("blockdev-remove-medium", id="slot")
            until("no card", lambda: machine.run("test -e /dev/mmcblk0")[0] != 0, 300)
            machine.monitor.execute("blockdev-close-tray", id="slot")
    assert restarts(machine) == before


def test_another_card_of_ours_is_not_taken_for_the_units_own(machine: VirtualMachine) -> None:
    """In a USB reader, with partitions of the same names: slots and tries are those of the disk that runs."""
    monitor = machine.monitor
    disk = {"driver": "file", "filename": str(MADE / "disk.img"), "read-only": True}
    monitor.execute("blockdev-add", driver="raw", node_name="copy", read_only=True, file=disk)
    monitor.execute("device_add", driver="usb-storage", bus="usb.0", id="reader", drive="copy")
    try:
        named = "udevadm info --query=property --property=ID_PART_ENTRY_NAME --value /dev/sda4"
        until("the card", lambda: machine.run(named)[1].strip() == "rootfs.1", 300)
        machine.does("systemctl restart rauc")
        status = json.loads(machine.does("rauc status --output-format=json"))
        slots = {name: slot["device"] for each in status["slots"] for name, slot in each.items()}
        tries = machine.does("sed -n 's,^\\(/[^ ]*\\) .*,\\1,p' /etc/fw_env.config")
        found = {
            name: machine.does(f"readlink --canonicalize-existing {path}")
            for name, path in {**slots, "tries": tries}.items()
        }
        assert found == {
            "rootfs.0": "/dev/vda3",
            "rootfs.1": "/dev/vda4",
            "tries": "/dev/vda2",
        }
        assert "BOOT_ORDER" in machine.does("fw_printenv")
    finally:
        monitor.execute("device_del", id="reader")
        monitor.wait_for("DEVICE_DELETED", 300)


def test_a_stick_is_pulled_while_it_is_written_to(
    machine: VirtualMachine, administrator: httpx.Client, medium: Path
) -> None:
    """The worst that a hand can do."""
    before = restarts(machine)
    monitor = machine.monitor
    with unbroken(machine, administrator):
        monitor.execute(
            "blockdev-add",
            driver="raw",
            node_name="holidays",
            file={"driver": "file", "filename": str(medium)},
        )
        monitor.execute(
            "device_add", driver="usb-storage", bus="usb.0", id="plugged", drive="holidays"
        )
        until("the stick", lambda: label(machine, "/dev/sda") == "HOLIDAYS", 300)
        machine.does("mount /dev/sda /mnt")
        machine.does("( dd if=/dev/zero of=/mnt/file bs=4k count=8000 oflag=dsync 2>/dev/null & )")
        until("it is written to", lambda: machine.run("test -s /mnt/file")[0] == 0, 300)
        monitor.execute("device_del", id="plugged")
        monitor.wait_for("DEVICE_DELETED", 300)
        until("no stick", lambda: machine.run("test -e /dev/sda")[0] != 0, 300)
        machine.does("umount --lazy /mnt")
    assert restarts(machine) == before
    assert machine.does("systemctl is-system-running") == "running"
