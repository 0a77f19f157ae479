"""The ioports daemon's side of the bus."""

import msgspec
from sdbus import get_current_message

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.ioports import IoPortsInterface
from common.errors import Unavailable
from daemons.ioports import front_panel
from daemons.ioports.adapters.terminals import PortsAtWork
from daemons.ioports.button import Button
from daemons.ioports.front import Front
from daemons.ioports.manual_trigger import ManualTrigger
from daemons.ioports.ports.control import PortControl, changes_of, ranges_of
from daemons.ioports.virtual_inputs import VirtualInputs


class IoPortsService(IoPortsInterface):
    """Unpacks and delegates."""

    def __init__(
        self,
        connection: Connection,
        front: Front,
        button: Button | None,
        inputs: VirtualInputs,
        trigger: ManualTrigger,
        at_work: PortsAtWork,
        control: PortControl,
    ) -> None:
        super().__init__()
        self.connection = connection
        self._front = front
        self._button = button
        self._inputs = inputs
        self._trigger = trigger
        self._at_work = at_work
        self._ports = at_work.ports
        self._control = control

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return how everything stands that can be told: ports, LEDs, virtual inputs, the trigger, the button."""
        await self._at_work.read()
        events = [
            *self._ports.events(),
            *self._front.events(),
            *self._inputs.events(),
            self._trigger.event(),
        ]
        if self._button is not None:
            events.append(self._button.event())
        return [(event.topic, dict(event.source), dict(event.data)) for event in events]

    @exported
    async def ports(self) -> str:
        """Return every port."""
        await self._at_work.read()
        views = self._ports.views(await self._at_work.levels_mv())
        return msgspec.json.encode(views).decode()

    @exported
    async def set_ports(self, changes: str, who: str) -> str:
        """Change settings and states of ports."""
        changed = await self._control.set_ports(changes_of(changes), who)
        return msgspec.json.encode(changed).decode()

    @exported
    async def run_sequence(self, port: int, steps: list[tuple[str, int]]) -> None:
        """Take an output through states."""
        self._ports.run_sequence(port, steps)

    @exported
    async def pretend_input(self, port: int, steps: list[tuple[str, int]]) -> None:
        """Have an input count as active."""
        self._ports.pretend(port, steps)

    @exported
    async def supervised_ranges(self, port: int) -> str:
        """Return which levels mean what."""
        return msgspec.json.encode(self._control.ranges(port)).decode()

    @exported
    async def set_supervised(self, port: int, supervised: bool, ranges: str, who: str) -> None:
        """Supervise an input or no longer."""
        await self._control.set_supervised(port, supervised, ranges_of(ranges), who)

    @exported
    async def virtual_inputs(self) -> list[bool]:
        """Return which virtual inputs are active."""
        return self._inputs.active()

    @exported
    async def set_virtual_input(self, number: int, active: bool, duration_s: float) -> bool:
        """Activate or deactivate a virtual input."""
        return self._inputs.set(number, active, duration_s)

    @exported
    async def run_manual_trigger(self, steps: list[tuple[str, int]]) -> None:
        """Take the manual trigger through states."""
        self._trigger.start(steps)

    @exported
    async def raise_cause(self, cause: str, lasting_s: float) -> None:
        """Say that a cause holds."""
        self._front.raise_(cause, lasting_s, await self._who())

    @exported
    async def clear_cause(self, cause: str) -> None:
        """Say that a cause no longer holds, as far as the caller knows."""
        self._front.clear(cause, await self._who())

    @exported
    async def leds(self) -> str:
        """Return what the LEDs show and why."""
        return self._front.describe()

    @exported
    async def front_panel(self) -> str:
        """Return what LEDs and control button mean."""
        return front_panel.describe(leds=self._front.has_leds, button=self._button is not None)

    async def _who(self) -> str:
        caller = await self.connection.caller(get_current_message().sender or "")
        if caller is None:
            raise Unavailable("the caller has left the bus")
        return caller.name
