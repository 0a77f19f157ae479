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
from hw.sim.amplifier import Amplifier
from hw.sim.terminals import Terminals

COLOURS = ("off", "green", "red", "amber")
LONGEST_HOLD_S = 60.0


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
    """Lamps, button, terminals, amplifier and load; the sound is in `sound_card`."""

    serial_number: str
    lamps: dict[str, Lamp] = field(default_factory=lambda: {"status": Lamp(), "speaker": Lamp()})
    fingers: set[object] = field(default_factory=set)
    """What holds the control button down."""
    audio_input: dict[str, str] = field(default_factory=lambda: {"type": "mic", "power": "none"})
    """What the jack of the audio input is switched to."""
    terminals: Terminals = field(default_factory=Terminals)
    amplifier: Amplifier = field(default_factory=Amplifier)
    linked: bool = True
    """Whether the network cable is plugged in."""
    power_fails: bool = False
    """Whether the power is being cut: the lamps, which a daemon that dies leaves as they are, go dark with the unit."""
    on_button: Callable[[bool], None] = lambda pressed: None
    on_link: Callable[[bool], None] = lambda linked: None

    def light(self, lamp: str, pattern: list[tuple[str, int]]) -> None:
        """Light a lamp; raises `NotFound` or `InvalidValue` as the circuit would refuse."""
        if lamp not in self.lamps:
            raise NotFound(f"there is no lamp called '{lamp[:40]}'")
        if not pattern or any(colour not in COLOURS for colour, _duration in pattern):
            raise InvalidValue(f"a lamp can be {', '.join(COLOURS)}")
        # The same pattern again does not start it anew: a driver may repeat itself after a lost bus.
        if self.lamps[lamp].pattern != pattern:
            self.lamps[lamp] = Lamp(list(pattern), now_ms())

    def select_input(self, type_: str, power: str) -> None:
        """Switch the jack of the audio input, as its relays would."""
        if type_ not in ("mic", "line") or power not in ("none", "electret"):
            raise InvalidValue("the jack is for mic or line, with power none or electret")
        self.audio_input = {"type": type_, "power": power}

    @property
    def pressed(self) -> bool:
        """Whether the control button is down."""
        return bool(self.fingers)

    def press(self, pressed: bool, finger: object = "hand") -> None:
        """Press or release the control button; it is up when the last finger has left it."""
        before = self.pressed
        if pressed:
            self.fingers.add(finger)
        else:
            self.fingers.discard(finger)
        if self.pressed != before:
            self.on_button(self.pressed)

    def link(self, linked: bool) -> None:
        """Plug the network cable in, or pull it."""
        if linked != self.linked:
            self.linked = linked
            self.on_link(linked)

    def hold(self, seconds: float) -> Coroutine[None, None, None]:
        """Return what holds the button down for that long; refuses at once what cannot be done."""
        if not 0 < seconds <= LONGEST_HOLD_S:
            raise InvalidValue(f"hold_s must be above 0 and at most {LONGEST_HOLD_S:g}")
        return self._hold(seconds)

    async def _hold(self, seconds: float) -> None:
        finger = object()
        self.press(True, finger)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.press(False, finger)

    def driver_present(self, present: bool) -> None:
        """Note that the daemon which drives the outputs came or went; without it they float (M-IO-07)."""
        if not present and self.power_fails:
            self.power_fails = False
            self.lamps = {name: Lamp() for name in self.lamps}
        if not present:
            self.terminals.release()

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
            "link": {"connected": self.linked},
            "ports": self.terminals.describe(),
            "amplifier": self.amplifier.describe(),
            "audio_input": dict(self.audio_input),
            "serial_number": self.serial_number,
            "monotonic_ms": now,
        }


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
