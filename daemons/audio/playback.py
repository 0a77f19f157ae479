"""What is played: the request, the state it is in, and what happens to it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum


class SourceClass(IntEnum):
    """The classes of sources; a larger one goes before a smaller one."""

    MUSIC = 0
    ADVERTISEMENT = 1
    ANNOUNCEMENT = 2
    PAGE = 3
    EMERGENCY = 4


@dataclass(frozen=True, slots=True)
class PlaybackSpec:
    """How a source is to be played.

    `volume` is a factor on the samples: 1.0 leaves them as they are. `what` says to a person what it is.
    """

    what: str
    class_: SourceClass = SourceClass.ANNOUNCEMENT
    priority: int = 0
    volume: float = 1.0
    place: int | None = None
    """Its place in the multicast controller's list, where that decides; 1 goes before all others."""
    alone: bool = False
    """Whether it silences all that is below it, whatever the rule of its class says."""
    direct: bool = False
    """Whether it goes past equaliser and output gain, as what is measured must; one at a time is heard."""


class PlayState(Enum):
    """How a playback is heard at the moment."""

    PLAYING = "playing"
    DUCKED = "ducked"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class PlaybackState:
    """One line of what plays now.

    `gain_db` is what the classes do to it, its own volume not included; None while it is silenced.
    `duration_s` is None for what has no known end.
    """

    id: str
    what: str
    class_: SourceClass
    priority: int
    state: PlayState
    gain_db: float | None
    position_s: float
    duration_s: float | None
    why: str


class EventKind(Enum):
    """What the engine tells the rest of the daemon."""

    STARTED = "started"
    ENDED = "ended"
    REARRANGED = "rearranged"
    UNDERRUN = "underrun"
    XRUN = "xrun"
    DEVICE_LOST = "device_lost"
    DEVICE_BACK = "device_back"


class EndReason(Enum):
    """Why a playback is over."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something that happened in the engine; `playback` is empty for what concerns the device."""

    kind: EventKind
    monotonic_ns: int
    playback: str = ""
    what: str = ""
    reason: EndReason | None = None
    detail: str = ""


EventListener = Callable[[EngineEvent], None]
