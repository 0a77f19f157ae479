"""The backup of docs/install.md, by its own commands: what the unit was told, and nothing that belongs to a card."""

import re
import subprocess
from pathlib import Path

from common.update import Step
from daemons.params.adapters.files import Files
from daemons.system.adapters.update_record import RecordFile
from daemons.system.update.record import Record
from tests.suite import ROOT


def command(verb: str, library: Path) -> list[str]:
    """Return the words of the page's command, on another folder."""
    page = (ROOT / "docs/install.md").read_text()
    (found,) = re.findall(rf"tar {verb}[^\n\"]*", page)
    return str(found).replace("/var/lib", str(library)).split()


def test_a_backup_does_not_bring_the_slot_of_then_back(tmp_path: Path) -> None:
    """A unit that is told so leaves the version that runs, and its settings for those from before an upgrade."""
    library = tmp_path / "lib"
    update, params = library / "c8210/system/update", library / "c8210/params"
    for folder in (update, params, library / "c8210/audio"):
        folder.mkdir(parents=True)
    files, record = Files(params), RecordFile(update)
    (library / "c8210/audio/clip").write_text("mine")
    files.database.write_text("of then")
    files.kept.write_text("from before an earlier upgrade")
    record.save(Record(slot="A"))
    packed = subprocess.run(command("--create", library), check=True, capture_output=True).stdout
    (library / "c8210/audio/clip").unlink()
    files.database.write_text("of now")
    files.kept.write_text("from before the last upgrade")
    record.save(Record(slot="B", step=Step.TRIAL))
    (tmp_path / "unit.tar.gz").write_bytes(packed)
    subprocess.run(command("--extract", library), check=True, cwd=tmp_path)
    assert (library / "c8210/audio/clip").read_text() == "mine"
    assert files.database.read_text() == "of then"
    assert files.kept.read_text() == "from before the last upgrade"
    assert record.load() == Record(slot="B", step=Step.TRIAL)
