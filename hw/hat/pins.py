"""The pin map of the HAT: which line of the Raspberry Pi does what (`hw/c8210-hat/pins.toml`)."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "c8210-hat"
"""Where the design's data lies."""
PINS: Final = FOLDER / "pins.toml"
README: Final = FOLDER / "README.md"

HEADER_OF_GPIO: Final = {
    **{0: 27, 1: 28, 2: 3, 3: 5, 4: 7, 5: 29, 6: 31, 7: 26, 8: 24, 9: 21, 10: 19, 11: 23, 12: 32},
    **{13: 33, 14: 8, 15: 10, 16: 36, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16},
    **{24: 18, 25: 22, 26: 37, 27: 13},
}
"""The pin of the 40-pin header at which each GPIO of a Raspberry Pi comes out."""


@dataclass(frozen=True)
class Pin:
    """One line between the Raspberry Pi and the HAT."""

    gpio: int
    header: int
    net: str
    """The net of the HAT that it is connected to."""
    use: str
    by: str
    """Who drives or reads it: `gpiod` is one of our daemons, the rest are drivers of the kernel."""
    line: str | None = None
    """Its name in `gpio-line-names`; None where a function of the chip other than GPIO uses it."""
    alt: int | None = None
    """Which other function of the chip uses it; None for GPIO."""
    pull: str | None = None
    """`up`, `down` or `off`, as the overlay sets it; None leaves it."""
    idle: str | None = None
    """The level while nobody drives it, by the resistors of the HAT or the chip's own."""


def load(path: Path = PINS) -> tuple[Pin, ...]:
    """Read the pin map; raises `TypeError` where a pin lacks something or has something unknown."""
    return tuple(Pin(**entry) for entry in tomllib.loads(path.read_text())["pin"])


def table(pins: Sequence[Pin]) -> str:
    """Return the pin map as a table for people."""
    rows = [
        "| GPIO | header | net | function | line name | used by | idle |",
        "|---|---|---|---|---|---|---|",
    ]
    for pin in pins:
        function = "GPIO" if pin.alt is None else f"ALT{pin.alt}"
        function = "ID bus" if pin.by == "firmware" else function
        cells = (
            pin.gpio,
            pin.header,
            pin.net,
            f"{function}: {pin.use}",
            pin.line or "-",
            pin.by,
            pin.idle or "-",
        )
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(rows) + "\n"
