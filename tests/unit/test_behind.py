"""What `make check` runs behind other tests: it ends well only where both did, and hides nothing of what failed."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.suite import until

BEHIND = Path(__file__).parents[1] / "behind.sh"
MAKEFILE = """
good other:
	@echo said by $@
bad:
	@echo said by $@; exit 3
long:
	@echo $$$$ > started; exec sleep 60
waits:
	@until test -e started; do sleep 0.02; done; sleep 60
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A project of its own, whose Makefile has targets that pass, that fail and that take long."""
    (tmp_path / "tests").mkdir()
    shutil.copy(BEHIND, tmp_path / "tests")
    (tmp_path / "Makefile").write_text(MAKEFILE)
    return tmp_path


def make(house: Path, *targets: str) -> subprocess.CompletedProcess[str]:
    """Run the script for these targets, to its end."""
    return subprocess.run(
        [house / "tests/behind.sh", *targets],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_both_pass(house: Path) -> None:
    """What ran behind is told after the other, and all is well."""
    ended = make(house, "good", "other")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.index("said by good") < ended.stdout.index("said by other")


def test_one_alone(house: Path) -> None:
    """Without anything behind it, it is make."""
    assert make(house, "good").returncode == 0
    assert make(house, "bad").returncode == 2


@pytest.mark.parametrize("targets", [("bad", "good"), ("good", "bad"), ("bad", "bad")])
def test_either_fails(house: Path, targets: tuple[str, str]) -> None:
    """Either failure fails the whole, and is told once."""
    ended = make(house, *targets)
    assert ended.returncode == 2
    assert ended.stdout.count("said by bad") == targets.count("bad")


def test_an_interruption_reaches_both(house: Path) -> None:
    """A terminal's ^C ends what runs behind as well."""
    # Who runs the tests may have been started to ignore it.
    terminal = ("env", "--default-signal=INT")
    command = [*terminal, str(house / "tests/behind.sh"), "waits", "long"]
    running = subprocess.Popen(command, start_new_session=True)
    started = house / "started"
    until("it has begun", lambda: started.exists() and started.read_text())
    behind = Path("/proc", started.read_text().strip())
    assert behind.exists()
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(20) != 0
    assert not behind.exists()
