"""The udev rules name what the board file names, and give it to the users that the units run as."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hw.boards import c8210_hat as hat

ROOT = Path(__file__).parents[3]
RULES = ROOT / "etc/udev/60-c8210.rules"
PAIR = re.compile(r'[A-Z]+(\{[a-z]+\})?(==|!=|=|\+=)"[^"]*"')


def lines() -> list[str]:
    """Return the rules without comments."""
    return [line for line in RULES.read_text().splitlines() if line and not line.startswith("#")]


def test_each_rule_is_well_formed() -> None:
    """Udev ignores a rule that it cannot read, with a word in the journal that nobody sees."""
    for line in lines():
        assert all(PAIR.fullmatch(part) for part in line.split(", ")), line


@pytest.mark.skipif(
    shutil.which("udevadm") is None
    or "verify" not in subprocess.run(["udevadm", "--help"], capture_output=True, text=True).stdout,
    reason="this udevadm is older than 254, or there is none",
)
def test_udev_understands_them() -> None:
    """By its own word."""
    done = subprocess.run(["udevadm", "verify", str(RULES)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_are_the_boards() -> None:
    """Lamps and button, and the folder that the unit may write to."""
    rules = RULES.read_text()
    lamps = "|".join(name for lamp in hat.LAMPS.values() for name in (lamp.red, lamp.green))
    assert f'KERNEL!="{lamps}"' in rules
    assert f'ATTRS{{name}}=="{hat.BUTTON_NAME}"' in rules
    exceptions = (ROOT / "units/c8210-ioports.service.d/50-exceptions.conf").read_text()
    assert f"ReadWritePaths=-/sys/devices/platform/{hat.LEDS_DEVICE}\n" in exceptions


def test_groups_are_those_of_the_units() -> None:
    """Each is made by sysusers.d; the services are in it."""
    made = re.findall(
        r"^[ug] (\S+)", (ROOT / "units/sysusers.d/c8210.conf").read_text(), re.MULTILINE
    )
    given = set(re.findall(r'GROUP="(\S+)"', RULES.read_text()))
    given |= set(re.findall(r"chgrp (\S+)", RULES.read_text()))
    assert given == {"c8210-gpio", "c8210-ioports"}
    assert given <= set(made)
    for unit in ("audio", "ioports"):
        exceptions = ROOT / f"units/c8210-{unit}.service.d/50-exceptions.conf"
        groups = re.findall(r"^SupplementaryGroups=(.*)$", exceptions.read_text(), re.MULTILINE)
        assert "c8210-gpio" in " ".join(groups).split()
