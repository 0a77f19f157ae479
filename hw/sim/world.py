"""The outside of a simulated unit: what a person standing before it could see, press and wire up."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.errors import InvalidValue, NotFound

CIRCUITS = ("open", "closed", "cut", "short")
COLOURS = ("off", "green", "red", "amber")
LONGEST_HOLD_S = 60.0
LONGEST_SEQUENCE = 10_000


@dataclass
class Lamp:
    """A lamp as it is lit: a repeated pattern of (colour, ms); 0 ms means steady."""

    pattern: list[tuple[str, int]] = field(default_factory=lambda: [("off", 0)])
    since_ms: float = 0.0

    def colour(self, now_ms: float) -> str:
        """Return the colour at that time."""
        period = sum(duration for _colour, duration in self.pattern)
        if period == 0:
            return self.pattern[0][0]
        position = (now_ms - self.since_ms) % period
        for colour, duration in self.pattern:
            if position < duration:
                return colour
            position -= duration
        return self.pattern[-1][0]


@dataclass
class World:
    """Lamps, button, terminals and load; the sound is in `sound_card`."""

    serial_number: str
    lamps: dict[str, Lamp] = field(default_factory=lambda: {"status": Lamp(), "speaker": Lamp()})
    pressed: bool = False
    circuits: list[str] = field(default_factory=lambda: ["open", "open"])
    amplifier: dict[str, Any] = field(
        default_factory=lambda: {"load_ohm": 8, "drift_percent": 0, "fault": None}
    )
    on_button: Callable[[bool], None] = lambda pressed: None

    def light(self, lamp: str, pattern: list[tuple[str, int]]) -> None:
        """Light a lamp; raises `NotFound` or `InvalidValue` as the circuit would refuse."""
        if lamp not in self.lamps:
            raise NotFound(f"there is no lamp called '{lamp[:40]}'")
        if not pattern or any(colour not in COLOURS for colour, _duration in pattern):
            raise InvalidValue(f"a lamp can be {', '.join(COLOURS)}")
        # The same pattern again does not start it anew: a driver may repeat itself after a lost bus.
        if self.lamps[lamp].pattern != pattern:
            self.lamps[lamp] = Lamp(list(pattern), now_ms())

    def press(self, pressed: bool) -> None:
        """Press or release the control button."""
        if pressed != self.pressed:
            self.pressed = pressed
            self.on_button(pressed)

    def hold(self, seconds: float) -> Coroutine[None, None, None]:
        """Return what holds the button down for that long; refuses at once what cannot be done."""
        if not 0 < seconds <= LONGEST_HOLD_S:
            raise InvalidValue(f"hold_s must be above 0 and at most {LONGEST_HOLD_S:g}")
        return self._hold(seconds)

    async def _hold(self, seconds: float) -> None:
        self.press(True)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.press(False)

    def wire(self, port: int, circuit: str) -> None:
        """Open, close, cut or short the circuit at an I/O terminal (1 or 2)."""
        if circuit not in CIRCUITS:
            raise InvalidValue(f"circuit must be one of {', '.join(CIRCUITS)}")
        self.circuits[self._index(port)] = circuit

    def sequence(self, port: int, edges_ms: list[float]) -> Coroutine[None, None, None]:
        """Return what toggles a terminal between open and closed at the given times, in ms from now."""
        index = self._index(port)
        if len(edges_ms) > LONGEST_SEQUENCE or edges_ms != sorted(edges_ms):
            raise InvalidValue(f"edges must be at most {LONGEST_SEQUENCE} times in ms, in order")
        return self._sequence(index, edges_ms)

    async def _sequence(self, index: int, edges_ms: list[float]) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for edge in edges_ms:
            await asyncio.sleep(max(0.0, start + edge / 1000 - loop.time()))
            self.circuits[index] = "open" if self.circuits[index] == "closed" else "closed"

    def connect_load(self, changes: dict[str, Any]) -> None:
        """Connect another load to the amplifier's terminals, or make a fault."""
        known = {
            "load_ohm": lambda value: value in ("open", "short") or _is_number(value, 0.5, 1000),
            "drift_percent": lambda value: _is_number(value, -100, 1000),
            "fault": lambda value: value is None or value in ("overcurrent", "overtemperature"),
        }
        for name, value in changes.items():
            if name not in known or not known[name](value):
                raise InvalidValue(f"amplifier: cannot set '{name[:40]}' to that")
        self.amplifier.update(changes)

    def describe(self) -> dict[str, Any]:
        """Return everything there is to see."""
        now = now_ms()
        return {
            "leds": {
                name: {
                    "colour": lamp.colour(now),
                    "pattern": [
                        {"colour": colour, "duration_ms": duration}
                        for colour, duration in lamp.pattern
                    ],
                    "since_monotonic_ms": lamp.since_ms,
                }
                for name, lamp in self.lamps.items()
            },
            "button": {"pressed": self.pressed},
            "ports": [
                {"port": number, "circuit": circuit}
                for number, circuit in enumerate(self.circuits, 1)
            ],
            "amplifier": dict(self.amplifier),
            "serial_number": self.serial_number,
            "monotonic_ms": now,
        }

    def _index(self, port: int) -> int:
        if not 1 <= port <= len(self.circuits):
            raise NotFound(f"there is no I/O port {port}")
        return port - 1


def now_ms() -> float:
    """Return the world's own clock in ms."""
    return time.monotonic() * 1000


def printed_serial_number(folder: Path) -> str:
    """Return what is printed on this unit: made once, kept for good.

    It is a locally administered MAC address, since a simulated unit has none of its own.
    """
    path = folder / "identity.json"
    if not path.exists():
        serial = f"02{secrets.token_hex(5)}".upper()
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"serial_number": serial}))
        new.replace(path)
    return str(json.loads(path.read_text())["serial_number"])


def _is_number(value: object, minimum: float, maximum: float) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and minimum <= value <= maximum
    )
