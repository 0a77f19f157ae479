"""The parameters of live audio in the form that the rest of `live` uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from common.params.registry import PARAMETERS
from daemons.audio.live.formats import StreamFormat
from daemons.audio.live.talking import Levelling

FACTORY_FORMAT = StreamFormat("aac", 48_000, 128_000)


class Duplex(StrEnum):
    """Which ways live audio may go (`Audio.DuplexMode`)."""

    FULL = "full"
    HALF = "half"
    GET = "get"
    POST = "post"

    def may_listen(self, talkers: int) -> bool:
        """Whether anybody may listen while so many talk."""
        return self in (Duplex.FULL, Duplex.GET) or (self is Duplex.HALF and not talkers)

    def may_talk(self, listeners: int) -> bool:
        """Whether anybody may talk while so many listen."""
        return self in (Duplex.FULL, Duplex.POST) or (self is Duplex.HALF and not listeners)


@dataclass(frozen=True)
class LiveSettings:
    """What can be set while people talk and listen."""

    input_on: bool = False
    enabled: bool = True
    duplex: Duplex = Duplex.FULL
    max_listeners: int = 20
    default: StreamFormat = FACTORY_FORMAT
    """What listeners get who do not say what they want; rates that do not fit the codec do not count."""
    receiver_buffer_ms: int = 120
    receiver_timeout_ms: int = 1000
    levelling: Levelling = field(default_factory=Levelling)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "LiveSettings":
        """Return the settings in `values`; what is not there has its declared default."""

        def value(name: str) -> str:
            return values.get(name, PARAMETERS.parameters[name].default)

        return cls(
            input_on=value("AudioSource.A0.AudioSupport") == "yes",
            enabled=value("Audio.A0.Enabled") == "yes",
            duplex=Duplex(value("Audio.DuplexMode")),
            max_listeners=int(value("Audio.MaxListeners")),
            default=StreamFormat(
                value("AudioSource.A0.AudioEncoding"),
                int(value("AudioSource.A0.SampleRate")),
                int(value("AudioSource.A0.BitRate")),
            ),
            receiver_buffer_ms=int(value("Audio.ReceiverBuffer")),
            receiver_timeout_ms=int(value("Audio.ReceiverTimeout")),
            levelling=Levelling(
                enabled=value("Audio.Live.Leveller") == "yes",
                target_lufs=float(value("Audio.Loudness.Target")),
            ),
        )
