"""All I/O ports of the unit: what happens at them, and what is told of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from common.bus.ioports import PortView
from common.clock import Clock, wall_time
from common.errors import InvalidValue, NotFound
from common.params.registry import PARAMETERS
from common.topics import Event
from daemons.ioports.ports.output import steps_of
from daemons.ioports.ports.port import Port
from daemons.ioports.ports.settings import GROUP, settings_of
from daemons.ioports.topics import ANY_PORT, INPUT_PORT
from hw.ports import Level

Drive = Callable[[int, bool | None], None]
"""Makes a terminal an output that is closed or floats, or an input (None)."""
Tell = Callable[[Event, float], None]
"""Told of each change of a state, with its time in seconds since 1970."""


class Ports:
    """The ports, each of which may be an input or an output.

    Changing any setting returns every output to its normal state, whatever has activated it (M-IO-08). That holds for
    the normal state itself, too: where VAPIX would keep the logical state of an active output, the manual wins.
    """

    def __init__(
        self,
        clock: Clock,
        count: int,
        *,
        supervisable: bool,
        drive: Drive,
        tell: Tell,
        states_changed: Callable[[], None] = lambda: None,
        due_changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`states_changed`: other states exist than before; `due_changed`: `due` or `supervising` may be another."""
        self._clock = clock
        self._drive = drive
        self._tell = tell
        self._states_changed = states_changed
        self._due_changed = due_changed
        self._ports = [
            Port(number, settings_of({}, number), supervisable=supervisable)
            for number in range(count)
        ]
        self._given: dict[str, str] = {}
        self._driven: dict[int, bool | None] = {}
        self._told = {event.key: event for event in self.events()}

    # -- what there is to know --

    @property
    def count(self) -> int:
        """How many ports there are."""
        return len(self._ports)

    @property
    def outputs(self) -> int:
        """How many of them are outputs now."""
        return sum(port.settings.output for port in self._ports)

    @property
    def known(self) -> bool:
        """Whether it is known how every port is."""
        return all(port.known for port in self._ports)

    @property
    def supervising(self) -> bool:
        """Whether voltages are wanted: some port is supervised."""
        return any(port.loop is not None for port in self._ports)

    def port(self, number: int) -> Port:
        """Return a port, counted from 0; raises `NotFound`."""
        if not 0 <= number < len(self._ports):
            raise NotFound(f"there is no I/O port {number}")
        return self._ports[number]

    def views(self, levels_mv: Sequence[int] = ()) -> list[PortView]:
        """Return every port as the bus shows it, with what was measured at each, if anything."""
        return [port.view(levels_mv[port.number] if levels_mv else None) for port in self._ports]

    def events(self) -> list[Event]:
        """Return every state there is, as the event topics say it; nothing on a board without terminals."""
        if not self._ports:
            return []
        inputs = [port for port in self._ports if not port.settings.output]
        anything = INPUT_PORT.event(
            {"port": ANY_PORT}, {"state": any(port.active for port in inputs)}
        )
        return [*(event for port in self._ports for event in port.events()), anything]

    def due(self) -> float | None:
        """Return when `advance` has something to do next, by the monotonic clock."""
        dues: list[float | None] = []
        for port in self._ports:
            if port.settings.output:
                dues.append(port.output.due())
            else:
                dues += [port.input.due(), port.pretended.due()]
        return min((due for due in dues if due is not None), default=None)

    # -- what happens at the terminals --

    def edge(self, level: Level) -> None:
        """Take an edge; an output knows better itself how it is driven."""
        port = self.port(level.port)
        if not port.settings.output:
            for _closed, at in port.input.feel(level.closed, level.monotonic_ns / 1e9):
                self._tell_changes(at)
            self._due_changed()

    def measured(self, levels_mv: Sequence[int]) -> None:
        """Take what was measured at each terminal."""
        for port in self._ports:
            if port.loop is not None and port.loop.measure(levels_mv[port.number]):
                self._tell_changes(self._clock.monotonic())

    def advance(self) -> None:
        """Do what is due by now."""
        now = self._clock.monotonic()
        for port in self._ports:
            if port.settings.output:
                self._put_out(port, port.output.advance(now, port.activation_s))
            else:
                for _closed, at in port.input.settle(now):
                    self._tell_changes(at)
                for _active, at in port.pretended.advance(now, None):
                    self._tell_changes(at)

    # -- what people and daemons do --

    def configure(self, values: Mapping[str, str]) -> None:
        """Take the settings from the parameters; when any has changed, outputs return to normal (M-IO-08)."""
        given = {name: value for name, value in values.items() if _is_setting(name)}
        if given == self._given:
            return
        self._given = given
        now = self._clock.monotonic()
        for port in self._ports:
            port.configure(settings_of(given, port.number))
        for port in self._ports:
            self._put_out(port, port.output.rest(now))
            self._drive_as_it_is(port)
        self._tell_changes(now)
        self._due_changed()

    def set_state(self, number: int, closed: bool) -> None:
        """Close or open an output; ends its sequence. InvalidValue for an input."""
        port = self._output(number)
        active = closed == port.settings.active_closed
        self._put_out(port, port.output.set(active, self._clock.monotonic(), port.activation_s))
        self._due_changed()

    def run_sequence(self, number: int, steps: Sequence[tuple[str, int]]) -> None:
        """Take an output through (`active`, `inactive`, `open` or `closed`; ms). Conflict while it is in another."""
        port = self._output(number)
        wanted = steps_of(steps, port.settings.active_closed)
        self._put_out(port, port.output.run(wanted, self._clock.monotonic(), port.activation_s))
        self._due_changed()

    def pretend(self, number: int, steps: Sequence[tuple[str, int]]) -> None:
        """Have an input count as active by steps (`active` or `inactive`; ms), instead of others that still run.

        What is really active stays so. InvalidValue for an output.
        """
        port = self.port(number)
        if port.settings.output:
            raise InvalidValue(f"port {number} is an output")
        wanted = steps_of(steps, port.settings.active_closed)
        for _active, at in port.pretended.replace(wanted, self._clock.monotonic()):
            self._tell_changes(at)
        self._due_changed()

    def _output(self, number: int) -> Port:
        port = self.port(number)
        if not port.settings.output:
            raise InvalidValue(f"port {number} is an input")
        return port

    def _put_out(self, port: Port, changes: Iterable[tuple[bool, float]]) -> None:
        for _active, at in changes:
            self._drive_as_it_is(port)
            self._tell_changes(at)

    def _drive_as_it_is(self, port: Port) -> None:
        closed = port.closed if port.settings.output else None
        if self._driven.get(port.number) != closed:
            self._driven[port.number] = closed
            self._drive(port.number, closed)

    def _tell_changes(self, at: float) -> None:
        """Tell of every state that is not as last told; `at` is by the monotonic clock."""
        present = {event.key: event for event in self.events()}
        at_time = wall_time(self._clock, at)
        before, self._told = self._told, present
        if present.keys() != before.keys():
            self._states_changed()
        for key, event in present.items():
            if before.get(key) != event:
                self._tell(event, at_time)


def _is_setting(name: str) -> bool:
    """Whether a parameter is a setting of some port; what is published of a port is none."""
    found = PARAMETERS.parameters.get(name)
    return found is not None and name.startswith(f"{GROUP}.") and not found.read_only
