"""The stack with sanitizers in it, where a test run is told of one: `make pjsip-attack`."""

import os
import subprocess
from pathlib import Path

SANITIZED = os.environ.get("C8210_PJSIP_ASAN")
"""A folder with a pjsua2 that was built with sanitizers: daemons/sip/pjsip/README.md."""

_HARMLESS = Path(__file__).with_suffix(".supp")


def sanitizers() -> dict[str, str]:
    """Return what a process needs in its environment to load the stack with sanitizers."""
    if not SANITIZED:
        return {}
    library = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"], check=True, capture_output=True, text=True
    ).stdout.strip()
    # Python itself forgets memory at its end; what is looked for are wrong accesses.
    return {
        "LD_PRELOAD": library,
        "PYTHONPATH": str(Path(SANITIZED).resolve()),
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": f"print_stacktrace=1:suppressions={_HARMLESS}",
    }


def assert_silent(log: str) -> None:
    """Fail when a sanitizer has said a word."""
    assert "Sanitizer" not in log, log
    assert "runtime error" not in log, log
