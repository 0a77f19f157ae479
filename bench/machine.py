"""What this machine is, and what it grants."""

import os
import platform
import threading
from datetime import UTC, datetime
from pathlib import Path


def describe() -> str:
    """Return one line about the machine and how busy it is, for the top of a report."""
    load = os.getloadavg()[0]
    now = datetime.now(UTC)
    return (
        f"{now:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores of {_processor()}, "
        f"{platform.machine()}, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, load {load:.1f}, "
        f"real time {'granted' if realtime_granted() else 'NOT granted'}"
    )


def realtime_granted() -> bool:
    """Say whether a thread may have real-time priority here."""
    granted: list[bool] = []

    def ask() -> None:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            granted.append(False)
        else:
            granted.append(True)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return granted[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model"):
            return value.strip()
    return "an unnamed processor"
