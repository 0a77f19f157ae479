"""An output over time, beside a reference that knows each step's beginning in advance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Conflict, InvalidValue
from daemons.ioports.ports.output import LONGEST_STEP_MS, MOST_STEPS, Output, steps_of

FOR_GOOD = None


def test_a_state_is_told_once() -> None:
    """The same again is no change."""
    output = Output()
    assert list(output.set(True, 1.0, FOR_GOOD)) == [(True, 1.0)]
    assert list(output.set(True, 2.0, FOR_GOOD)) == []
    assert output.due() is None


def test_an_activation_ends_by_itself() -> None:
    """At its time, however late it is asked; a new activation starts its time anew."""
    output = Output()
    list(output.set(True, 1.0, 0.5))
    list(output.set(True, 1.4, 0.5))
    assert output.due() == pytest.approx(1.9)
    assert list(output.advance(1.8, 0.5)) == []
    assert [active for active, _at in output.advance(5.0, 0.5)] == [False]
    assert output.due() is None


def test_a_sequence_leaves_its_last_state() -> None:
    """And lasts until that was held."""
    output = Output()
    assert list(output.run([(True, 0.1), (False, 0.2), (True, 0.3)], 1.0, FOR_GOOD)) == [
        (True, 1.0)
    ]
    with pytest.raises(Conflict):
        list(output.run([(True, 0.0)], 1.05, FOR_GOOD))
    found = [(active, round(at, 6)) for active, at in output.advance(1.4, FOR_GOOD)]
    assert found == [(False, 1.1), (True, 1.3)]
    running = [output.in_sequence]
    assert list(output.advance(1.7, FOR_GOOD)) == []
    running.append(output.in_sequence)
    assert running == [True, False]
    assert output.active


def test_a_monostable_output_ends_after_its_sequence() -> None:
    """The last state of a sequence is an activation like another."""
    output = Output()
    list(output.run([(True, 1.0)], 0.0, 5.0))
    assert list(output.advance(5.9, 5.0)) == []
    assert list(output.advance(6.0, 5.0)) == [(False, 6.0)]


def test_a_state_and_rest_end_a_sequence() -> None:
    """Nothing of it comes later."""
    for end in ("set", "rest"):
        output = Output()
        list(output.run([(True, 1.0), (False, 1.0), (True, 1.0)], 0.0, FOR_GOOD))
        told = output.set(False, 0.5, FOR_GOOD) if end == "set" else output.rest(0.5)
        assert list(told) == [(False, 0.5)]
        assert not output.in_sequence
        assert list(output.advance(100.0, FOR_GOOD)) == []


@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 50)), min_size=1, max_size=30),
    looks=st.lists(st.integers(0, 100), max_size=30),
)
def test_a_sequence_is_as_written_however_often_one_looks(
    steps: list[tuple[bool, int]], looks: list[int]
) -> None:
    """Every change comes, at the time that the steps before it add up to."""
    output = Output()
    found = list(output.run([(active, float(hold)) for active, hold in steps], 0.0, FOR_GOOD))
    for now in sorted(looks):
        found += output.advance(now, FOR_GOOD)
    found += output.advance(10_000, FOR_GOOD)
    expected, state, at = [], False, 0
    for active, hold in steps:
        if active != state:
            expected.append((active, float(at)))
            state = active
        at += hold
    assert found == expected
    assert not output.in_sequence


def test_steps_name_logical_states_or_circuits() -> None:
    """What a circuit means depends on which one is active."""
    wanted = [("active", 1000), ("open", 1), ("closed", 2), ("inactive", 0)]
    assert steps_of(wanted, active_closed=True) == [
        (True, 1.0),
        (False, 0.001),
        (True, 0.002),
        (False, 0.0),
    ]
    assert [active for active, _ in steps_of(wanted, active_closed=False)] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [("shut", 1)],
        [("open", -1)],
        [("open", LONGEST_STEP_MS + 1)],
        [("open", 1)] * (MOST_STEPS + 1),
    ],
)
def test_what_is_no_sequence_is_refused(wanted: list[tuple[str, int]]) -> None:
    """Before anything is done."""
    with pytest.raises(InvalidValue):
        steps_of(wanted, active_closed=True)
    steps_of([("open", LONGEST_STEP_MS)] * MOST_STEPS, active_closed=True)
