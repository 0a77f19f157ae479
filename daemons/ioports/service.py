"""The ioports daemon's side of the bus."""

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.ioports import IoPortsInterface
from daemons.ioports.button import Button
from daemons.ioports.front import Front


class IoPortsService(IoPortsInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, front: Front, button: Button | None) -> None:
        super().__init__()
        self.connection = connection
        self._front = front
        self._button = button

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return how the control button stands, where there is one."""
        if self._button is None:
            return []
        event = self._button.event()
        return [(event.topic, dict(event.source), dict(event.data))]

    @exported
    async def raise_cause(self, cause: str, lasting_s: float) -> None:
        """Say that a cause holds."""
        self._front.raise_(cause, lasting_s)

    @exported
    async def clear_cause(self, cause: str) -> None:
        """Say that a cause no longer holds."""
        self._front.clear(cause)

    @exported
    async def leds(self) -> str:
        """Return what the LEDs show and why."""
        return self._front.describe()
