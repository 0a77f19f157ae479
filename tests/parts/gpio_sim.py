"""The HAT's drivers on parts that the kernel makes without hardware, for root: gpio-sim (configfs) and uinput.

`IO1_IN` is pulled by the test as the comparator would; `IO1_OUT` is looked at. There is no MOSFET between the two. The
lamps are the lights of a keyboard, which are LEDs of the LED class like any other.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hw.boards import c8210_hat as hat
from hw.drivers.class_leds import BicolourLamp, ClassLeds
from hw.drivers.gpio_terminals import GpioTerminals
from hw.drivers.iio_adc import IioAdc
from hw.drivers.input_button import InputButton
from hw.ports import Led
from tests.parts.bench import Bench
from tests.parts.fake_sys import COLOURS, kernel_shows, together
from tests.parts.uinput import LIGHTS, KernelInput

WANTED: Final = "C8210_GPIO_SIM"
CONFIG: Final = Path("/sys/kernel/config/gpio-sim")
MODULES: Final = {
    "gpio-sim": CONFIG,
    "uinput": Path("/dev/uinput"),
    "evdev": Path("/sys/module/evdev"),
    "ledtrig-pattern": Path("/sys/module/ledtrig_pattern"),
}
NAMES: Final = (hat.IO1_IN, hat.IO2_IN, hat.IO1_OUT, hat.IO2_OUT)


def why_no_gpio_sim() -> str:
    """Return why gpio-sim is not used; nothing where it is wanted, so that what is missing then fails."""
    if os.environ.get(WANTED) == "1":
        return ""
    there = "is there, but not wanted" if CONFIG.is_dir() else "is not in this kernel"
    return f"gpio-sim {there}: {WANTED}=1 has the tests use it"


class GpioSimBench(Bench):
    """Lines of gpio-sim below the HAT's driver."""

    lacks = "no converter of the kernel's goes without hardware"

    def __init__(self, folder: Path) -> None:
        self._config = CONFIG / f"c8210-{os.getpid()}"
        bank = self._config / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(str(len(NAMES)))
        for offset, name in enumerate(NAMES):
            (bank / f"line{offset}").mkdir()
            (bank / f"line{offset}/name").write_text(name)
        self._chip = Path()
        self._closed = [False, False]
        self._plug()
        self.terminals = GpioTerminals(
            hat.TERMINALS, IioAdc(hat.ADC_NAME, hat.TERMINAL_CHANNELS, folder), hat.SUPERVISION
        )
        self._key = KernelInput(hat.BUTTON_NAME, hat.BUTTON_KEY)
        lights = [f"{self._key.input}::{light}" for light in LIGHTS]
        self._lamps = {
            Led.STATUS: BicolourLamp(lights[0], lights[1]),
            Led.SPEAKER: BicolourLamp(lights[2], lights[3]),
        }
        self.leds = ClassLeds(self._lamps)
        self.button = InputButton(hat.BUTTON_NAME, hat.BUTTON_KEY)

    async def connect(self, port: int, closed: bool) -> None:
        """Pull the comparator's line."""
        self._closed[port] = closed
        if self._chip.is_dir():
            self._pull(port)

    async def toggle(self, port: int, edges: int) -> None:
        """Pull it to and fro by a thread."""
        await asyncio.to_thread(self._toggle, port, edges)

    def closes(self, port: int) -> bool:
        """Look at the line of the MOSFET's gate."""
        return (self._chip / f"sim_gpio{2 + port}/value").read_text().strip() == "1"

    def shows(self, led: Led) -> list[tuple[str, int]]:
        """Ask the kernel for the patterns of both."""
        lamp = self._lamps[led]
        red, green = (
            kernel_shows(_led(name, "pattern"), int(_led(name, "max_brightness")))
            for name in (lamp.red, lamp.green)
        )
        return together(red, green)

    def colour(self, led: Led) -> str:
        """Look at the red and the green LED now."""
        lamp = self._lamps[led]
        red, green = (int(_led(name, "brightness") != "0") for name in (lamp.red, lamp.green))
        return COLOURS[red, green]

    async def press(self, pressed: bool) -> None:
        """Move the key."""
        self._key.press(pressed)

    async def lose(self) -> None:
        """Take the controller away while its lines are held."""
        (self._config / "live").write_text("0")

    async def find(self) -> None:
        """Bring it back."""
        self._plug()

    def remove(self) -> None:
        """Leave nothing behind."""
        self._key.remove()
        (self._config / "live").write_text("0")
        for offset in range(len(NAMES)):
            (self._config / f"bank0/line{offset}").rmdir()
        (self._config / "bank0").rmdir()
        self._config.rmdir()

    def _plug(self) -> None:
        (self._config / "live").write_text("1")
        device = (self._config / "dev_name").read_text().strip()
        chip = (self._config / "bank0/chip_name").read_text().strip()
        self._chip = Path("/sys/devices/platform") / device / chip
        for port in range(2):
            self._pull(port)

    def _pull(self, port: int) -> None:
        to = "pull-down" if self._closed[port] else "pull-up"
        (self._chip / f"sim_gpio{port}/pull").write_text(to)

    def _toggle(self, port: int, edges: int) -> None:
        due = time.monotonic()
        for _ in range(edges):
            self._closed[port] = not self._closed[port]
            self._pull(port)
            due += self.edge_gap_s
            time.sleep(max(due - time.monotonic(), 0))


def _led(name: str, file: str) -> str:
    return (Path("/sys/class/leds") / name / file).read_text().strip()


@contextmanager
def gpio_sim_bench(folder: Path) -> Iterator[GpioSimBench]:
    """A bench on gpio-sim."""
    for module, there in MODULES.items():
        if not there.exists():
            subprocess.run(["modprobe", module], check=True)
    bench = GpioSimBench(folder)
    try:
        yield bench
    finally:
        bench.remove()
