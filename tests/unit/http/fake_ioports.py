"""An ioports daemon with an input and an output, as far as the edge's tests need it."""

import json
from collections.abc import Sequence

import msgspec

from common.bus.ioports import PortChange, PortChanged, PortView, SupervisedRange
from common.errors import Conflict, InvalidValue, NotFound, NotSupported

RANGES = [
    SupervisedRange("short", 0, 800),
    SupervisedRange("close", 801, 1920),
    SupervisedRange("open", 1921, 2750),
    SupervisedRange("cut", 2751, 30000),
]
_CHOICES = {
    "direction": ("input", "output"),
    "normal_state": ("open", "closed"),
    "state": ("open", "closed"),
}
_CHANGES = msgspec.json.Decoder(list[PortChange])


def port_view(port: int, direction: str = "input", **more: object) -> PortView:
    """Return an inactive port that is normally open."""
    view = PortView(
        port=port,
        configurable=True,
        direction=direction,
        usage="",
        name=f"Port {port + 1}",
        normal_state="open",
        state="open",
        active=False,
        supervisable=direction == "input",
        supervised=False,
        supervised_state="",
        level_mv=3300,
        sequence=False,
    )
    return msgspec.structs.replace(view, **more)


class FakeIoPorts:
    """Port 0 is an input that reads closed, port 1 an output that is as it should be."""

    def __init__(self) -> None:
        self.views = [port_view(0, state="closed", active=True), port_view(1, "output")]
        self.sequences: list[tuple[int, list[tuple[str, int]]]] = []
        self.ongoing = False
        self.set: list[PortChange] = []
        self.supervised: list[tuple[int, bool, str]] = []
        self.virtual = [False] * 64
        self.durations: list[float] = []
        self.triggers: list[list[tuple[str, int]]] = []
        self.pretended: list[tuple[int, list[tuple[str, int]]]] = []

    @property
    def untouched(self) -> bool:
        """Whether nothing was done."""
        told = (self.sequences, self.set, self.supervised, self.durations, self.triggers)
        return not any((*told, self.pretended, *self.virtual))

    async def ports(self) -> str:
        """Return the ports."""
        return msgspec.json.encode(self.views).decode()

    async def set_ports(self, changes: str, _who: str) -> str:
        """Apply what is one of the choices."""
        wanted = _CHANGES.decode(changes)
        for change in wanted:
            self._known(change.port)
        return msgspec.json.encode([self._set(change) for change in wanted]).decode()

    def _set(self, change: PortChange) -> PortChanged:
        asked = {
            name: value
            for name, value in msgspec.structs.asdict(change).items()
            if name != "port" and value is not None
        }
        refused = {
            name: f"{name} must be one of {_CHOICES[name]}"
            for name, value in asked.items()
            if value not in _CHOICES.get(name, (value,))
        }
        view = self.views[change.port]
        if asked.get("direction", view.direction) == "input" and "state" in asked:
            refused["state"] = "the state of an input cannot be set"
        new = {name: value for name, value in asked.items() if name not in refused}
        self.set.append(change)
        self.views[change.port] = msgspec.structs.replace(view, **new)
        return PortChanged(
            port=change.port, changed=self.views[change.port] != view, refused=refused
        )

    async def run_sequence(self, port: int, steps: Sequence[tuple[str, int]]) -> None:
        """Note it."""
        self._known(port)
        if self.views[port].direction == "input":
            raise InvalidValue("the port is an input")
        if self.ongoing:
            raise Conflict("a sequence runs")
        self.sequences.append((port, list(steps)))

    async def supervised_ranges(self, port: int) -> str:
        """Return the ranges."""
        self._known(port)
        return msgspec.json.encode(RANGES).decode()

    async def set_supervised(self, port: int, supervised: bool, ranges: str, _who: str) -> None:
        """Note it, unless a state is missing."""
        self._known(port)
        if not self.views[port].supervisable:
            raise NotSupported("this port cannot be supervised")
        if ranges and len(json.loads(ranges)) != len(RANGES):
            raise InvalidValue("there must be a range for each state")
        self.supervised.append((port, supervised, ranges))

    async def virtual_inputs(self) -> list[bool]:
        """Return them."""
        return self.virtual

    async def set_virtual_input(self, number: int, active: bool, duration_s: float) -> bool:
        """Set one; nothing ends here."""
        if not 1 <= number <= len(self.virtual):
            raise NotFound(f"there is no virtual input {number}")
        changed = self.virtual[number - 1] != active
        self.virtual[number - 1] = active
        self.durations.append(duration_s)
        return changed

    async def pretend_input(self, port: int, steps: Sequence[tuple[str, int]]) -> None:
        """Note it."""
        self._known(port)
        self.pretended.append((port, list(steps)))

    async def run_manual_trigger(self, steps: Sequence[tuple[str, int]]) -> None:
        """Note it."""
        self.triggers.append(list(steps))

    async def front_panel(self) -> str:
        """Return that nothing is there."""
        return "{}"

    async def leds(self) -> str:
        """Return that there is no LED."""
        return "[]"

    def _known(self, port: int) -> None:
        if not 0 <= port < len(self.views):
            raise NotFound(f"there is no port {port}")
