"""One I/O port: a terminal with its settings."""

from collections.abc import Iterator

from common.bus.ioports import PortView
from common.topics import Event
from daemons.ioports.ports.debounce import Debounced
from daemons.ioports.ports.output import Output
from daemons.ioports.ports.settings import PortSettings
from daemons.ioports.ports.supervision import Loop
from daemons.ioports.topics import DIGITAL_INPUT, INPUT_PORT, OUTPUT_PORT, RELAY, SUPERVISED_PORT

_LOOP_STATES = {"short": "Tampered", "close": "Closed", "open": "Open", "cut": "Tampered"}
_CLOSED_LOOPS = ("short", "close")


class Port:
    """How one port is; what it is told of comes with its time, in seconds of the monotonic clock."""

    def __init__(self, number: int, settings: PortSettings, *, supervisable: bool) -> None:
        self.number = number
        self.settings = settings
        self.has_voltage = supervisable
        """Whether what is at its terminal can be measured."""
        self.input = Debounced(settings.debounce_s)
        self.output = Output()
        self.pretended = Output()
        """Whether somebody pretends that the input is active, which no circuit says (VAPIX page 7.4)."""
        self.loop: Loop | None = None
        self._supervise()

    # -- what it is --

    @property
    def supervisable(self) -> bool:
        """Whether it could be supervised: an input whose voltage can be measured."""
        return self.has_voltage and not self.settings.output

    @property
    def known(self) -> bool:
        """Whether its state is known: somebody must have told how the terminal of an input reads."""
        if self.settings.output:
            return True
        return bool(self.loop.state) if self.loop is not None else self.input.level is not None

    @property
    def closed(self) -> bool:
        """Whether the circuit is closed; of an output, whether it is driven so. An unknown one counts as open."""
        if self.settings.output:
            return self.output.active == self.settings.active_closed
        if self.loop is not None:
            # The voltages of a loop with resistors all lie above what reads as closed without them.
            return self.loop.state in _CLOSED_LOOPS
        return bool(self.input.level)

    @property
    def active(self) -> bool:
        """Whether the state is not the normal one (M-IO-06); an unknown one is not active.

        An input is active as well while somebody pretends so.
        """
        pretended = self.pretended.active and not self.settings.output
        return self.known and (pretended or self.closed == self.settings.active_closed)

    @property
    def activation_s(self) -> float | None:
        """How long an activation of the output lasts by itself."""
        return self.settings.activation_s

    def view(self, level_mv: int | None) -> PortView:
        """Return the port as the bus shows it, with what was just measured at it."""
        return PortView(
            port=self.number,
            configurable=True,
            direction=self.settings.direction,
            usage=self.settings.usage,
            name=self.settings.name,
            normal_state=self.settings.normal_state,
            state="closed" if self.closed else "open",
            active=self.active,
            supervisable=self.supervisable,
            supervised=self.loop is not None,
            supervised_state=self.loop.state if self.loop is not None else "",
            level_mv=level_mv,
            sequence=self.output.in_sequence,
        )

    def events(self) -> Iterator[Event]:
        """Yield its state on every topic that knows it."""
        port = {"port": self.number}
        if self.settings.output:
            yield OUTPUT_PORT.event(port, {"state": self.active})
            yield RELAY.event(
                {"RelayToken": self.number},
                {"LogicalState": "active" if self.active else "inactive"},
            )
        elif self.known:
            yield INPUT_PORT.event(port, {"state": self.active})
            yield DIGITAL_INPUT.event({"InputToken": self.number}, {"LogicalState": self.active})
            if self.loop is not None:
                meaning = _LOOP_STATES[self.loop.state]
                yield SUPERVISED_PORT.event(
                    port,
                    {
                        "state": meaning,
                        "tampered": meaning == "Tampered",
                        "circuit": self.loop.state,
                    },
                )

    # -- what changes it --

    def configure(self, settings: PortSettings) -> None:
        """Take other settings; an output stays logically as it is."""
        turned = settings.output != self.settings.output
        loop_changed = (settings.supervised, settings.ranges) != (
            self.settings.supervised,
            self.settings.ranges,
        )
        self.settings = settings
        self.input.hold(settings.debounce_s)
        if turned:
            self.pretended = Output()
            self.input.forget()  # until its driver tells, how it reads is how we drove it
        if turned or loop_changed:
            self._supervise()

    def _supervise(self) -> None:
        supervised = self.settings.supervised and self.supervisable
        self.loop = Loop(self.settings.ranges) if supervised else None
