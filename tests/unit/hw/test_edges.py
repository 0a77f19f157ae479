"""Edge events become changes of level: each once, and none that the kernel's own haste hides."""

import pytest

from hw.drivers.edges import EdgeSequence


@pytest.fixture
def edges() -> EdgeSequence:
    """A line that was read open between 100 and 110 ns."""
    sequence = EdgeSequence()
    assert sequence.reading(False, 100, 110) == [(False, 100)]
    return sequence


def test_each_event_is_a_change(edges: EdgeSequence) -> None:
    """At its own time."""
    assert edges.event(True, 200, 1) == [(True, 200)]
    assert edges.event(False, 300, 2) == [(False, 300)]
    assert not edges.unsettled


def test_a_pulse_too_short_for_the_interrupts_thread_is_two_changes(edges: EdgeSequence) -> None:
    """Both events say that the line is open, as it was: in between it was closed."""
    assert edges.event(False, 200, 1) == [(True, 200)]
    assert edges.unsettled
    assert edges.event(False, 201, 2) == [(False, 201)]
    assert not edges.unsettled


def test_a_pulse_that_comes_as_one_event_is_ended_by_reading(edges: EdgeSequence) -> None:
    """Closed at its edge, open again when the level is read."""
    assert edges.event(False, 200, 1) == [(True, 200)]
    assert edges.reading(False, 250, 260) == [(False, 250)]
    assert edges.event(True, 300, 2) == [(True, 300)]


def test_what_a_reading_knew_is_not_told_again(edges: EdgeSequence) -> None:
    """An edge before it, and one during it that it saw."""
    assert edges.event(True, 99, 1) == []
    assert edges.event(False, 105, 2) == []
    assert edges.level is False


def test_an_edge_during_a_reading_that_it_did_not_see_is_told(edges: EdgeSequence) -> None:
    """The level was read before the edge."""
    assert edges.event(True, 105, 1) == [(True, 105)]


def test_a_gap_in_the_numbers_is_counted_until_the_level_is_read(edges: EdgeSequence) -> None:
    """The kernel had no room: nothing is made up for what is lost."""
    assert edges.event(True, 200, 5) == [(True, 200)]
    assert edges.lost == 4
    assert edges.event(True, 300, 6) == []
    assert edges.reading(True, 400, 410) == []
    assert edges.lost == 0
    assert edges.event(False, 500, 7) == [(False, 500)]


def test_skipped_events_are_no_gap(edges: EdgeSequence) -> None:
    """Those of a terminal that was driven meanwhile."""
    edges.skip(1)
    edges.skip(2)
    edges.forget()
    assert edges.reading(False, 300, 310) == [(False, 300)]
    assert edges.event(True, 400, 3) == [(True, 400)]
    assert edges.lost == 0
