"""The HAT's amplifier: trips by its line, their reason by its thermistor, its load by what is played and a shunt."""

import asyncio
import math
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from gpiod import LineSettings

from common import pcm
from common.errors import HardwareFault, Unavailable
from hw.boards import c8210_hat as hat
from hw.drivers import fault_line
from hw.drivers.alsa import Samples
from hw.drivers.fault_line import FaultLine
from hw.drivers.gpio_chips import GpioChips
from hw.drivers.iio_adc import AdcChannel, IioAdc
from hw.drivers.sensing_amplifier import CurrentSense, SensingAmplifier
from hw.drivers.thermometer import Thermometer
from hw.ports import Protection
from hw.sim.load import Loudspeaker
from tests.contract.private_bus import eventually
from tests.parts.fake_gpio import FakeGpio
from tests.parts.fake_sys import FakeAdc
from tests.parts.on_fakes import COOL_V, HOT_V, PULLS

RATE, PERIOD = 48_000, 480


class Stage:
    """What the codec and the power stage do: samples go to a loudspeaker, its current comes back later."""

    def __init__(self, ohm: float) -> None:
        self.ohm = ohm
        self.silent = False
        self.broken = False
        self.offset = 0.01
        """Where the shunt's amplifier rests, of full scale."""
        self.ends: list[pcm.CaptureSender] = []
        self._wire = [np.zeros(PERIOD)] * (hat.SENSE_DELAY_FRAMES // PERIOD)
        self._speaker = Loudspeaker(PERIOD)
        self._recorded: list[Samples] = []
        self._played = 0
        self._moved = threading.Condition()
        self.drop_at = 0
        """In how many periods from now one is lost on its way to who measures."""
        self.hz = 1_000.0
        self.peak_v = 0.8

    def open_tap(self) -> socket.socket:
        """Give a way to have what is played."""
        theirs, ours = pcm.pair()
        self.ends.append(pcm.CaptureSender(ours))
        return theirs

    def open_input(self, device: str) -> "Stage":
        """Open the channel of the current."""
        assert device == hat.SENSE
        if self.broken:
            raise HardwareFault("cannot open the sound device")
        return self

    def read(self) -> Samples:
        """Return the next period that the codec recorded."""
        with self._moved:
            assert self._moved.wait_for(lambda: bool(self._recorded), 5)
            return self._recorded.pop(0)

    def close(self) -> None:
        """Close."""

    def turn(self) -> None:
        """Let a period pass."""
        frames = np.arange(self._played, self._played + PERIOD)
        self._played += PERIOD
        sample = self.peak_v / hat.FULL_SCALE_V * np.sin(2 * np.pi * self.hz * frames / RATE)
        if not self.silent:
            for end in self.ends:
                if self.drop_at == 1:
                    end.skip(PERIOD)
                    continue
                end.push(sample.astype(np.float32).data)
        self.drop_at = max(self.drop_at - 1, 0)
        self._wire.append(np.zeros(PERIOD) if self.silent else sample)
        voltage = self._wire.pop(0) * hat.FULL_SCALE_V
        current = self._speaker.current(voltage) / self.ohm
        with self._moved:
            self._recorded.append((current / hat.FULL_SCALE_A + self.offset).astype(np.float32))
            del self._recorded[:-20]
            self._moved.notify_all()


class Rig:
    """The amplifier on fakes."""

    def __init__(self, folder: Path) -> None:
        self.gpio = FakeGpio(folder, PULLS)
        self.adc = FakeAdc(folder, hat.ADC_NAME, 4)
        self.adc.put(hat.ADC_TEMPERATURE, COOL_V)
        self.stage = Stage(8.0)
        self.chips = GpioChips(folder, self.gpio.open_chip)  # type: ignore[arg-type]  # a fake of it
        self.amplifier = SensingAmplifier(
            hat.FULL_SCALE_V,
            FaultLine(hat.AMP_FAULT_N, hat.AMP_RESET_N, self.chips),
            Thermometer(
                hat.AMPLIFIER_NTC, IioAdc(hat.ADC_NAME, [AdcChannel(hat.ADC_TEMPERATURE)], folder)
            ),
            hat.TOO_HOT_C,
            CurrentSense(hat.SENSE, hat.FULL_SCALE_A, hat.SENSE_DELAY_FRAMES),
            self.stage.open_input,  # type: ignore[arg-type]  # a fake of it
        )
        self.amplifier.hear(self.stage.open_tap)

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Let time pass for the sound card."""
        over = threading.Event()

        def turn() -> None:
            due = time.monotonic()
            while not over.is_set():
                self.stage.turn()
                due += PERIOD / RATE
                time.sleep(max(due - time.monotonic(), 0))

        thread = threading.Thread(target=turn)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @asynccontextmanager
    async def guarded(self) -> AsyncIterator[list[Protection]]:
        """Follow the protection until the block ends."""
        told: list[Protection] = []
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.amplifier.run(told.append), name="amplifier")
            await eventually(lambda: told, "the state at the start")
            yield told
            task.cancel()

    async def ohm(self, hz: float, window_s: float = 0.15) -> float:
        """Return what is sensed at a tone."""
        self.stage.hz = hz
        with self.playing():
            await asyncio.sleep(0.1)
            sensed = await self.amplifier.sense(window_s)
        band = min(sensed.bands, key=lambda each: abs(math.log(each.hz / hz)))
        return band.voltage_v / band.current_a


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """An amplifier before a loudspeaker of 8 ohm."""
    rig = Rig(tmp_path)
    yield rig
    for end in rig.stage.ends:
        assert end.deserted, "a measurement that ended holds its tap"
        end.close()


@pytest.mark.parametrize("ohm", [4.0, 8.0, 16.0])
async def test_the_load_is_what_was_played_over_what_flowed(rig: Rig, ohm: float) -> None:
    """To 2 %, though the current comes late and rests beside zero."""
    rig.stage.ohm = ohm
    assert await rig.ohm(1_000) == pytest.approx(ohm, rel=0.02)


async def test_voltage_and_current_are_in_volts_and_amperes(rig: Rig) -> None:
    """RMS."""
    with rig.playing():
        await asyncio.sleep(0.1)
        sensed = await rig.amplifier.sense(0.3)
    assert sensed.voltage_v == pytest.approx(0.8 / math.sqrt(2), rel=0.01)
    assert sensed.current_a == pytest.approx(0.1 / math.sqrt(2), rel=0.02)


async def test_an_open_load_draws_nothing(rig: Rig) -> None:
    """The impedance is beyond what is taken for open."""
    rig.stage.ohm = 100_000
    assert await rig.ohm(1_000) > 1_000


def nothing_plays(rig: Rig) -> None:
    """Nothing goes to the card."""
    rig.stage.silent = True


def the_codec_is_away(rig: Rig) -> None:
    """The card cannot be opened."""
    rig.stage.broken = True


@pytest.mark.parametrize(
    ("wrong", "why"),
    [(nothing_plays, "too little is played"), (the_codec_is_away, "cannot open the sound device")],
)
async def test_what_cannot_be_measured_says_why(
    rig: Rig, wrong: Callable[[Rig], None], why: str
) -> None:
    """And nothing is made up."""
    wrong(rig)
    with rig.playing(), pytest.raises(Unavailable, match=why):
        await rig.amplifier.sense(0.1)


async def test_a_gap_in_what_was_played_is_measured_around(rig: Rig) -> None:
    """Nobody fetched it in time, for once: the measurement starts again, and is right."""
    rig.stage.drop_at = 20
    assert await rig.ohm(1_000, 0.3) == pytest.approx(8.0, rel=0.02)
    assert rig.stage.drop_at == 0, "there was no gap"


async def test_a_trip_is_told_and_why(rig: Rig) -> None:
    """Over-current while it is cool, over-temperature while it is hot."""
    async with rig.guarded() as told:
        for volts, why in (
            (COOL_V, Protection.OVERCURRENT),
            (HOT_V, Protection.OVERTEMPERATURE),
        ):
            rig.adc.put(hat.ADC_TEMPERATURE, volts)
            rig.gpio.drive(hat.AMP_FAULT_N, False)
            await eventually(lambda why=why: told[-1] is why, "the trip")  # type: ignore[misc]
            rig.gpio.drive(hat.AMP_FAULT_N, None)
            await eventually(lambda: told[-1] is Protection.OK, "its end")
    assert told[0] is Protection.OK


async def test_an_amplifier_that_has_tripped_already_is_told_at_the_start(rig: Rig) -> None:
    """The daemon was restarted meanwhile."""
    rig.gpio.drive(hat.AMP_FAULT_N, False)
    async with rig.guarded() as told:
        assert told == [Protection.OVERCURRENT]


async def test_a_trip_of_an_instant_is_not_missed(rig: Rig) -> None:
    """Both edges are there before anybody looks."""
    async with rig.guarded() as told:
        rig.gpio.drive(hat.AMP_FAULT_N, False)
        rig.gpio.drive(hat.AMP_FAULT_N, None)
        await eventually(lambda: len(told) == 3, "both")
    assert told == [Protection.OK, Protection.OVERCURRENT, Protection.OK]


async def test_a_reset_shuts_the_amplifier_down_and_lets_it_go(rig: Rig) -> None:
    """The line floats to its pull-up before and after, and when nobody holds it."""
    levels: list[bool] = []
    line = rig.gpio.line(hat.AMP_RESET_N)
    assert line.level
    with pytest.raises(Unavailable, match="lines are not there"):
        await rig.amplifier.reset()
    async with rig.guarded():
        assert line.level
        line.watchers.append(levels.append)
        await rig.amplifier.reset()
        assert levels == [False, True]
    assert line.level


async def test_a_broken_thermistor_is_no_heat(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """It is said, and the trip is told all the same."""
    rig.adc.put(hat.ADC_TEMPERATURE, 3.3)
    rig.gpio.drive(hat.AMP_FAULT_N, False)
    async with rig.guarded() as told:
        assert told == [Protection.OVERCURRENT]
    assert "thermistor is cut or shorted" in caplog.text


@pytest.mark.parametrize(("ohm", "celsius"), [(27_219, 0), (10_000, 25), (4_161, 50), (974, 100)])
def test_the_thermistor_by_its_makers_table(ohm: float, celsius: float) -> None:
    """NCP18XH103: B 3380 K holds between 25 and 50 degrees, and is 2 degrees beside it at 100."""
    volts = 3.3 * ohm / (ohm + 10_000)
    assert hat.AMPLIFIER_NTC.celsius(volts) == pytest.approx(celsius, abs=2.5)


async def test_a_reset_of_lines_that_are_gone_says_so(rig: Rig) -> None:
    """As whoever tries again expects it, whenever the controller went."""
    async with rig.guarded(), asyncio.TaskGroup() as tasks:
        tasks.create_task(rig.amplifier.reset(), name="another, which the kernel ends")
        await asyncio.sleep(0)
        rig.gpio.unplug()
        with pytest.raises(Unavailable):
            await rig.amplifier.reset()


async def test_lines_that_somebody_else_holds_are_asked_for_again(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said once; the protection is told when they are free."""
    monkeypatch.setattr(fault_line, "RETRY_INTERVAL_S", 0.02)
    with rig.chips.having([hat.AMP_FAULT_N]) as chip:
        theirs = chip.request_lines({(hat.AMP_FAULT_N,): LineSettings()})
    told: list[Protection] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(rig.amplifier.run(told.append), name="amplifier")
        await asyncio.sleep(0.1)
        assert told == []
        theirs.release()
        await eventually(lambda: told == [Protection.OK], "the lines")
        task.cancel()
    assert caplog.text.count("the amplifier's lines cannot be reached: [Errno 16]") == 1
