"""Which HAT is plugged in: the firmware reads its ID EEPROM (HAT+), and the kernel shows what it found.

What most know as /proc/device-tree is a link to where it is read here: services do not see that part of /proc
(ProcSubset=pid).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEVICE_TREE: Final = Path("/sys/firmware/devicetree/base")


@dataclass(frozen=True)
class Hat:
    """The vendor atom of an ID EEPROM."""

    vendor: str
    product: str
    product_id: int
    product_ver: int


def read(device_tree: Path = DEVICE_TREE) -> Hat | None:
    """Return the HAT that is plugged in; None where there is none, or none that says what it is."""
    folder = device_tree / "hat"
    try:
        return Hat(
            _text(folder / "vendor"),
            _text(folder / "product"),
            int(_text(folder / "product_id"), 16),
            int(_text(folder / "product_ver"), 16),
        )
    except (OSError, ValueError):
        return None


def _text(path: Path) -> str:
    """Return a property of the device tree, which ends with NUL; raises `ValueError` for what is no text."""
    return path.read_bytes().rstrip(b"\0").decode()
