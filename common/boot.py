"""Which start of the unit this is."""

import os
from pathlib import Path

_KERNEL = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Return the UUID of this start of the unit: the supervisor's or, on the device, the kernel's."""
    return os.environ.get("C8210_BOOT_ID") or _KERNEL.read_text(encoding="ascii").strip()
