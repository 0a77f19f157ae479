"""What the engine's thread can be asked to do: small objects that never change, handed over in a queue."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.pcm import CaptureSender
from daemons.audio.ducking import ClassRules
from daemons.audio.equaliser import Filters
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
class SetVolume:
    """Change the factor on one playback."""

    playback: str
    volume: float


@dataclass(frozen=True, slots=True)
class Place:
    """Give playbacks other places in the multicast controller's list."""

    places: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class SetOutput:
    """Change the factor on the sum, over so many frames."""

    gain: float
    frames: int


@dataclass(frozen=True, slots=True)
class SetEqualiser:
    """Send the sum through other filters, or through none."""

    filters: Filters | None


@dataclass(frozen=True, slots=True)
class Configure:
    """Live by other class rules."""

    rules: ClassRules


@dataclass(frozen=True, slots=True)
class AddTap:
    """Send what is played to one more reader."""

    sender: CaptureSender


@dataclass(frozen=True, slots=True)
class Close:
    """Fade everything out and end the thread."""


Command = Play | Stop | SetVolume | Place | SetOutput | SetEqualiser | Configure | AddTap | Close
