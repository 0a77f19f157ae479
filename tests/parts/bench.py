"""A board on the bench: its parts, and the hands that stand at what they are connected to."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from hw.ports import (
    Amplifier,
    ControlButton,
    Led,
    LedDriver,
    Level,
    Protection,
    Terminals,
)

PORTS = 2


class Bench(ABC):
    """One kind of parts. What it lacks is None, and `lacks` says why."""

    terminals: Terminals
    leds: LedDriver | None = None
    button: ControlButton | None = None
    amplifier: Amplifier | None = None
    lacks: str = ""
    runs_once: str = ""
    """Why `run` cannot be ended and started again, where that is so."""
    edge_gap_s: float = 0.002
    """Between two edges of one terminal: 500 a second."""

    @abstractmethod
    async def connect(self, port: int, closed: bool) -> None:
        """Close the circuit at a terminal, or open it."""

    @abstractmethod
    async def toggle(self, port: int, edges: int) -> None:
        """Toggle that circuit so many times, `edge_gap_s` apart."""

    @abstractmethod
    def closes(self, port: int) -> bool:
        """Return whether the terminal, as an output, closes a circuit to ground."""

    async def put_volts(self, volts: Sequence[float]) -> None:
        """Put voltages at the terminals."""
        raise NotImplementedError

    def shows(self, led: Led) -> list[tuple[str, int]]:
        """Return one round of what a lamp shows: colours and ms."""
        raise NotImplementedError

    def colour(self, led: Led) -> str | None:
        """Return what a lamp shows at this moment; None where nothing is lit."""
        return None

    async def press(self, pressed: bool) -> None:
        """Move the button."""
        raise NotImplementedError

    async def harm(self, why: Protection) -> None:
        """Do to the amplifier what its protection trips for, until it is told `OK`."""
        raise NotImplementedError

    @abstractmethod
    async def lose(self) -> None:
        """Take everything away."""

    @abstractmethod
    async def find(self) -> None:
        """Bring it back."""


class Heard:
    """What a driver of terminals has told."""

    def __init__(self) -> None:
        self.levels: list[Level] = []

    def __call__(self, level: Level) -> None:
        """Take one."""
        self.levels.append(level)

    def of(self, port: int) -> list[Level]:
        """Return what was told of one terminal."""
        return [level for level in self.levels if level.port == port]

    def now(self, port: int) -> bool | None:
        """Return how a terminal reads by what was told last."""
        told = self.of(port)
        return told[-1].closed if told else None
