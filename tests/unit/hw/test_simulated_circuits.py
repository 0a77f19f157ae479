"""The terminals of the simulated world."""

import pytest

from common.errors import InvalidValue, NotFound
from hw.sim.terminals import Terminal, Terminals


@pytest.mark.parametrize(
    ("terminal", "volt", "closed"),
    [
        (Terminal("open"), 3.3, False),
        (Terminal("closed"), 0.0, True),
        (Terminal("cut"), 3.3, False),
        (Terminal("short"), 0.0, True),
        (Terminal("open", resistors=True), 2.2, False),
        (Terminal("closed", resistors=True), 1.65, False),
        (Terminal("cut", resistors=True), 3.3, False),
        (Terminal("short", resistors=True), 0.0, True),
        (Terminal("closed", applied_v=24.0), 24.0, False),
        (Terminal("open", applied_v=1.0), 1.0, True),
        (Terminal("open", applied_v=24.0, output=True), 0.0, True),
        (Terminal("open", output=False), 3.3, False),
    ],
)
def test_what_a_meter_shows(terminal: Terminal, volt: float, closed: bool) -> None:
    """At most 1 V reads as closed (M-IO-06)."""
    assert terminal.voltage_v == pytest.approx(volt)
    assert terminal.closed == closed


def test_edges_are_told_and_nothing_else() -> None:
    """A change that leaves the level as it is makes no edge."""
    told: list[tuple[int, bool]] = []
    terminals = Terminals()
    terminals.on_level = lambda port, closed, _at: told.append((port, closed))
    terminals.connect(2, {"circuit": "closed"})
    terminals.connect(2, {"circuit": "short"})
    terminals.connect(2, {"resistors": True, "circuit": "closed"})
    terminals.drive(0, True)
    terminals.release()
    assert told == [(1, True), (1, False), (0, True), (0, False)]
    assert [each["output"] for each in terminals.describe()] == [None, None]


def test_a_sequence_toggles_the_contact() -> None:
    """In order, and with times that rise."""
    told: list[tuple[bool, int]] = []
    terminals = Terminals()
    terminals.on_level = lambda _port, closed, at: told.append((closed, at))
    terminals.sequence(1, [0, 1, 2, 2])()
    assert [closed for closed, _at in told] == [True, False, True, False]
    assert [at for _closed, at in told] == sorted(at for _closed, at in told)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"circuit": "wet"},
        {"circuit": ["open"]},
        {"resistors": 1},
        {"applied_v": True},
        {"applied_v": -0.1},
        {"applied_v": 30.1},
        {"applied_v": "5"},
        {"applied_v": float("nan")},
        {"circuit": "closed", "colour": "red"},
        {"circuit": "closed", "applied_v": 31},
    ],
)
def test_what_cannot_be_changes_nothing(changes: dict[str, object]) -> None:
    """Also what stands beside it."""
    terminals = Terminals()
    before = terminals.describe()
    with pytest.raises(InvalidValue):
        terminals.connect(1, changes)
    assert terminals.describe() == before


def test_there_are_two() -> None:
    """Counted from 1 by people, from 0 by the unit."""
    terminals = Terminals()
    for number in (0, 3):
        with pytest.raises(NotFound):
            terminals.connect(number, {"circuit": "open"})
    with pytest.raises(NotFound):
        terminals.drive(2, True)
    for edges in ([2.0, 1.0], [0.0] * 10_001):
        with pytest.raises(InvalidValue):
            terminals.sequence(1, edges)
