"""The ports without any terminal: what is driven and told."""

import pytest

from common.clock import ManualClock
from common.errors import InvalidValue, NotFound
from common.topics import Event
from daemons.ioports.ports.ports import Ports
from daemons.ioports.ports.settings import settings_of
from hw.ports import Level

PORT, OUTPUT = "IO/Port", "IO/OutputPort"


class Bench:
    """Ports of which everything is noted."""

    def __init__(self, **values: str) -> None:
        self.clock = ManualClock()
        self.driven: list[tuple[int, bool | None]] = []
        self.told: list[tuple[str, str, str, float]] = []
        self.rearranged = 0
        self.ports = Ports(
            self.clock,
            2,
            supervisable=True,
            drive=lambda port, closed: self.driven.append((port, closed)),
            tell=self._tell,
            states_changed=self._changed,
        )
        self.values: dict[str, str] = {}
        self.set(**values)

    def set(self, **values: str) -> None:
        """Set parameters of the first port: `Input__Trig="open"`."""
        self.values |= {f"IOPort.I0.{n.replace('__', '.')}": v for n, v in values.items()}
        self.ports.configure(self.values)

    def edge(self, closed: bool, port: int = 0) -> None:
        """Have an edge now."""
        self.ports.edge(Level(port, closed, int(self.clock.monotonic() * 1e9)))

    def passed(self, seconds: float) -> None:
        """Let time pass and do what is due."""
        self.clock.advance(seconds)
        self.ports.advance()

    def states(self, topic: str, port: int = 0) -> list[str]:
        """Return the states told of a port."""
        return [
            state for name, of, state, _at in self.told if name.endswith(topic) and of == f"{port}"
        ]

    def _tell(self, event: Event, at: float) -> None:
        state = next(iter(event.data.values()))
        self.told.append((event.topic, next(iter(event.source.values())), state, at))

    def _changed(self) -> None:
        self.rearranged += 1


def test_an_input_is_unknown_until_somebody_tells() -> None:
    """Then its first level counts at once, and its state exists."""
    bench = Bench()
    assert {event.source.get("port") for event in bench.ports.events()} == {"-1"}
    assert not bench.ports.views()[0].active
    bench.edge(True)
    assert bench.states(PORT) == ["1"]
    assert bench.states(PORT, -1) == ["1"]
    assert bench.rearranged == 1


def test_any_port_is_active_while_one_is() -> None:
    """And told only when that changes."""
    bench = Bench(Input__Debounce="0")
    for port in (0, 1):
        bench.edge(False, port)
    for closed, port in ((True, 0), (True, 1), (False, 0), (False, 1)):
        bench.edge(closed, port)
    assert bench.states(PORT, -1) == ["1", "0"]


def test_an_unknown_input_with_a_normally_closed_circuit_is_not_active() -> None:
    """Nobody has said that it is open."""
    bench = Bench(Input__Trig="open")
    assert not bench.ports.views()[0].active
    assert bench.states(PORT, -1) == []


def test_the_time_of_an_event_is_that_of_its_edge() -> None:
    """In wall-clock time, however late it was heard of."""
    bench = Bench(Input__Debounce="0")
    bench.edge(False)
    then = bench.clock.time()
    edge = Level(0, True, int(bench.clock.monotonic() * 1e9))
    bench.clock.advance(3.0)
    bench.ports.edge(edge)
    assert bench.told[-1][3] == pytest.approx(then, abs=1e-5)


def test_outputs_go_to_normal_at_the_start_and_after_any_setting() -> None:
    """The terminal follows the normal state (M-IO-08)."""
    bench = Bench(Direction="output", Output__Active="open")
    assert bench.driven == [(0, True)]
    bench.ports.set_state(0, closed=False)
    assert bench.driven[-1] == (0, False)
    assert bench.ports.port(0).active
    bench.set(Output__Name="Siren")
    assert bench.driven[-1] == (0, True)
    assert not bench.ports.port(0).active
    bench.ports.set_state(0, closed=False)
    bench.set(Output__Name="Siren")
    assert bench.ports.port(0).active, "no setting has changed"
    bench.set(Output__Button="pulse")
    assert bench.states(OUTPUT) == ["0", "1", "0", "1", "0"]


def test_a_port_that_becomes_an_input_reads_anew() -> None:
    """How it was driven is not how its circuit is."""
    bench = Bench(Direction="output")
    bench.ports.set_state(0, closed=True)
    bench.edge(True)
    bench.set(Direction="input")
    assert bench.driven[-1] == (0, None)
    assert bench.states(PORT) == []
    bench.edge(False)
    assert bench.states(PORT) == ["0"]
    with pytest.raises(InvalidValue):
        bench.ports.set_state(0, closed=True)
    with pytest.raises(NotFound):
        bench.ports.set_state(2, closed=True)


def test_what_is_due_next() -> None:
    """Of all ports."""
    bench = Bench()
    bench.edge(False)
    assert bench.ports.due() is None
    bench.edge(True)
    due = bench.ports.due()
    assert due == pytest.approx(bench.clock.monotonic() + 0.020, abs=1e-5)
    bench.passed(0.021)
    assert bench.states(PORT) == ["0", "1"]
    assert bench.ports.due() is None


def test_a_supervised_port_is_what_its_voltage_says() -> None:
    """Not what the terminal reads: with resistors that is always open."""
    bench = Bench(Input__Supervised="yes")
    bench.edge(False)
    assert bench.states(PORT) == []
    for _ in range(3):
        bench.ports.measured([1650, 3300])
    assert bench.states(PORT) == ["1"]
    assert bench.states("SupervisedPort") == ["Closed"]
    for _ in range(3):
        bench.ports.measured([0, 3300])
    assert bench.states("SupervisedPort") == ["Closed", "Tampered"]
    assert bench.states(PORT) == ["1"], "a short is closed, too"
    bench.set(Input__Supervised="no")
    assert bench.ports.views()[0].state == "open"


@pytest.mark.parametrize(
    ("mode", "pulse", "delay", "lasts"),
    [
        ("bistable", "500", "1", None),
        ("monostable", "500", "1", 0.5),
        ("monostable", "0", "3", 3),
        ("monostable", "0", "0", None),
    ],
)
def test_how_long_an_activation_lasts(
    mode: str, pulse: str, delay: str, lasts: float | None
) -> None:
    """The pulse time in ms goes before the delay time in s."""
    group = "IOPort.I0.Output"
    values = {f"{group}.Mode": mode, f"{group}.PulseTime": pulse, f"{group}.DelayTime": delay}
    assert settings_of(values, 0).activation_s == lasts


def test_what_makes_no_sense_counts_as_its_default() -> None:
    """A file on disk may be older than this version."""
    values = {"IOPort.I1.Input.Debounce": "often", "IOPort.I1.Input.SupervisedRanges": "wide"}
    assert settings_of(values, 1) == settings_of({}, 1)


def test_an_input_can_be_pretended_to_be_active() -> None:
    """Its events follow the steps, its circuit does not; what is really active stays so."""
    bench = Bench()
    bench.edge(False)
    bench.ports.pretend(0, [("active", 300), ("inactive", 200), ("active", 0)])
    view = bench.ports.views()[0]
    assert (view.active, view.state) == (True, "open")
    bench.passed(0.3)
    bench.edge(True)
    bench.passed(0.02)
    bench.passed(0.18)
    bench.edge(False)
    bench.passed(0.02)
    assert bench.states(PORT) == ["0", "1", "0", "1"]
    bench.ports.pretend(0, [("inactive", 0)])
    assert bench.states(PORT)[4:] == ["0"]
    assert bench.ports.due() is None


def test_pretending_ends_with_the_input() -> None:
    """An output is what it is; a newer sequence replaces an older one."""
    bench = Bench()
    bench.edge(False)
    bench.ports.pretend(0, [("active", 1000), ("inactive", 0)])
    bench.ports.pretend(0, [("active", 5000), ("inactive", 0)])
    bench.passed(2.0)
    assert bench.ports.views()[0].active
    bench.set(Direction="output")
    assert not bench.ports.views()[0].active
    with pytest.raises(InvalidValue):
        bench.ports.pretend(0, [("active", 0)])
    bench.set(Direction="input")
    bench.edge(False)
    assert not bench.ports.views()[0].active
    for steps in ([], [("half", 0)], [("active", 65536)]):
        with pytest.raises(InvalidValue):
            bench.ports.pretend(0, steps)
