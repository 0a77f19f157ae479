"""What the daemon does not load: the stack and all that computes is its child's."""

import subprocess
import sys

_PROGRAM = """
import sys
import daemons.sip.__main__
heavy = {"pjsua2", "_pjsua2", "numpy", "soxr", "cryptography", "starlette", "sqlite3", "email", "http"}
print(*sorted(heavy & set(sys.modules)))
"""


def test_the_daemon_is_lean() -> None:
    """Many units never call anybody; and what strangers send is read by a process that can be spared."""
    found = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM], check=True, capture_output=True, text=True
    )
    assert found.stdout.split() == []
