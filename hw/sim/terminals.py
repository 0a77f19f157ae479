"""The I/O terminals of the simulated unit, by their circuit: what hangs there, and what it measures.

Each terminal is fed 3.3 V through 4.7 kOhm, as on the HAT. A contact closes it to ground; with end-of-line resistors
fitted (4.7 kOhm in series with the contact, 4.7 kOhm across it) a cut and a shorted cable differ from an open and a
closed contact. An open drain of the unit's own can pull the terminal to ground and light a lamp.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from common.errors import InvalidValue, NotFound

SUPPLY_V: Final = 3.3
PULL_UP_OHM: Final = 4_700.0
SERIES_OHM: Final = 4_700.0
ACROSS_OHM: Final = 4_700.0
CLOSED_V: Final = 1.0
HIGHEST_V: Final = 30.0
TERMINALS: Final = 2

CIRCUITS: Final = ("open", "closed", "cut", "short")
LONGEST_SEQUENCE: Final = 10_000

_WITH_RESISTORS: Final = {
    "open": SERIES_OHM + ACROSS_OHM,
    "closed": SERIES_OHM,
    "cut": None,
    "short": 0.0,
}
_WITHOUT: Final = {"open": None, "closed": 0.0, "cut": None, "short": 0.0}


@dataclass(frozen=True)
class Terminal:
    """One terminal and all that hangs at it."""

    circuit: str = "open"
    resistors: bool = False
    """Whether end-of-line resistors are fitted."""
    applied_v: float | None = None
    """A foreign voltage at the terminal, stronger than the loop."""
    output: bool | None = None
    """Whether the unit's open drain conducts; None while the terminal is an input."""

    @property
    def voltage_v(self) -> float:
        """What a meter shows between the terminal and ground."""
        if self.output:
            return 0.0
        if self.applied_v is not None:
            return self.applied_v
        ohm = (_WITH_RESISTORS if self.resistors else _WITHOUT)[self.circuit]
        return SUPPLY_V if ohm is None else SUPPLY_V * ohm / (ohm + PULL_UP_OHM)

    @property
    def closed(self) -> bool:
        """How the terminal reads: closed at no more than 1 V (M-IO-06)."""
        return self.voltage_v <= CLOSED_V

    def describe(self) -> dict[str, Any]:
        """Return what there is to see."""
        output = None if self.output is None else "closed" if self.output else "floating"
        return {
            "circuit": self.circuit,
            "resistors": self.resistors,
            "applied_v": self.applied_v,
            "voltage_v": round(self.voltage_v, 4),
            "closed": self.closed,
            "output": output,
            "lamp": bool(self.output),
        }


def ignore(port: int, closed: bool, monotonic_ns: int) -> None:
    """Tell nobody."""


class Terminals:
    """All terminals. A change may come from any thread; `on_level` is called in its thread, in the order of edges."""

    def __init__(self, count: int = TERMINALS) -> None:
        self._terminals = [Terminal() for _ in range(count)]
        self._lock = threading.Lock()
        self.on_level: Callable[[int, bool, int], None] = ignore
        """Told of each edge: the terminal, counted from 0, whether it reads closed now, and when it changed."""

    # -- what a person can do; terminals are counted from 1, as printed --

    def connect(self, number: int, changes: Mapping[str, object]) -> None:
        """Change any of `circuit`, `resistors` and `applied_v`; what cannot be changes nothing."""
        index = self._index(number)
        checked = _checked(changes)
        self._change(index, lambda terminal: replace(terminal, **checked))

    def sequence(self, number: int, edges_ms: list[float]) -> Callable[[], None]:
        """Return what toggles the contact between open and closed at the given times, in ms from its start.

        It sleeps from edge to edge, so it wants a thread of its own: an event loop is a millisecond late or more.
        """
        index = self._index(number)
        if len(edges_ms) > LONGEST_SEQUENCE or edges_ms != sorted(edges_ms):
            raise InvalidValue(f"edges must be at most {LONGEST_SEQUENCE} times in ms, in order")

        def toggle() -> None:
            start = time.monotonic()
            for edge_ms in edges_ms:
                time.sleep(max(0.0, start + edge_ms / 1000 - time.monotonic()))
                self._change(index, _toggled)

        return toggle

    # -- what the unit can do; counted from 0 --

    def drive(self, index: int, output: bool | None) -> None:
        """Have the open drain conduct or float, or make the terminal an input (None)."""
        if not 0 <= index < len(self._terminals):
            raise NotFound(f"there is no terminal {index}")
        self._change(index, lambda terminal: replace(terminal, output=output))

    def release(self) -> None:
        """Float every output, as when whoever drives them is gone."""
        for index in range(len(self._terminals)):
            self._change(index, lambda terminal: replace(terminal, output=None))

    def levels(self) -> list[bool]:
        """Return whether each terminal reads closed."""
        return [terminal.closed for terminal in self._terminals]

    def voltages(self) -> list[float]:
        """Return what is measured at each, in V to ground."""
        return [terminal.voltage_v for terminal in self._terminals]

    def describe(self) -> list[dict[str, Any]]:
        """Return what there is to see at each."""
        return [
            {"port": number, **terminal.describe()}
            for number, terminal in enumerate(self._terminals, 1)
        ]

    def _change(self, index: int, changed: Callable[[Terminal], Terminal]) -> None:
        with self._lock:
            before = self._terminals[index]
            after = self._terminals[index] = changed(before)
            if after.closed != before.closed:
                self.on_level(index, after.closed, time.monotonic_ns())

    def _index(self, number: int) -> int:
        if not 1 <= number <= len(self._terminals):
            raise NotFound(f"there is no I/O port {number}")
        return number - 1


def _toggled(terminal: Terminal) -> Terminal:
    return replace(terminal, circuit="open" if terminal.circuit == "closed" else "closed")


def _checked(changes: Mapping[str, object]) -> dict[str, Any]:
    unknown = set(changes) - {"circuit", "resistors", "applied_v"}
    if unknown or not changes:
        raise InvalidValue("a terminal has circuit, resistors and applied_v")
    if "circuit" in changes and changes["circuit"] not in CIRCUITS:
        raise InvalidValue(f"circuit must be one of {', '.join(CIRCUITS)}")
    if "resistors" in changes and not isinstance(changes["resistors"], bool):
        raise InvalidValue("resistors must be true or false")
    checked = dict(changes)
    applied_v = changes.get("applied_v")
    if applied_v is not None:
        if isinstance(applied_v, bool) or not isinstance(applied_v, int | float):
            raise InvalidValue("applied_v must be a number of volts, or null")
        if not 0 <= applied_v <= HIGHEST_V:
            raise InvalidValue(f"applied_v must be from 0 to {HIGHEST_V:g} V, or null")
        checked["applied_v"] = float(applied_v)
    return checked
