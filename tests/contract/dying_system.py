"""The system daemon, run so that it dies at a chosen moment of an upgrade.

What an upgrade has done is noted in two files: its record, and what the simulated boot loader keeps. Before and after
each note is a moment at which the daemon can die. A file that `C8210_DEATH` names, of two numbers, says at which moment
it does and how many have passed, so that moments are counted over several starts; without the file it lives.
"""

import os
import runpy
import signal
from pathlib import Path

import common.files

NOTES = {"update": "record.json", "slots": "boot.json"}

_replace_file = common.files.replace_file


def _dying_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file as `common.files` does, if that is survived."""
    noted = NOTES.get(path.parent.name) == path.name
    if noted:
        _moment()
    _replace_file(path, content, mode)
    if noted:
        _moment()


def _moment() -> None:
    death = Path(os.environ["C8210_DEATH"])
    if not death.exists():
        return
    chosen, passed = map(int, death.read_text().split())
    if passed == chosen:
        death.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    death.write_text(f"{chosen} {passed + 1}")


if __name__ == "__main__":
    common.files.replace_file = _dying_file
    runpy.run_module("daemons.system", run_name="__main__", alter_sys=True)
