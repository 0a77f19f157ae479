"""What an engine is built with, and how it fares."""

from dataclasses import dataclass, field

from daemons.audio.ducking import ClassRules


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What an engine is built with; rules and output gain can be changed while it runs."""

    period_frames: int = 480
    idle_close_s: float = 2.0
    rules: ClassRules = field(default_factory=ClassRules)
    output_gain_db: float = 0.0
    muted: bool = False
    ceiling_dbtp: float = -1.0
    realtime_priority: int = 60
    max_playbacks: int = 64
    max_taps: int = 16


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How the engine fares."""

    realtime: bool
    device: str
    device_open: bool
    device_lost: bool
    periods: int
    xruns: int
    late_periods: int
    longest_render_ms: float
    limiting: bool
