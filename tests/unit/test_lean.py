"""What each daemon loads at its start: what is heavy and rarely used comes when it is used."""

import json
import os
import subprocess
import sys

import pytest

from common.bus.suite import DAEMONS

HEAVY = {
    # by OpenSSL, and others' ways to the same
    *("ssl", "_ssl", "_hashlib", "cryptography", "argon2", "typing_extensions"),
    # arithmetic and sound
    *(
        "numpy",
        "numpy.random",
        "scipy",
        "soxr",
        "soundfile",
        "av",
        "pedalboard",
        "livekit",
        "google",
    ),
    # protocols
    *("starlette", "uvicorn", "click", "http.client", "email", "xml", "httpx", "h11", "paho"),
    *("websockets", "asyncssh", "smbprotocol", "pjsua2", "_pjsua2"),
    # the rest
    *("sqlite3", "dateutil", "alsaaudio", "gpiod", "tomllib"),
    *("ctypes", "shutil", "tempfile", "logging.config", "multiprocessing"),
}
"""Each of them costs between 0.1 and 10 MB of memory."""

NEEDED = {
    "params": {"sqlite3"},
    "audio": {"numpy", "soxr", "alsaaudio", "ctypes", "shutil", "tempfile"},
    "events": {"sqlite3", "dateutil", "shutil"},
    "ioports": set(),
    "system": {"ctypes", "shutil"},
    "http": {
        *("ssl", "_ssl", "_hashlib", "typing_extensions", "starlette", "uvicorn"),
        *("http.client", "email", "shutil", "tempfile", "logging.config"),
    },
    "mqtt": set(),
    "network": set(),
    "sip": set(),
}
"""What is there from the start in a daemon of factory settings. Whoever adds to it looks at `make bench` first."""

_PROGRAM = """
import importlib, json, sys
name, heavy = sys.argv[1], json.loads(sys.argv[2])
if name == "http":
    import common.daemon
    common.daemon.run = lambda *_arguments: None
importlib.import_module(f"daemons.{name}.__main__")
print(json.dumps([module for module in heavy if sys.modules.get(module) is not None]))
"""


@pytest.mark.parametrize("name", [member.name for member in DAEMONS])
def test_a_daemon_loads_what_it_needs_and_nothing_else(name: str) -> None:
    """By the modules that are there when all of its own are, on a Python without this machine's own additions."""
    found = subprocess.run(
        [sys.executable, "-P", "-S", "-c", _PROGRAM, name, json.dumps(sorted(HEAVY))],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(json.loads(found.stdout)) == NEEDED[name]
