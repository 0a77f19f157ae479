"""What daemons may ask of hardware, and what a board is made of.

A daemon asks for a function (the status LED, the control button), never for a pin. Drivers keep trying by
themselves: a lamp shows what it was last told as soon as it can.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from common.bus.connection import Connection


class Led(Enum):
    """The lamps of the unit, by what is printed beside them."""

    STATUS = "status"
    SPEAKER = "speaker"


class Colour(Enum):
    """What a lamp can show."""

    OFF = "off"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Step:
    """One part of a pattern."""

    colour: Colour
    duration_ms: int


Pattern = tuple[Step, ...]
"""Steps that repeat without end; a single step of 0 ms is steady."""


def steady(colour: Colour) -> Pattern:
    """Return the pattern of a lamp that does not flash."""
    return (Step(colour, 0),)


class LedDriver(Protocol):
    """The lamps of a board."""

    def show(self, led: Led, pattern: Pattern) -> None:
        """Show `pattern` from now on; returns at once."""
        ...

    async def run(self) -> None:
        """Keep the lamps as they were last told, until cancelled."""
        ...


class ControlButton(Protocol):
    """The push-button of a board."""

    async def run(self, moved: Callable[[bool], None]) -> None:
        """Call `moved` with whether the button is down: at the start and at each change, until cancelled."""
        ...


class Nameplate(Protocol):
    """What is printed on the unit."""

    async def serial_number(self) -> str:
        """Return 12 upper-case hex digits, the MAC address; raises `Unavailable` when it cannot be read now."""
        ...


@dataclass(frozen=True)
class SoundCard:
    """ALSA names of the sound device; the input is None where there is none."""

    playback: str
    capture: str | None
    attached: Callable[[str], AbstractContextManager[None]] = lambda device: nullcontext()
    """Held while a device is opened; raises `HardwareFault` when nothing is behind its name."""


@dataclass(frozen=True)
class Board:
    """What a board has. A part that is None is not there, and the APIs say so."""

    name: str
    description: str
    sound: SoundCard
    nameplate: Callable[[Connection], Nameplate]
    leds: Callable[[Connection], LedDriver] | None
    button: Callable[[Connection], ControlButton] | None
    interface: str | None
    """The network interface whose link is supervised; None where losing it means nothing."""
    development: bool = False
    """Whether this is a computer with a life of its own, whose names are valid for the unit too."""
