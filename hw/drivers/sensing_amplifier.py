"""An amplifier without a processor of its own: a line that tells of trips, a thermistor, and the current by a shunt.

The current is recorded by a channel of the codec that nothing else uses. The voltage is not measured: it is what was
played, times the known gain.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import ApplianceError, HardwareFault, Unavailable
from common.pcm import Flag, PcmReceiver
from hw.bands import sensed
from hw.drivers.alsa import SAMPLE_RATE_HZ, AlsaInput, Samples
from hw.drivers.fault_line import FaultLine
from hw.drivers.thermometer import Thermometer
from hw.ports import Protection, Sensed

log = logging.getLogger(__name__)

PERIOD_FRAMES: Final = 480
PATIENCE_S: Final = 0.5
"""How much longer than its window a measurement may take, before what is played is thought to have ended."""


@dataclass(frozen=True)
class CurrentSense:
    """The shunt as the sound card has it."""

    device: str
    """ALSA name of a capture device that has its channel alone."""
    full_scale_a: float
    """The peak current for a sample of full scale."""
    delay_frames: int
    """How much later than it is rendered a sample's current is recorded."""


class SensingAmplifier:
    """The amplifier of the HAT."""

    def __init__(
        self,
        full_scale_v: float,
        line: FaultLine,
        thermometer: Thermometer,
        too_hot_c: float,
        current: CurrentSense,
        open_input: Callable[[str], AlsaInput] = AlsaInput,
    ) -> None:
        """A trip at `too_hot_c` and above is told as over-temperature, any other as over-current."""
        self.full_scale_v: Final = full_scale_v
        self._line = line
        self._thermometer = thermometer
        self._too_hot_c = too_hot_c
        self._current = current
        self._open_input = open_input
        self._open_tap: Callable[[], socket.socket] | None = None
        self._measuring = asyncio.Lock()

    def hear(self, open_tap: Callable[[], socket.socket]) -> None:
        """Take a way to have what is played."""
        self._open_tap = open_tap

    async def run(self, changed: Callable[[Protection], None]) -> None:
        """Call `changed` with what the protection does: at the start and at each change, until cancelled."""
        trips: asyncio.Queue[bool] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._line.run(trips.put_nowait), name="fault line")
            while True:
                changed(await self._why() if await trips.get() else Protection.OK)

    async def reset(self) -> None:
        """Try again after a trip."""
        await self._line.reset()

    async def sense(self, window_s: float) -> Sensed:
        """Measure over the next `window_s`, while something is played."""
        if self._open_tap is None:
            raise Unavailable("nobody tells the amplifier what is played")
        async with self._measuring:
            tap = PcmReceiver(self._open_tap())
            try:
                return await asyncio.to_thread(self._measure, tap, round(window_s * SAMPLE_RATE_HZ))
            except HardwareFault as error:
                raise Unavailable(f"the current cannot be measured: {error}") from error
            finally:
                tap.close()

    async def _why(self) -> Protection:
        try:
            celsius = await self._thermometer.celsius()
        except ApplianceError as error:
            log.warning("the amplifier's temperature is unknown: %s, taking it for cool", error)
            return Protection.OVERCURRENT
        hot = celsius >= self._too_hot_c
        log.info("the amplifier tripped at %.0f degrees C", celsius)
        return Protection.OVERTEMPERATURE if hot else Protection.OVERCURRENT

    def _measure(self, tap: PcmReceiver, frames: int) -> Sensed:
        """Record both sides by the clock of the codec, which plays and records."""
        recorder = self._open_input(self._current.device)
        try:
            recorder.read()  # the first one starts the card
            while tap.receive():
                pass  # what was played before it
            end = time.monotonic() + 2 * frames / SAMPLE_RATE_HZ + PATIENCE_S
            played, recorded = self._sides(frames)
            while not (played.full and recorded.full):
                recorded.add(recorder.read())
                while received := tap.receive():
                    if tap.flags & Flag.GAP or not played.begun:
                        played, recorded = self._sides(frames)  # both begin now
                    played.add(np.frombuffer(tap.payload, np.float32, received))
                if received is None:
                    raise Unavailable("what is played cannot be had any more")
                if time.monotonic() > end:
                    raise Unavailable("too little is played")
        finally:
            recorder.close()
        current = recorded.samples()[self._current.delay_frames :] * self._current.full_scale_a
        # A shunt's amplifier rests at half its supply, and never exactly there.
        return sensed(played.samples() * self.full_scale_v, current - np.mean(current))

    def _sides(self, frames: int) -> tuple["_Side", "_Side"]:
        """Return where what is played and what is recorded are gathered."""
        return _Side(frames), _Side(self._current.delay_frames + frames)


class _Side:
    """So many samples, as they come."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._parts: list[Samples] = []
        self._frames = 0

    @property
    def begun(self) -> bool:
        return bool(self._parts)

    @property
    def full(self) -> bool:
        return self._frames >= self._wanted

    def add(self, samples: Samples) -> None:
        if not self.full:
            self._parts.append(samples.copy())
            self._frames += len(samples)

    def samples(self) -> npt.NDArray[np.floating[Any]]:
        return np.concatenate(self._parts)[: self._wanted].astype(np.float64)
