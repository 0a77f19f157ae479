"""The audio daemon's parameters in the form the engine and the player use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.params.registry import PARAMETERS
from daemons.audio.ducking import Action, ClassRule, ClassRules
from daemons.audio.params.classes import CLASSES
from daemons.audio.playback import SourceClass

GROUPS = ("Audio", "AudioSource.A0", "MediaClip", "Properties.System.SerialNumber")


@dataclass(frozen=True)
class Settings:
    """What can be set while sound plays."""

    output_gain_db: float | None = None
    """None is mute."""
    receiver_buffer_ms: int = 120
    receiver_timeout_ms: int = 1000
    normalise_loudness: bool = True
    loudness_target_lufs: float = -20.0
    rules: ClassRules = field(default_factory=ClassRules)

    @property
    def target_lufs(self) -> float | None:
        """The loudness to which clips are brought; None plays them as they were recorded."""
        return self.loudness_target_lufs if self.normalise_loudness else None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Settings":
        """Return the settings in `values`; what is not there has its declared default."""

        def value(name: str) -> str:
            return values.get(name, PARAMETERS.parameters[name].default)

        gain = value("AudioSource.A0.OutputGain")
        return cls(
            output_gain_db=None if gain == "mute" else float(gain),
            receiver_buffer_ms=int(value("Audio.ReceiverBuffer")),
            receiver_timeout_ms=int(value("Audio.ReceiverTimeout")),
            normalise_loudness=value("Audio.Loudness.Enabled") == "yes",
            loudness_target_lufs=float(value("Audio.Loudness.Target")),
            rules=ClassRules(
                {
                    SourceClass[name.upper()]: ClassRule(
                        Action(value(f"Audio.Class.{name}.Action")),
                        float(value(f"Audio.Class.{name}.DuckDepth")),
                        float(value(f"Audio.Class.{name}.DuckRamp")),
                    )
                    for name, *_defaults in CLASSES
                }
            ),
        )
