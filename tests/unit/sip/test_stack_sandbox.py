"""What the process of the stack gives up, and what it says when it cannot."""

import subprocess
import sys

from tests.suite import ROOT

_PROGRAM = """
import errno
import logging

from daemons.sip.stack import sandbox

logging.basicConfig(level="WARNING", format="%(levelname)s %(message)s")

def refused():
    raise OSError(errno.ENOSYS, "Function not implemented")

sandbox._filter_calls = refused
sandbox.seal()
"""


def test_a_filter_that_cannot_be_had_is_a_warning() -> None:
    """The stack runs without it, as on a kernel that has none; but whoever reads the journal is told."""
    # In a process of its own, for the other layers do close.
    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    said = "WARNING the stack is not confined as it should be: system call filter (Function not"
    assert done.stderr.startswith(said)
