"""What the daemon does not load while its client is off (docs/decisions/0021)."""

import subprocess
import sys

_PROGRAM = """
import sys
import daemons.mqtt.__main__
heavy = {"paho", "websockets", "cryptography", "numpy", "starlette", "sqlite3", "email", "http"}
print(*sorted(heavy & set(sys.modules)))
"""


def test_the_idle_daemon_is_lean() -> None:
    """The client's libraries cost 8 MB, and many units never use it."""
    found = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM], check=True, capture_output=True, text=True
    )
    assert found.stdout.split() == []
