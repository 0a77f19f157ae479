"""A card in an emulated machine: the first start, updates refused and taken, the way back.

Slow: each start takes a minute and more. So one story has few starts, and many questions at each.
"""

from pathlib import Path

from tests.image.conftest import PATIENCE_S, Made
from tests.image.emulator import Emulator


def slot(machine: Emulator) -> str:
    """Return the slot that runs."""
    return machine.run("grep -o 'rauc.slot=.' /proc/cmdline")[1].strip().removeprefix("rauc.slot=")


def tries(machine: Emulator) -> dict[str, str]:
    """Return what U-Boot will find."""
    status, text = machine.run("fw_printenv")
    assert status == 0, text
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line)


def refusal(machine: Emulator, name: str) -> str:
    """Return why an update is refused."""
    status, text = machine.run(f"rauc install /mnt/{name}.raucb 2>&1")
    assert status != 0, text
    return text


def test_update(made: Made, card: Path, tmp_path: Path) -> None:
    """The first start; four updates refused; one that is not confirmed, and one that is."""
    with Emulator(card, made.updates, made.u_boot, tmp_path, PATIENCE_S) as machine:
        machine.wait_for_shell()
        assert slot(machine) == "A"
        # The first start has made what is this unit's alone, and the root is nobody's.
        mounts = machine.run("findmnt --raw --noheadings --output TARGET,SOURCE,OPTIONS")[1]
        at = {line.split()[0]: line.split()[1:] for line in mounts.splitlines() if line.strip()}
        assert at["/"][1].startswith("ro,")
        for path in ("/data", "/var/lib/c8210", "/var/log", "/etc/machine-id"):
            assert at[path][0].startswith("/dev/vda5"), mounts
        who = machine.run("cat /etc/machine-id")[1].strip()
        assert len(who) == 32
        assert machine.run("touch /usr/x /etc/x")[0] != 0
        assert machine.run("df --output=size -B1M /data | tail -n 1")[1].strip() > "1000"
        assert tries(machine) == {"BOOT_ORDER": "A B", "BOOT_A_LEFT": "2", "BOOT_B_LEFT": "0"}

        assert machine.run("mount -o ro /dev/vdb /mnt")[0] == 0
        assert "c8210-rpi5" in refusal(machine, "other-hardware")
        assert "signature" in refusal(machine, "signature")
        assert "certificate" in refusal(machine, "stranger")
        refusal(machine, "content")
        assert tries(machine)["BOOT_ORDER"] == "A B"

        # One try for B, which nobody confirms.
        status, text = machine.run("rauc install /mnt/good.raucb 2>&1")
        assert status == 0, text
        assert machine.run("rauc status mark-active other && fw_setenv BOOT_B_LEFT 1")[0] == 0
        machine.restart()
        assert slot(machine) == "B"
        assert machine.run("cat /etc/machine-id")[1].strip() == who
        machine.restart()
        assert slot(machine) == "A"

        # And again, confirmed.
        assert machine.run("rauc status mark-good booted && rauc status mark-active other")[0] == 0
        machine.restart()
        assert slot(machine) == "B"
        assert machine.run("rauc status mark-good booted")[0] == 0
        assert tries(machine)["BOOT_B_LEFT"] == "3"
        machine.restart()
        assert slot(machine) == "B"
