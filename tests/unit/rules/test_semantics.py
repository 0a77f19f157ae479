"""What a rule means, sentence by sentence."""

import pytest

from common.rules import Condition, Rule
from daemons.events.states import State
from tests.unit.rules.world import (
    ANY_MESSAGE,
    CALL,
    MQTT,
    NOT_PORT_2,
    PLAYING,
    PORT,
    PORT_1,
    PORT_2,
    READY,
    SCHEDULE,
    At,
    call,
    message,
    playing,
    port,
    rule,
    schedule,
    when,
)

RINGING = when(CALL, CallState="Ringing")
CLIP_ENDS = when(PLAYING, Playing="1", invert=True)

ON = [(1, "activated")]
OFF = [(1, "ended")]
IN_VAIN = [(1, "not met")]
WAITS = [(1, "waiting")]
NOTHING: list[tuple[int, str]] = []


# --- conditions ------------------------------------------------------------------------------


@pytest.mark.covers("M-EVT-04")
def test_several_conditions_must_all_be_met() -> None:
    """One of two is not enough."""
    at = At(rule(PORT_1, PORT_2))
    assert at.happens(port(0, True)) == NOTHING
    assert at.happens(port(1, True)) == ON
    assert at.happens(port(0, False)) == OFF


def test_a_condition_is_met_while_one_state_of_several_satisfies_it() -> None:
    """Any port will do, and it need not stay the same one."""
    at = At(rule(when(PORT, state="1")))
    assert at.happens(port(0, True)) == ON
    assert at.happens(port(1, True), port(0, False)) == NOTHING
    assert at.happens(port(1, False)) == OFF


@pytest.mark.covers("M-EVT-07")
def test_an_inverted_condition_is_met_while_no_state_satisfies_it() -> None:
    """The opposite, for one port."""
    at = At(rule(NOT_PORT_2))
    assert at.happens(port(1, False)) == ON
    assert at.happens(port(1, True)) == OFF
    assert at.happens(port(1, False)) == ON


@pytest.mark.covers("M-EVT-07")
def test_an_inverted_condition_about_any_source_means_none_of_them() -> None:
    """No port is active."""
    at = At(rule(when(PORT, state="1", invert=True)))
    assert at.known(port(0, False), port(1, True)) == NOTHING
    assert at.happens(port(0, True), port(1, False)) == NOTHING
    assert at.happens(port(0, False)) == ON


@pytest.mark.parametrize(
    "condition",
    [PORT_2, NOT_PORT_2, when(READY, ready="1"), when(READY, ready="1", invert=True)],
    ids=str,
)
def test_what_nobody_knows_is_not_met_either_way(condition: Condition) -> None:
    """Also when other states of the same topic are known."""
    at = At(rule(condition))
    assert at.known(port(0, False)) == NOTHING
    assert at.engine.active() == {}
    (reason,) = at.engine.explain(1, at.now).reasons
    assert (reason.met, reason.since, reason.states) == (False, None, ())


def test_an_expression_may_mean_several_topics() -> None:
    """One below it that is active is enough; inverted, one that is known."""
    below = 'boolean(//SimpleItem[@Value="1"])'
    at = At(
        rule(Condition("tns1:Device//.", below)),
        rule(Condition("tns1:Device//.", below, invert=True)),
    )
    assert at.happens(READY.event({}, {"ready": False})) == [(2, "activated")]
    # The port of that number satisfies it by its source.
    assert at.happens(port(1, False)) == [(1, "activated"), (2, "ended")]


def test_a_condition_never_means_a_stateless_topic() -> None:
    """A pulse is over before anything else could hold."""
    at = At(rule(ANY_MESSAGE), rule(Condition(MQTT.name, invert=True)))
    assert at.happens(message("a"), message("b")) == NOTHING


# --- without a trigger -----------------------------------------------------------------------


@pytest.mark.covers("M-EVT-06")
def test_without_a_trigger_a_rule_is_active_whenever_all_conditions_are_met() -> None:
    """As often as it happens, and told once each time."""
    at = At(rule(PORT_1, NOT_PORT_2))
    at.known(port(0, False), port(1, False))
    for _ in range(3):
        assert at.happens(port(0, True)) == ON
        assert list(at.engine.active()) == [1]
        assert at.happens(port(1, True)) == OFF
        assert at.happens(port(0, False), port(1, False)) == NOTHING


@pytest.mark.covers("M-EVT-06")
def test_a_rule_whose_conditions_hold_at_start_activates_then() -> None:
    """Nothing needs to happen first."""
    assert At(rule(PORT_1, NOT_PORT_2)).known(port(0, True), port(1, False)) == ON


def test_a_rule_that_is_stored_while_its_conditions_hold_activates_then() -> None:
    """So does one that is enabled."""
    at = At(rule(PORT_1, enabled=False))
    assert at.known(port(0, True)) == NOTHING
    assert at.changed(rule(PORT_1)) == ON


def test_a_rule_with_neither_trigger_nor_conditions_never_activates() -> None:
    """There is no moment at which it would begin."""
    at = At(rule())
    assert at.happens(port(0, True), message("a")) == NOTHING


# --- triggers --------------------------------------------------------------------------------


@pytest.mark.covers("M-EVT-05")
def test_a_trigger_starts_the_rule_and_the_others_keep_it_active() -> None:
    """No matter the state of the trigger."""
    at = At(rule(PORT_2, trigger=PORT_1))
    at.known(port(0, False), port(1, True))
    assert at.happens(port(0, True)) == ON
    assert at.happens(port(0, False)) == NOTHING
    assert list(at.engine.active()) == [1]
    assert at.happens(port(1, False)) == OFF
    assert at.happens(port(1, True)) == NOTHING


@pytest.mark.covers("M-EVT-05")
def test_conditions_must_hold_when_the_trigger_comes() -> None:
    """It is in vain otherwise, and counts for nothing later."""
    at = At(rule(PORT_2, trigger=PORT_1))
    at.known(port(0, False), port(1, False))
    assert at.happens(port(0, True)) == IN_VAIN
    assert at.happens(port(1, True)) == NOTHING


def test_a_message_triggers() -> None:
    """Each that matches, and no other."""
    at = At(rule(trigger=when(MQTT, mqtt_topic="door", mqtt_payload="open")))
    assert at.happens(message("door", "open"), message("door", "open")) == ON * 2
    assert at.happens(message("door", "shut"), message("window", "open")) == NOTHING


@pytest.mark.covers("M-EVT-07", part="of a trigger")
def test_an_inverted_message_is_another_of_the_same_source() -> None:
    """What is inverted is what is said, not whom it is about."""
    at = At(rule(trigger=when(MQTT, mqtt_topic="door", mqtt_payload="shut", invert=True)))
    assert at.happens(message("door", "shut"), message("window", "open")) == NOTHING
    assert at.happens(message("door", "ajar")) == ON


def test_a_state_triggers_when_it_comes_to_satisfy() -> None:
    """Not while it goes on doing so, and each source for itself."""
    at = At(rule(trigger=when(PORT, state="1")))
    at.known(port(0, False), port(1, False))
    assert at.happens(port(0, True)) == ON
    assert at.happens(port(1, True)) == ON
    assert at.happens(port(0, False)) == NOTHING
    assert at.happens(port(0, True)) == ON


@pytest.mark.covers("M-EVT-07", part="of a trigger")
def test_an_inverted_state_triggers_when_it_satisfies_no_longer() -> None:
    """For the same source."""
    at = At(rule(trigger=when(PORT, state="1", invert=True)))
    assert at.happens(port(0, False), port(1, True)) == NOTHING
    assert at.happens(port(0, False)) == NOTHING
    assert at.happens(port(1, False)) == ON


def test_a_first_state_triggers_when_it_came_by_itself() -> None:
    """A call that begins to ring is news; what a daemon tells when it starts is not."""
    at = At(rule(trigger=RINGING))
    assert at.happens(call("Ringing")) == ON
    at = At(rule(trigger=RINGING))
    assert at.known(call("Ringing")) == NOTHING


def test_a_state_that_vanishes_triggers_nothing() -> None:
    """Nobody knows what became of it, so a condition about it is not met either."""
    at = At(rule(trigger=NOT_PORT_2), rule(PORT_2), rule(NOT_PORT_2))
    assert at.known(port(1, True)) == [(2, "activated")]
    assert at.known() == [(2, "ended")]
    assert at.known(port(1, False)) == [(3, "activated")]


def test_what_changed_while_nobody_listened_happens_then() -> None:
    """In the order in which it did."""
    at = At(rule(PORT_2, trigger=PORT_1))
    at.known(port(0, False), port(1, False))
    assert at.known(port(0, True), port(1, True)) == IN_VAIN
    assert at.known(port(0, False), port(1, True)) == NOTHING
    assert at.known(port(0, True), port(1, True)) == ON


def test_the_oldest_of_what_changed_unheard_happens_first() -> None:
    """Whatever the order in which it is told."""
    at = At(rule(PORT_2, trigger=PORT_1))
    at.known(port(0, False), port(1, False))
    later = [State(port(0, True), at.now.wall + 2), State(port(1, True), at.now.wall + 1)]
    for order in (later, later[::-1]):
        at.known(port(0, False), port(1, False))
        assert [each.outcome for each in at.engine.sync(order, at.now)] == ["activated"]


def test_without_conditions_a_triggered_rule_is_active_for_that_moment_only() -> None:
    """It is over when it is told."""
    at = At(rule(trigger=PORT_1))
    assert at.happens(port(0, True)) == ON
    assert at.engine.active() == {}


def test_an_action_that_lasts_ends_in_that_moment() -> None:
    """Whoever began it is told to end it."""
    at = At(rule(trigger=PORT_1), unlimited=True)
    assert at.happens(port(0, True)) == ON + OFF


def test_a_further_trigger_activates_anew() -> None:
    """Each trigger is an action; the rule is active since the first."""
    at = At(rule(PORT_2, trigger=ANY_MESSAGE))
    at.known(port(1, True))
    assert at.happens(message("a")) == ON
    since = at.engine.active()
    at.later(5)
    assert at.happens(message("a")) == ON
    assert at.engine.active() == since


def test_a_further_trigger_is_ignored_while_an_action_lasts() -> None:
    """It is under way already."""
    at = At(rule(PORT_2, trigger=ANY_MESSAGE), unlimited=True)
    at.known(port(1, True))
    assert at.happens(message("a"), message("a")) == ON
    assert at.happens(port(1, False)) == OFF


def test_an_event_that_ends_a_rule_does_not_start_it() -> None:
    """The conditions are looked at after the event."""
    at = At(rule(when(PORT, state="1", invert=True), PORT_2, trigger=PORT_1))
    at.known(port(0, False), port(1, False))
    assert at.happens(port(0, True)) == IN_VAIN
    at = At(rule(NOT_PORT_2, trigger=when(PORT, state="1")))
    at.known(port(0, False), port(1, False))
    assert at.happens(port(0, True)) == ON
    assert at.happens(port(1, True)) == OFF


@pytest.mark.covers("M-EVT-05", "M-EVT-07", part="the recipe: answer after the clip")
def test_the_call_is_answered_when_the_clip_has_ended() -> None:
    """Trigger: audio clip playing, inverted. Condition: the call is ringing."""
    at = At(rule(RINGING, name="play"), rule(RINGING, trigger=CLIP_ENDS, name="answer"))
    at.known(call("Idle"), playing(False))
    assert at.happens(call("Ringing")) == [(1, "activated")]
    assert at.happens(playing(True)) == NOTHING
    assert at.happens(playing(False)) == [(2, "activated")]
    assert at.happens(call("Active")) == [(1, "ended"), (2, "ended")]


def test_a_clip_that_ends_without_a_call_answers_nothing() -> None:
    """Or after the caller gave up."""
    at = At(rule(RINGING, trigger=CLIP_ENDS))
    at.known(call("Idle"), playing(True))
    assert at.happens(playing(False)) == IN_VAIN
    assert at.happens(call("Ringing"), playing(True), call("Idle"), playing(False)) == IN_VAIN


# --- order, and changes of the rules ---------------------------------------------------------


def test_rules_are_evaluated_in_order_of_id() -> None:
    """Whatever the order in which they were stored."""
    at = At(*[rule(PORT_1) for _ in range(20)])
    assert at.happens(port(0, True)) == [(number, "activated") for number in range(1, 21)]


def test_a_disabled_rule_never_activates() -> None:
    """Neither by its conditions nor by its trigger."""
    at = At(rule(PORT_1, enabled=False), rule(trigger=PORT_1, enabled=False))
    assert at.happens(port(0, True)) == NOTHING
    assert at.engine.explain(1, at.now).outcome == "disabled"


@pytest.mark.parametrize(
    "after", [(), (rule(PORT_1, enabled=False),), (rule(PORT_1, PORT_2),)], ids=repr
)
def test_a_rule_that_is_removed_disabled_or_changed_ends(after: tuple[Rule, ...]) -> None:
    """What it began must not go on by itself."""
    at = At(rule(PORT_1))
    at.happens(port(0, True))
    assert at.changed(*after) == OFF
    assert at.engine.active() == {}


def test_a_change_ends_first_and_activates_then() -> None:
    """The rule that is another now has its conditions met still."""
    at = At(rule(PORT_1), rule(PORT_1))
    at.happens(port(0, True))
    assert at.changed(rule(PORT_1, name="b"), rule(PORT_1)) == OFF + ON


def test_an_unchanged_rule_goes_on_when_others_change() -> None:
    """Active since before, and not triggered again."""
    at = At(rule(PORT_2, trigger=PORT_1))
    at.known(port(0, False), port(1, True))
    at.happens(port(0, True))
    since = at.engine.active()
    at.later(3)
    assert at.changed(rule(PORT_2, trigger=PORT_1), rule(PORT_2)) == [(2, "activated")]
    assert at.engine.active() == {**since, 2: at.now.wall}


def test_a_schedule_is_a_condition_like_any_other() -> None:
    """Play while the port is active, on weekdays."""
    at = At(rule(PORT_1, when(SCHEDULE, id="weekdays", active="1")))
    at.known(port(0, True), schedule(False))
    assert at.happens(schedule(True)) == ON
    assert at.happens(schedule(False)) == OFF
