"""Which start of the unit this is, and how long ago it was."""

import json
import os
import time
from pathlib import Path

from common.files import replace_file
from daemons.system.ports import Boot

KERNEL_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_boot(runtime: Path) -> Boot:
    """Return the present start.

    On a device that is the kernel's. In development the suite starts more often than the machine: its start has an id
    of its own, and the time is noted where it outlives this process but not the suite.
    """
    given = os.environ.get("C8210_BOOT_ID")
    if not given:
        return Boot(KERNEL_BOOT_ID.read_text().strip(), 0.0)
    noted = runtime / "boot.json"
    try:
        found = json.loads(noted.read_text())
        if found["id"] == given:
            return Boot(given, float(found["started"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    boot = Boot(given, time.monotonic())
    replace_file(noted, json.dumps({"id": boot.id, "started": boot.started}).encode())
    return boot
