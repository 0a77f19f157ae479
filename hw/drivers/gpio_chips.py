"""GPIO lines by the names that the device tree gives them, over the kernel's character device (GPIO uAPI v2).

libgpiod is loaded at the first line that is asked for: only daemons that own lines hold it.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.errors import Unavailable

if TYPE_CHECKING:
    import gpiod

DEVICES: Final = Path("/dev")
CONSUMER: Final = "c8210"
"""What `gpioinfo` shows as the user of our lines."""


def _open_chip(path: str) -> "gpiod.Chip":
    import gpiod

    return gpiod.Chip(path)


class GpioChips:
    """The GPIO controllers of this machine."""

    def __init__(
        self, devices: Path = DEVICES, open_chip: Callable[[str], "gpiod.Chip"] = _open_chip
    ) -> None:
        self._devices = devices
        self._open_chip = open_chip

    @contextlib.contextmanager
    def having(self, names: Sequence[str]) -> Iterator["gpiod.Chip"]:
        """Open the chip that has all these lines, until the block ends; raises `Unavailable` where none has.

        They have to be of one chip: only then the kernel tells in which order their edges came.
        """
        refused: list[str] = []
        for path in sorted(self._devices.glob("gpiochip*")):
            try:
                chip = self._open_chip(str(path))
            except OSError as error:
                refused.append(f"{path.name}: {error.strerror}")
                continue
            with chip:
                missing = [name for name in names if not _has(chip, name)]
                if not missing:
                    yield chip
                    return
                refused.append(f"{path.name} has no line {', '.join(missing)}")
        raise Unavailable("; ".join(refused) or "there is no GPIO chip")


def _has(chip: "gpiod.Chip", name: str) -> bool:
    try:
        chip.line_offset_from_id(name)
    except (OSError, ValueError):
        return False
    return True
