"""What the engine's thread can be asked to do: small objects that never change, handed over in a queue."""

from dataclasses import dataclass

from daemons.audio.ducking import ClassRules
from daemons.audio.mixer import Voice


@dataclass(frozen=True, slots=True)
class Play:
    """Take a voice into the mix."""

    voice: Voice


@dataclass(frozen=True, slots=True)
class Stop:
    """Fade a playback out."""

    playback: str
    fade_ms: float


@dataclass(frozen=True, slots=True)
class SetOutput:
    """Change the factor on the sum."""

    gain: float


@dataclass(frozen=True, slots=True)
class Configure:
    """Live by other class rules."""

    rules: ClassRules


@dataclass(frozen=True, slots=True)
class Close:
    """Fade everything out and end the thread."""


Command = Play | Stop | SetOutput | Configure | Close
