"""What daemons may ask of hardware, and what a board is made of.

A daemon asks for a function (the status LED, the control button), never for a pin. Drivers keep trying by
themselves: a lamp shows what it was last told as soon as it can.
"""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from common.bus.connection import Connection
from hw.slots import Slots


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


class Link(Protocol):
    """The network connection of a board."""

    async def run(self, changed: Callable[[bool], None]) -> None:
        """Call `changed` with whether there is a connection: at the start and at each change, until cancelled."""
        ...


class Protection(Enum):
    """What an amplifier's own protection does."""

    OK = "ok"
    OVERCURRENT = "overcurrent"
    OVERTEMPERATURE = "overtemperature"


@dataclass(frozen=True)
class Band:
    """Voltage and current (RMS) in one part of the spectrum; `hz` is where its energy lies."""

    hz: float
    voltage_v: float
    current_a: float


@dataclass(frozen=True)
class Sensed:
    """What was at the terminals over a window, all RMS: of all there is, and band by band."""

    voltage_v: float
    current_a: float
    bands: tuple[Band, ...]
    """No wider than a third of an octave each, from 200 Hz to 5 kHz at least."""


class Amplifier(Protocol):
    """An output stage that can sense what it drives.

    When its protection trips it goes silent by itself, and stays so until `reset`.
    """

    @property
    def full_scale_v(self) -> float:
        """The peak voltage at the terminals for a sample of full scale."""
        ...

    def hear(self, open_tap: Callable[[], socket.socket]) -> None:
        """Take a way to have what is played (`common.pcm`), for one that measures the current alone."""
        ...

    async def run(self, changed: Callable[[Protection], None]) -> None:
        """Call `changed` with what the protection does: at the start and at each change, until cancelled."""
        ...

    async def sense(self, window_s: float) -> Sensed:
        """Measure over `window_s` (up to 1 s), now or just before; raises `Unavailable` when that cannot be."""
        ...

    async def reset(self) -> None:
        """Try again after a trip; what is still wrong trips again. Raises `Unavailable`."""
        ...


@dataclass(frozen=True)
class Level:
    """How a terminal reads from a moment on."""

    port: int
    """Counted from 0."""
    closed: bool
    """At most 1 V to ground; what is above, or not connected, is open (M-IO-06)."""
    monotonic_ns: int
    """When it became so, by CLOCK_MONOTONIC: the kernel's own time of the edge, not ours of hearing about it."""


@dataclass(frozen=True)
class Supervision:
    """What a supervised loop is fed with: its voltage tells its resistance, and so a cut or a short."""

    supply_v: float
    pull_up_ohm: float


class Terminals(Protocol):
    """The configurable I/O terminals of a board: inputs that read a circuit, or open drains that close one.

    Each is an input until `drive` says otherwise, and while nobody runs the driver.
    """

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def supervision(self) -> Supervision | None:
        """How loops are fed; None where no voltage can be measured."""
        ...

    async def run(self, changed: Callable[[Level], None]) -> None:
        """Call `changed` with each edge, in order and none left out, until cancelled; then every output floats.

        At the start, and whenever the part comes back, it tells how each terminal reads. One that is driven reads as
        it is driven.
        """
        ...

    def drive(self, port: int, closed: bool | None) -> None:
        """Make a terminal an output that is closed to ground or floats, or an input (None); returns at once.

        One that becomes an input is told as it reads from then on.
        """
        ...

    async def voltages(self) -> tuple[float, ...]:
        """Return what is measured at each terminal, in V to ground; raises `Unavailable`."""
        ...


class Nameplate(Protocol):
    """What is printed on the unit."""

    async def serial_number(self) -> str:
        """Return 12 upper-case hex digits, the MAC address; raises `Unavailable` when it cannot be read now."""
        ...


class InputSelector(Protocol):
    """The switch behind the jack of the audio input."""

    def select(self, type_: str, power: str) -> None:
        """Listen to a type of input (`mic`, `line`) with a power (`none`, `electret`) from now on; returns at once."""
        ...

    async def run(self) -> None:
        """Keep the input as it was last told, until cancelled."""
        ...


@dataclass(frozen=True)
class SoundCard:
    """ALSA names of the sound device; the input is None where there is none."""

    playback: str
    capture: str | None
    input_types: tuple[str, ...] = ("mic",)
    """What can be plugged into the input: `mic`, `line`."""
    input_powers: tuple[str, ...] = ("none",)
    """How the input can power a microphone: `none`, `electret`."""
    attached: Callable[[str], AbstractContextManager[None]] = lambda device: nullcontext()
    """Held while a device is opened; raises `HardwareFault` when nothing is behind its name."""
    round_trip_frames: int | None = None
    """How much later a sample is read than rendered, with no way for the sound to go; None where nobody measured it."""


@dataclass(frozen=True)
class Board:
    """What a board has. A part that is None is not there, and the APIs say so."""

    name: str
    description: str
    sound: SoundCard
    nameplate: Callable[[Connection], Nameplate]
    leds: Callable[[Connection], LedDriver] | None
    button: Callable[[Connection], ControlButton] | None
    amplifier: Callable[[Connection], Amplifier] | None
    """None where nothing can be measured: then the load is "not measurable" and the protection unknown."""
    input_selector: Callable[[Connection], InputSelector] | None
    """None where there is nothing to select: the input is what it is."""
    terminals: Callable[[Connection], Terminals] | None
    """None where nothing can be connected."""
    interface: str | None
    """The network interface that is the unit's; None where it has those of the computer it runs on."""
    link: Callable[[Connection], Link] | None
    """None where losing the network means nothing."""
    slots: Callable[[Path, str], Slots] | None = None
    """The two places for firmware, given a folder and the id of this start; None where RAUC has them, or nobody."""
    development: bool = False
    """Whether this is a computer with a life of its own, whose names are valid for the unit too."""
