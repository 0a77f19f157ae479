"""The time between activations, and the cap."""

import pytest

from daemons.events.states import Happened
from tests.unit.rules.world import ANY_MESSAGE, PORT_1, At, message, port, rule

ON = [(1, "activated")]
OFF = [(1, "ended")]
IN_VAIN = [(1, "not met")]
WAITS = [(1, "waiting")]
NOTHING: list[tuple[int, str]] = []


@pytest.mark.covers("M-EVT-03")
def test_a_trigger_within_the_time_is_refused_and_said() -> None:
    """It is not made up for later; after the time the next one counts."""
    at = At(rule(trigger=ANY_MESSAGE, wait_s=10))
    assert at.happens(message("a")) == ON
    at.later(4)
    assert at.happens(message("a")) == WAITS
    assert at.engine.next_wake() is None
    assert at.later(5.9) == NOTHING
    assert at.happens(message("a")) == WAITS
    at.later(0.1)
    assert at.happens(message("a")) == ON


@pytest.mark.covers("M-EVT-03")
def test_a_rule_without_trigger_activates_when_the_time_is_over() -> None:
    """If its conditions hold then; it says once that it waits."""
    at = At(rule(PORT_1, wait_s=10))
    assert at.happens(port(0, True)) == ON
    at.later(2)
    assert at.happens(port(0, False)) == OFF
    assert at.happens(port(0, True)) == WAITS
    assert at.engine.next_wake() == 10
    assert at.later(7.9) == NOTHING
    assert at.later(0.1) == ON
    assert at.engine.next_wake() is None


@pytest.mark.covers("M-EVT-03")
def test_a_rule_that_waits_in_vain_says_so() -> None:
    """Its conditions do not hold any more, and nothing is left to wake up for."""
    at = At(rule(PORT_1, wait_s=10))
    assert at.happens(port(0, True), port(0, False), port(0, True)) == ON + OFF + WAITS
    assert at.happens(port(0, False)) == IN_VAIN
    assert at.engine.next_wake() is None
    assert at.later(60) == NOTHING


@pytest.mark.covers("M-EVT-03")
def test_the_time_counts_from_the_last_activation_not_from_its_end() -> None:
    """However long the rule was active."""
    at = At(rule(PORT_1, wait_s=10))
    at.happens(port(0, True))
    at.later(11)
    assert at.happens(port(0, False), port(0, True)) == OFF + ON


@pytest.mark.covers("M-EVT-03")
@pytest.mark.parametrize("jump", [-86400.0, -1.0, 1.0, 1e9])
def test_a_clock_that_is_set_changes_nothing_about_waiting(jump: float) -> None:
    """Only what people are told follows it."""
    at = At(rule(trigger=ANY_MESSAGE, wait_s=10))
    at.happens(message("a"))
    at.jumped = jump
    at.later(9)
    (said,) = at.engine.handle(_happened(at), at.now)
    assert (said.outcome, said.until) == ("waiting", at.now.wall + 1)
    at.later(1)
    assert at.happens(message("a")) == ON


def _happened(at: At) -> Happened:
    return Happened(message("a"), at.now.wall)


def test_a_changed_rule_waits_like_the_one_before() -> None:
    """Renaming it is no way around the time."""
    at = At(rule(trigger=ANY_MESSAGE, wait_s=10))
    at.happens(message("a"))
    at.changed(rule(trigger=ANY_MESSAGE, wait_s=10, name="another name"))
    assert at.happens(message("a")) == WAITS


def test_a_rule_that_triggers_itself_is_held_down() -> None:
    """So many activations within a second, and no more."""
    at = At(rule(trigger=ANY_MESSAGE), most_per_s=5)
    outcomes = []
    for _ in range(300):
        outcomes += at.happens(message("a"))
        at.later(0.01)
    assert 14 <= outcomes.count((1, "activated")) <= 15
    assert set(outcomes) == {(1, "activated"), (1, "waiting")}


def test_a_flapping_state_is_held_down_and_caught_up_with() -> None:
    """What holds in the end is what counts."""
    at = At(rule(PORT_1), most_per_s=2)
    outcomes = at.happens(*[port(0, number % 2 == 0) for number in range(9)])
    assert outcomes.count((1, "activated")) == 2
    assert at.later(1) == ON
