"""What `bench.engine` and its process say to each other."""

import msgspec


class Order(msgspec.Struct, frozen=True):
    """What is to be played, and for how long; `clips` are files of raw float32 at 48 kHz."""

    clips: list[str]
    seconds: float
    period_frames: int = 480
    periods: int = 3
    equaliser: str = "flat"
    volume: float = 1.0
    ducked: bool = False
    """Whether the last clip is an announcement over the others, which are music."""
    chatty: bool = False
    """Whether another thread of the process is busy in Python all the time, as a daemon should never be."""


class Report(msgspec.Struct, frozen=True):
    """How it went; `cpu_share` is of one core, the feeder included."""

    cpu_share: float
    periods: int
    xruns: int
    longest_render_ms: float
    realtime: bool
    playing: int
    limiting: bool
