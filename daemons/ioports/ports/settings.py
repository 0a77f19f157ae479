"""What is set of a port, read from its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.bus.ioports import SupervisedRange
from common.supervised_ranges import parsed
from daemons.ioports.setting import setting

GROUP = "IOPort"


@dataclass(frozen=True)
class PortSettings:
    """The settings of one port."""

    output: bool
    usage: str
    name: str
    active_closed: bool
    """Whether a closed circuit is the active state; the normal one is the other."""
    debounce_s: float
    supervised: bool
    """As wished; it has no effect on an output."""
    ranges: tuple[SupervisedRange, ...]
    activation_s: float | None
    """How long an activation of the output lasts; None for as long as nobody ends it."""

    @property
    def direction(self) -> str:
        """Return `input` or `output`."""
        return "output" if self.output else "input"

    @property
    def normal_state(self) -> str:
        """Return `open` or `closed`."""
        return "open" if self.active_closed else "closed"


def settings_of(values: Mapping[str, str], port: int) -> PortSettings:
    """Return the settings of a port; what is missing or makes no sense counts as its default."""

    def value(name: str) -> str:
        return setting(values, f"{GROUP}.I{port}.{name}")

    output = value("Direction") == "output"
    return PortSettings(
        output=output,
        usage=value("Usage"),
        name=value("Output.Name" if output else "Input.Name"),
        active_closed=value("Output.Active" if output else "Input.Trig") == "closed",
        debounce_s=int(value("Input.Debounce")) / 1000,
        supervised=value("Input.Supervised") == "yes",
        ranges=parsed(value("Input.SupervisedRanges")),
        activation_s=_activation_s(
            value("Output.Mode"), int(value("Output.PulseTime")), int(value("Output.DelayTime"))
        ),
    )


def _activation_s(mode: str, pulse_ms: int, delay_s: int) -> float | None:
    if mode != "monostable":
        return None
    return pulse_ms / 1000 or delay_s or None
