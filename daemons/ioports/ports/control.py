"""Changing ports on behalf of people: settings go through the parameter database, states to the terminals."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from common.bus.ioports import PortChange, PortChanged, SupervisedRange
from common.errors import InvalidValue, NotSupported
from common.supervised_ranges import checked, written
from daemons.ioports.ports.ports import Ports
from daemons.ioports.ports.settings import GROUP

Write = Callable[[Mapping[str, str], str], Awaitable[Mapping[str, str]]]
"""Writes parameters on behalf of somebody; returns what was refused with the reason.

When it returns, what was not refused is on disk and `Ports.configure` has it. Raises `Unavailable`.
"""

_Shape = TypeVar("_Shape")
_OPPOSITE = {"open": "closed", "closed": "open"}


class PortControl:
    """Takes changes apart, has the settings written, then applies the states."""

    def __init__(self, ports: Ports, write: Write) -> None:
        self._ports = ports
        self._write = write

    async def set_ports(self, changes: Sequence[PortChange], who: str) -> list[PortChanged]:
        """Apply `changes`; NotFound for a port that is not there, and then nothing is changed."""
        planned = []
        outputs: dict[int, bool] = {}
        for change in changes:
            port = self._ports.port(change.port)
            output = outputs.get(change.port, port.settings.output)
            plan = _Plan(change, output)
            outputs[change.port] = plan.output
            planned.append(plan)
        before = {plan.change.port: self._seen(plan.change.port) for plan in planned}
        settings = {name: value for plan in planned for name, value in plan.settings.items()}
        refused = await self._write(settings, who) if settings else {}
        for plan in planned:
            plan.note(refused)
            if plan.change.state in _OPPOSITE and "state" not in plan.refused:
                self._apply(plan, plan.change.state == "closed")
        return [
            PortChanged(
                port=plan.change.port,
                changed=self._seen(plan.change.port) != before[plan.change.port],
                refused=plan.refused,
            )
            for plan in planned
        ]

    def ranges(self, port: int) -> tuple[SupervisedRange, ...]:
        """Return which levels mean what; NotSupported where the board measures no voltage."""
        found = self._ports.port(port)
        if not found.has_voltage:
            raise NotSupported(f"port {port} cannot be supervised: its voltage is not measured")
        return found.settings.ranges

    async def set_supervised(
        self, port: int, supervised: bool, ranges: Sequence[SupervisedRange] | None, who: str
    ) -> None:
        """Supervise an input or no longer, by other ranges or those there are (None)."""
        self.ranges(port)
        if supervised and self._ports.port(port).settings.output:
            raise InvalidValue(f"port {port} is an output, which cannot be supervised")
        group = f"{GROUP}.I{port}.Input"
        settings = {f"{group}.Supervised": "yes" if supervised else "no"}
        if ranges is not None:
            settings[f"{group}.SupervisedRanges"] = written(checked(ranges))
        for name, reason in (await self._write(settings, who)).items():
            raise InvalidValue(f"{name} {reason}")

    def _apply(self, plan: "_Plan", closed: bool) -> None:
        try:
            self._ports.set_state(plan.change.port, closed)
        except InvalidValue as error:
            plan.refused["state"] = error.message

    def _seen(self, port: int) -> object:
        found = self._ports.port(port)
        return found.settings, found.closed if found.settings.output else None


class _Plan:
    """What a change means for the parameters, once it is known which way the port will be."""

    def __init__(self, change: PortChange, output: bool) -> None:
        self.change = change
        self.settings: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self._properties: dict[str, str] = {}
        self.output = output
        self._group = f"{GROUP}.I{change.port}"
        self._plan_direction()
        self._plan_names()
        self._plan_circuit()

    def note(self, refused: Mapping[str, str]) -> None:
        """Note what was refused when it came to writing."""
        for name, reason in refused.items():
            if name in self._properties:
                self.refused[self._properties[name]] = reason

    def _plan_direction(self) -> None:
        direction = self.change.direction
        if direction is None:
            return
        if direction not in ("input", "output"):
            self.refused["direction"] = "must be input or output"
            return
        self.output = direction == "output"
        self._set("direction", "Direction", direction)

    def _plan_names(self) -> None:
        if self.change.usage is not None:
            self._set("usage", "Usage", self.change.usage)
        if self.change.name is not None:
            # Both, so that the port keeps its name when its direction is changed.
            self._set("name", "Input.Name", self.change.name)
            self._set("name", "Output.Name", self.change.name)

    def _plan_circuit(self) -> None:
        normal = self.change.normal_state
        if normal is not None and normal not in _OPPOSITE:
            self.refused["normal_state"] = "must be open or closed"
        elif normal is not None:
            name = "Output.Active" if self.output else "Input.Trig"
            self._set("normal_state", name, _OPPOSITE[normal])
        state = self.change.state
        if state is not None and state not in _OPPOSITE:
            self.refused["state"] = "must be open or closed"
        elif state is not None and not self.output:
            self.refused["state"] = "is read from an input, not set"

    def _set(self, property_: str, name: str, value: str) -> None:
        self.settings[f"{self._group}.{name}"] = value
        self._properties[f"{self._group}.{name}"] = property_


def changes_of(text: str) -> list[PortChange]:
    """Return the changes that a JSON text asks for; raises `InvalidValue`."""
    return _decoded(text, list[PortChange])


def ranges_of(text: str) -> list[SupervisedRange] | None:
    """Return the ranges of a JSON text, None when it is empty; raises `InvalidValue`."""
    return _decoded(text, list[SupervisedRange]) if text else None


def _decoded(text: str, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.MsgspecError as error:
        raise InvalidValue(str(error)) from None
