"""The schematic of the HAT as data: parts, their pins, and the nets that they are connected to."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hw.hat.pins import FOLDER

NETLIST: Final = FOLDER / "netlist.toml"
PARTS: Final = FOLDER / "parts.toml"
GROUND: Final = "GND"
OPEN: Final = "-"
"""What a pin is connected to that is left open."""

_PREFIXES: Final = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6}


@dataclass(frozen=True)
class Pin:
    """A pin of a kind of part."""

    kind: str
    """`supply`, `ground`, `in`, `out`, `io`, `od`, `passive` or `nc`."""
    limit_v: float = math.inf
    """The highest voltage that it may see."""


@dataclass(frozen=True)
class Kind:
    """A kind of part, as one can buy it."""

    name: str
    mpn: str
    maker: str
    footprint: str
    text: str
    pins: Mapping[str, Pin]
    rated_v: float = math.inf
    """What a capacitor stands."""
    checked: bool = False
    """Whether its figures were compared with its data sheet; else they are from memory."""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One part on the board."""

    ref: str
    kind: Kind
    pins: Mapping[str, str]
    """The net of each of its pins."""
    value: str = ""
    near: str | None = None
    """The supply pin, as `U2.VIN`, that a capacitor stands beside."""
    i2c: int | None = None
    """Its address on the bus of its SDA pin."""
    note: str = ""

    @property
    def amount(self) -> float:
        """The value as a number in ohm, farad or henry."""
        return amount(self.value)


class Netlist:
    """All parts and all nets."""

    def __init__(self, nets: Mapping[str, float], parts: Mapping[str, Part]) -> None:
        self.nets = dict(nets)
        """The highest voltage that each net carries, in V."""
        self.parts = dict(parts)

    def pins(self) -> Iterator[tuple[Part, str, str]]:
        """Yield each pin that is connected: part, name of the pin, net."""
        for part in self.parts.values():
            for pin, net in part.pins.items():
                if net != OPEN:
                    yield part, pin, net

    def only(self, kind: str) -> Part:
        """Return the one part of a kind; raises `ValueError` where there is none or there are several."""
        (part,) = (part for part in self.parts.values() if part.kind.name == kind)
        return part

    def only_on(self, net: str, kind: str) -> Part:
        """Return the one part of a kind that is on a net; raises `ValueError`."""
        (found,) = {
            part.ref: part for part, _, on in self.pins() if on == net and part.kind.name == kind
        }.values()
        return found

    def ohm(self, one: str, other: str) -> float:
        """Return what the resistors between two nets are together; raises `ValueError` where there is none."""
        between = [
            part.amount
            for part in self.parts.values()
            if part.ref.startswith("R")
            and not part.ref.startswith("RT")
            and set(part.pins.values()) == {one, other}
        ]
        if not between:
            raise ValueError(f"no resistor joins {one} and {other}")
        return round(1 / sum(1 / ohm for ohm in between), 6)

    def farad(self, net: str) -> float:
        """Return what the capacitors from a net to ground are together."""
        return sum(
            part.amount
            for part in self.parts.values()
            if part.ref.startswith("C") and set(part.pins.values()) == {net, GROUND}
        )

    def ratio(self, top: str, middle: str, bottom: str = GROUND) -> float:
        """Return which part of the voltage at `top` a divider leaves at `middle`."""
        low = self.ohm(middle, bottom)
        return low / (self.ohm(top, middle) + low)


def amount(value: str) -> float:
    """Return `4.7k` as 4700.0; raises `ValueError` where it is no number."""
    if value[-1:] in _PREFIXES:
        return float(value[:-1]) * _PREFIXES[value[-1]]
    return float(value)


def load(netlist: Path = NETLIST, parts: Path = PARTS) -> Netlist:
    """Read the schematic; raises `KeyError` or `TypeError` where it names or says what is unknown."""
    return parse(tomllib.loads(netlist.read_text()), tomllib.loads(parts.read_text()))


def parse(netlist: Mapping[str, Any], kinds: Mapping[str, Any]) -> Netlist:
    """Return the schematic that two decoded files describe."""
    known = {name: _kind(name, entry) for name, entry in kinds.items()}
    parts: dict[str, Part] = {}
    for ref, entry in netlist["two_terminal"].items():
        kind = known[entry["type"]]
        connected = dict(zip(kind.pins, entry["pins"], strict=True))
        parts[ref] = _part(ref, kind, entry | {"pins": connected})
    for ref, entry in netlist["part"].items():
        parts[ref] = _part(ref, known[entry["type"]], entry)
    return Netlist(netlist["nets"], parts)


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    pins = {pin: _pin(text) for pin, text in entry["pins"].items()}
    return Kind(**{**entry, "name": name, "pins": pins})


def _pin(text: str) -> Pin:
    kind, _, limit = text.partition(" ")
    return Pin(kind, float(limit) if limit else math.inf)


def _part(ref: str, kind: Kind, entry: Mapping[str, Any]) -> Part:
    rest = {key: value for key, value in entry.items() if key != "type"}
    return Part(ref=ref, kind=kind, **rest)
