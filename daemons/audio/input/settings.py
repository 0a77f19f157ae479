"""The parameters of the audio input in the form the input process uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.params.registry import PARAMETERS
from daemons.audio.input.protocol import Configure
from daemons.audio.params.levels import INPUT_TYPES


@dataclass(frozen=True)
class TypeGain:
    """The gain of one type of input, as it is or as it is remembered."""

    level_db: float
    mute: bool


@dataclass(frozen=True)
class InputSettings:
    """What can be set while the input is on."""

    on: bool = False
    type: str = "mic"
    power: str = "none"
    gain_db: float | None = 0.0
    """None is mute."""
    gains: Mapping[str, TypeGain] = field(default_factory=dict)
    """What each type of input has."""
    separate_gain: bool = False
    echo_cancellation: bool = False
    noise_suppression: bool = False
    automatic_gain: bool = False
    alarm_level: int = 100

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "InputSettings":
        """Return the settings in `values`; what is not there has its declared default."""

        def value(name: str) -> str:
            return values.get(name, PARAMETERS.parameters[name].default)

        def is_on(name: str) -> bool:
            return value(name) == "yes"

        gain = value("AudioSource.A0.InputGain")
        powered = is_on("AudioSource.A0.MicrophonePower")
        return cls(
            on=is_on("AudioSource.A0.AudioSupport"),
            type=value("AudioSource.A0.InputType"),
            power=value("AudioSource.A0.MicrophonePowerType") if powered else "none",
            gain_db=None if gain == "mute" else float(gain),
            gains={
                type_: TypeGain(
                    float(value(f"Audio.Input.{name}.Level")), is_on(f"Audio.Input.{name}.Mute")
                )
                for type_, name in INPUT_TYPES.items()
            },
            separate_gain=is_on("Audio.Input.SeparateGain"),
            echo_cancellation=is_on("AudioSource.A0.DynamicProcessing.EchoCancellingEnabled"),
            noise_suppression=is_on("Audio.Input.NoiseSuppression"),
            automatic_gain=is_on("AudioSource.A0.DynamicProcessing.Enabled"),
            alarm_level=int(value("AudioSource.A0.AlarmLevel")),
        )

    def orders(self, reports_hz: int) -> Configure:
        """Return what the process is told."""
        return Configure(
            gain_db=self.gain_db,
            echo_cancellation=self.echo_cancellation,
            noise_suppression=self.noise_suppression,
            automatic_gain=self.automatic_gain,
            alarm_level=self.alarm_level,
            reports_hz=reports_hz,
        )
