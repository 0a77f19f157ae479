"""The protection of an amplifier that has one line to tell of a trip and one to be reset by.

The line that resets is driven as open drain, so that it floats to its pull-up, and the amplifier runs, whenever nobody
holds it.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from common.errors import Unavailable
from hw.drivers.gpio_chips import CONSUMER, GpioChips

if TYPE_CHECKING:
    import gpiod

log = logging.getLogger(__name__)

RETRY_INTERVAL_S: Final = 1.0
RESET_S: Final = 0.02
"""How long the amplifier is shut down: a trip is cleared within 10 ms (TPA3118D2)."""


class FaultLine:
    """Both lines; each is active when low."""

    def __init__(self, fault: str, reset: str, chips: GpioChips | None = None) -> None:
        """Take the names of the lines."""
        self._fault = fault
        self._reset = reset
        self._chips = chips or GpioChips()
        self._held: gpiod.LineRequest | None = None

    async def run(self, tripped: Callable[[bool], None]) -> None:
        """Call `tripped` with whether the protection has tripped: at the start and at each change, until cancelled."""
        said = ""
        while True:
            try:
                await self._follow(tripped)
            except (OSError, Unavailable) as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("the amplifier's lines cannot be reached: %s, trying again", said)
            await asyncio.sleep(RETRY_INTERVAL_S)

    async def reset(self) -> None:
        """Shut the amplifier down and start it again; raises `Unavailable`."""
        held = self._held
        if held is None:
            raise Unavailable("the amplifier's lines are not there")
        from gpiod.line import Value

        try:
            held.set_value(self._reset, Value.ACTIVE)
            try:
                await asyncio.sleep(RESET_S)
            finally:
                if self._held is held:  # else the kernel has it back, and it floats
                    held.set_value(self._reset, Value.INACTIVE)
        except OSError as error:
            raise Unavailable(f"the amplifier cannot be reset: {error}") from error

    async def _follow(self, tripped: Callable[[bool], None]) -> None:
        """Own the lines until one of them fails."""
        from gpiod import EdgeEvent, LineSettings
        from gpiod.line import Direction, Drive, Edge, Value

        fault = LineSettings(direction=Direction.INPUT, edge_detection=Edge.BOTH, active_low=True)
        reset = LineSettings(
            direction=Direction.OUTPUT,
            drive=Drive.OPEN_DRAIN,
            active_low=True,
            output_value=Value.INACTIVE,
        )
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        with (
            self._chips.having((self._fault, self._reset)) as chip,
            chip.request_lines({(self._fault,): fault}, consumer=CONSUMER) as faults,
            chip.request_lines({(self._reset,): reset}, consumer=CONSUMER) as resets,
        ):
            descriptor = faults.fd
            loop.add_reader(descriptor, ready.set)
            self._held = resets
            try:
                now = faults.get_value(self._fault) is Value.ACTIVE
                tripped(now)
                while True:
                    await ready.wait()
                    ready.clear()
                    says = []
                    while faults.wait_edge_events(0):
                        says += [
                            event.event_type is EdgeEvent.Type.RISING_EDGE
                            for event in faults.read_edge_events(64)
                        ]
                    says.append(faults.get_value(self._fault) is Value.ACTIVE)
                    for each in says:
                        if each is not now:
                            now = each
                            tripped(now)
            finally:
                self._held = None
                loop.remove_reader(descriptor)
