"""What the initrd notes on the data partition, by its own lines."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.suite import ROOT

NOTED = "[slot.rootfs.0]\nbundle.version=12.9.0\nstatus=ok\n"


def start(root: Path) -> None:
    """Do what a start does for RAUC's note, on another root."""
    script = (ROOT / "image/kernel/init").read_text()
    (lines,) = re.findall(r"^note=.*?^fi$", script, re.DOTALL | re.MULTILINE)
    words = lines.replace("/sysroot", str(root))
    subprocess.run(["sh", "-euc", f"label=rootfs.0\n{words}"], check=True)


@pytest.mark.parametrize("found", [None, "", NOTED.replace("12.9.0", "12.9.9")])
def test_rauc_is_told_of_what_came_with_the_card(tmp_path: Path, found: str | None) -> None:
    """A power cut soon after it leaves a file without content, which is written anew; RAUC's own stays."""
    note = tmp_path / "data/rauc/central.raucs"
    note.parent.mkdir(parents=True)
    if found is not None:
        note.write_text(found)
    version = tmp_path / "usr/lib/c8210-image/version"
    version.parent.mkdir(parents=True)
    version.write_text("12.9.0\n")
    start(tmp_path)
    assert note.read_text() == (found or NOTED)
