"""The HAT's own board file, its drivers on fakes of what the kernel offers."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hw.boards import c8210_hat as hat
from hw.drivers.class_leds import ClassLeds
from hw.drivers.fault_line import FaultLine
from hw.drivers.gpio_chips import GpioChips
from hw.drivers.gpio_terminals import GpioTerminals
from hw.drivers.iio_adc import AdcChannel, IioAdc
from hw.drivers.input_button import InputButton
from hw.drivers.sensing_amplifier import CurrentSense, SensingAmplifier
from hw.drivers.thermometer import Thermometer
from hw.ports import Led, Protection
from tests.parts.bench import Bench
from tests.parts.fake_gpio import FakeGpio, PowerStage, Stage
from tests.parts.fake_sys import FakeAdc, FakeInput, FakeLeds, together

PULLS = {
    hat.IO1_IN: True,
    hat.IO2_IN: True,
    hat.IO1_OUT: False,
    hat.IO2_OUT: False,
    hat.AMP_FAULT_N: True,
    hat.AMP_RESET_N: True,
    hat.AMP_MUTE: False,
}
"""The resistors on the HAT."""
COOL_V, HOT_V = 1.65, 0.3
"""At the thermistor: 25 degrees, and 101."""


class FakeBench(Bench):
    """Fakes below the drivers of the HAT."""

    def __init__(self, folder: Path) -> None:
        sys, devices = folder / "sys", folder / "dev"
        sys.mkdir()
        devices.mkdir()
        self.gpio = FakeGpio(devices, PULLS)
        self.stage = Stage(
            self.gpio, (hat.IO1_OUT, hat.IO2_OUT), tuple(each.input for each in hat.TERMINALS)
        )
        self.adc = FakeAdc(sys, hat.ADC_NAME, 4)
        self._lamps = FakeLeds(
            sys, [name for lamp in hat.LAMPS.values() for name in (lamp.red, lamp.green)]
        )
        self.key = FakeInput(devices, sys, hat.BUTTON_NAME, hat.BUTTON_KEY)
        self.power_stage = PowerStage(self.gpio, hat.AMP_FAULT_N, hat.AMP_RESET_N)
        chips = GpioChips(devices, self.gpio.open_chip)  # type: ignore[arg-type]  # a fake of it
        self.terminals = GpioTerminals(
            hat.TERMINALS,
            IioAdc(hat.ADC_NAME, hat.TERMINAL_CHANNELS, sys),
            hat.SUPERVISION,
            chips,
        )
        self.amplifier = SensingAmplifier(
            hat.FULL_SCALE_V,
            FaultLine(hat.AMP_FAULT_N, hat.AMP_RESET_N, chips),
            Thermometer(
                hat.AMPLIFIER_NTC, IioAdc(hat.ADC_NAME, [AdcChannel(hat.ADC_TEMPERATURE)], sys)
            ),
            hat.TOO_HOT_C,
            CurrentSense(hat.SENSE, hat.FULL_SCALE_A, hat.SENSE_DELAY_FRAMES),
        )
        self.leds = ClassLeds(hat.LAMPS, sys)
        self.button = InputButton(hat.BUTTON_NAME, hat.BUTTON_KEY, devices, sys, self.key.ioctl)

    async def connect(self, port: int, closed: bool) -> None:
        """Close the circuit at a terminal, or open it."""
        self.stage.connect(port, closed)

    async def toggle(self, port: int, edges: int) -> None:
        """Toggle it by a thread, as a relay does that knows nothing of our loop."""
        await asyncio.to_thread(self.stage.toggle, port, edges, self.edge_gap_s)

    def closes(self, port: int) -> bool:
        """Look at the MOSFET."""
        return not self.stage.floats[port]

    async def put_volts(self, volts: Sequence[float]) -> None:
        """Put them before the dividers."""
        for channel, each in zip(hat.TERMINAL_CHANNELS, volts, strict=True):
            self.adc.put(channel.index, each / channel.factor)

    def shows(self, led: Led) -> list[tuple[str, int]]:
        """Lay the two LEDs of a lamp over each other."""
        lamp = hat.LAMPS[led]
        return together(self._lamps.shown(lamp.red), self._lamps.shown(lamp.green))

    async def press(self, pressed: bool) -> None:
        """Move the key."""
        self.key.press(pressed)

    async def harm(self, why: Protection) -> None:
        """Let too much current flow, or too much heat be there."""
        hot = why is Protection.OVERTEMPERATURE
        self.adc.put(hat.ADC_TEMPERATURE, HOT_V if hot else COOL_V)
        self.power_stage.harm(why is not Protection.OK)

    async def lose(self) -> None:
        """Unbind the drivers."""
        self.gpio.unplug()
        self.key.unplug()

    async def find(self) -> None:
        """Bind them again."""
        self.gpio.plug()
        self.key.plug()


@contextmanager
def fake_bench(folder: Path) -> Iterator[FakeBench]:
    """A bench of fakes; at the end nothing may hold a line any more."""
    bench = FakeBench(folder)
    try:
        yield bench
        assert bench.gpio.requests == [], "a driver that ended holds lines"
    finally:
        bench.key.close()
