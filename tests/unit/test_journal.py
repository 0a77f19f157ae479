"""Log entries with an id are used, and explained."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from common import journal
from common.paths import LIBRARY

CATALOG = LIBRARY / "units" / "catalog" / "c8210.catalog"
ENTRIES = {
    name: value["MESSAGE_ID"]
    for name, value in vars(journal).items()
    if isinstance(value, dict) and "MESSAGE_ID" in value
}


def explained() -> list[str]:
    """Return the ids in the catalog, in its order."""
    return re.findall(r"^-- ([0-9a-f]{32})$", CATALOG.read_text(), re.MULTILINE)


def test_every_entry_is_explained_once() -> None:
    """The catalog and the code know the same ids."""
    assert len(ENTRIES) >= 5
    assert sorted(explained()) == sorted(ENTRIES.values())
    assert len(set(explained())) == len(explained())


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_is_written_somewhere(name: str) -> None:
    """An id that nothing logs is a promise that nothing keeps."""
    sources = [*LIBRARY.glob("common/*.py"), *LIBRARY.glob("daemons/**/*.py")]
    assert any(f"journal.{name}" in path.read_text() for path in sources)


@pytest.mark.skipif(shutil.which("journalctl") is None, reason="journalctl is not installed")
def test_the_journal_takes_the_catalog(tmp_path: Path) -> None:
    """It is compiled and read back as `journalctl -x` would."""
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    shutil.copy(CATALOG, folder)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    command = ["journalctl", f"--root={tmp_path}", "--no-pager"]
    result = subprocess.run(
        [*command, "--update-catalog"], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    listed = subprocess.run(
        [*command, "--list-catalog"], capture_output=True, text=True, check=True
    ).stdout
    assert all(id_ in listed for id_ in ENTRIES.values())
