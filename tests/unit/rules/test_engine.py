"""Reasons, restarts, topics that come and go, and sizes that somebody chose to do harm."""

import json
import time
from collections.abc import Mapping

import msgspec
import pytest

from common.content_filters import ContentFilter
from common.errors import InvalidValue, NotFound
from common.rules import MOST_RULES, Condition, Rule, Told
from common.topics import Event
from daemons.events.rules.engine import Engine
from daemons.events.rules.memory import Memory
from daemons.events.rules.reasons import MOST_STATES
from daemons.events.rules.run import Moment
from daemons.events.states import Happened, State
from tests.unit.rules.world import (
    ANY_MESSAGE,
    CALL,
    MQTT,
    NOT_PORT_2,
    PORT,
    PORT_1,
    PORT_2,
    START,
    TOPICS,
    At,
    call,
    message,
    port,
    rule,
    when,
)


def told(event: Event) -> Told:
    """An event as a reason has it."""
    return Told(event.topic, dict(event.source), dict(event.data))


# --- reasons ---------------------------------------------------------------------------------


def test_an_evaluation_says_why() -> None:
    """Trigger first, then each condition in its order, with the states that decide and since when."""
    at = At(rule(PORT_2, NOT_PORT_2, trigger=ANY_MESSAGE, name="why"))
    at.known(port(1, True))
    at.later(7)
    (said,) = at.engine.handle(Happened(message("a"), at.now.wall), at.now)
    assert (said.rule, said.name, said.outcome, said.time) == (1, "why", "not met", START + 7)
    assert said.event == told(message("a"))
    trigger, met, unmet = said.reasons
    assert (trigger.is_trigger, trigger.met, trigger.since) == (True, True, START + 7)
    assert trigger.states == (told(message("a")),)
    assert (met.condition, met.met, met.since) == (PORT_2, True, START)
    assert (unmet.condition, unmet.met, unmet.since) == (NOT_PORT_2, False, START)
    assert met.states == unmet.states == (told(port(1, True)),)


def test_a_condition_is_met_since_the_first_state_satisfied_it() -> None:
    """The others that came and went meanwhile do not count."""
    at = At(rule(when(PORT, state="1")))
    at.happens(port(0, True))
    at.later(5)
    at.happens(port(1, True), port(0, False))
    (reason,) = at.engine.explain(1, at.now).reasons
    assert (reason.met, reason.since, reason.states) == (True, START, (told(port(1, True)),))


def test_any_rule_can_be_explained_at_any_time() -> None:
    """Active, not met, waiting or disabled."""
    at = At(rule(PORT_1), rule(PORT_2), rule(PORT_1, enabled=False), rule(trigger=PORT_1, wait_s=9))
    at.known(port(0, False), port(1, False))
    at.happens(port(0, True))
    at.later(2)
    outcomes = [at.engine.explain(number, at.now).outcome for number in range(1, 5)]
    assert outcomes == ["activated", "not met", "disabled", "not met"]
    assert at.engine.explain(4, at.now).until == START + 9
    assert [at.engine.explain(3, at.now).reasons[0].met] == [True]
    with pytest.raises(NotFound, match="no rule 5"):
        at.engine.explain(5, at.now)


def test_a_stateless_trigger_says_when_it_last_came() -> None:
    """It is never met by itself."""
    at = At(rule(PORT_1, trigger=ANY_MESSAGE))
    (trigger, _port) = at.engine.explain(1, at.now).reasons
    assert (trigger.met, trigger.since) == (False, None)
    at.later(3)
    at.happens(message("a"))
    at.later(3)
    (trigger, _port) = at.engine.explain(1, at.now).reasons
    assert (trigger.met, trigger.since) == (False, START + 3)


def test_a_rule_that_waits_says_until_when() -> None:
    """By the clock that people read."""
    at = At(rule(PORT_1, wait_s=10))
    at.happens(port(0, True), port(0, False))
    at.later(4)
    (said,) = at.engine.handle(Happened(port(0, True), at.now.wall), at.now)
    assert (said.outcome, said.until) == ("waiting", START + 10)
    explained = at.engine.explain(1, at.now)
    assert (explained.outcome, explained.until) == ("waiting", START + 10)


# --- a restart of the daemon -----------------------------------------------------------------


def restarted(at: At) -> At:
    """Another engine with the same rules, that remembers what it is told in JSON."""
    again = At()
    again.monotonic = at.monotonic
    again.rules = at.rules
    again.engine = Engine(TOPICS, at.rules)
    memory = json.loads(msgspec.json.encode(at.engine.snapshot(at.now)))
    again.engine.restore(msgspec.convert(memory, Memory), again.now)
    return again


def test_what_was_active_does_not_fire_again_after_a_restart() -> None:
    """While the daemons tell their states one after the other, too."""
    at = At(rule(PORT_1, when(CALL, CallState="Ringing")), rule(PORT_1))
    at.happens(port(0, True), call("Ringing"))
    since = at.engine.active()
    assert len(since) == 2
    again = restarted(at)
    assert again.engine.active() == since
    assert again.known(port(0, True)) == []
    assert again.known(port(0, True), call("Ringing")) == []
    assert again.engine.settled(again.now) == []
    assert again.engine.active() == since


def test_what_no_longer_holds_after_a_restart_ends() -> None:
    """As soon as it is known, or everybody has spoken."""
    at = At(rule(PORT_1, when(CALL, CallState="Ringing")), rule(when(CALL, CallState="Ringing")))
    at.happens(port(0, True), call("Ringing"))
    again = restarted(at)
    assert again.known(port(0, False)) == [(1, "ended")]
    assert [each.rule for each in again.engine.settled(again.now)] == [2]


def test_the_time_between_activations_outlasts_a_restart() -> None:
    """It goes on counting on the clock of this boot."""
    at = At(rule(trigger=ANY_MESSAGE, wait_s=10))
    at.happens(message("a"))
    at.later(5)
    again = restarted(at)
    assert again.happens(message("a")) == [(1, "waiting")]
    again.later(5)
    assert again.happens(message("a")) == [(1, "activated")]


def test_nothing_is_remembered_of_another_boot() -> None:
    """Its clock says nothing, and what holds at start activates."""
    at = At(rule(PORT_1))
    at.monotonic = 1000
    at.happens(port(0, True))
    memory = at.engine.snapshot(at.now)
    engine = Engine(TOPICS, at.rules)
    engine.restore(memory, Moment(5.0, START))
    assert engine.active() == {}


def test_a_rule_that_changed_meanwhile_starts_afresh() -> None:
    """What was active was another; the time between activations counts all the same."""
    at = At(rule(PORT_1, wait_s=10))
    at.happens(port(0, True))
    at.rules = {1: (rule(PORT_1, wait_s=10, name="another"), False)}
    again = restarted(at)
    assert again.engine.active() == {}
    assert again.known(port(0, True)) == [(1, "waiting")]


# --- topics that come and go -----------------------------------------------------------------


def test_expressions_follow_the_topics() -> None:
    """What is below a level may be declared later, and go again."""
    at = At(rule(Condition("tns1:Device//.", 'boolean(//SimpleItem[@Value="1"])')))
    at.engine = Engine([CALL], at.rules)
    with pytest.raises(InvalidValue, match="nobody declares"):
        at.happens(port(0, True))
    assert at.engine.declare([CALL, PORT], at.now) == []
    assert at.happens(port(0, True)) == [(1, "activated")]
    assert [each.outcome for each in at.engine.declare([CALL], at.now)] == ["ended"]


def test_a_rule_may_be_about_a_topic_that_nobody_declares_yet() -> None:
    """It waits for it."""
    at = At(rule(PORT_1))
    at.engine = Engine([], at.rules)
    at.engine.declare(TOPICS, at.now)
    assert at.happens(port(0, True)) == [(1, "activated")]


# --- what is refused changes nothing ---------------------------------------------------------


@pytest.mark.parametrize("condition", [Condition("nonsense"), Condition(PORT.name, "nonsense")])
def test_an_expression_that_cannot_be_read_changes_nothing(condition: Condition) -> None:
    """The rules of before go on."""
    at = At(rule(PORT_1))
    at.happens(port(0, True))
    with pytest.raises(InvalidValue):
        at.changed(rule(PORT_2), rule(condition))
    assert list(at.engine.active()) == [1]
    assert at.happens(port(0, False)) == [(1, "ended")]


def test_a_state_of_no_stateful_topic_changes_nothing() -> None:
    """Not even the states beside it."""
    at = At(rule(PORT_1))
    states = [State(port(0, True), START), State(message("a"), START)]
    with pytest.raises(InvalidValue, match="no stateful topic"):
        at.engine.sync(states, at.now)
    assert at.engine.active() == {}


# --- sizes -----------------------------------------------------------------------------------


def mqtt_rules(count: int) -> dict[int, tuple[Rule, bool]]:
    """Each for its own topic of MQTT."""
    return {
        number: (rule(trigger=when(MQTT, mqtt_topic=f"t/{number}")), False)
        for number in range(count)
    }


def test_no_message_is_held_against_the_rules_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are; what that saves is measured by the bench."""
    engine = Engine(TOPICS, mqtt_rules(MOST_RULES))
    looked_at = []
    matches = ContentFilter.matches

    def counted(self: ContentFilter, *items: Mapping[str, str]) -> bool:
        looked_at.append(str(self))
        return matches(self, *items)

    monkeypatch.setattr(ContentFilter, "matches", counted)
    (said,) = engine.handle(Happened(message("t/7"), START), Moment(0.0, START))
    assert (said.rule, len(looked_at)) == (7, 1)
    assert engine.handle(Happened(message("t"), START), Moment(0.0, START)) == []
    assert len(looked_at) == 1


def test_hostile_sizes_are_no_matter() -> None:
    """As many rules as there can be, with as many conditions each, as many states, and the longest values."""
    longest = 'boolean(//SimpleItem[@Name="state" and @Value="1"]) or ' * 30
    rules = {
        number: (
            rule(
                *[
                    Condition(PORT.name, f'{longest}boolean(//SimpleItem[@Name="{number}"])')
                    for _ in range(32)
                ],
                trigger=when(PORT, state="1"),
            ),
            False,
        )
        for number in range(MOST_RULES)
    }
    begun = time.thread_time()
    engine = Engine(TOPICS, rules)
    engine.sync(
        [State(port(number, active=False), START) for number in range(256)], Moment(0, START)
    )
    evaluations = engine.handle(Happened(port(0, True), START), Moment(0, START))
    assert time.thread_time() - begun < 10
    assert [each.outcome for each in evaluations] == ["activated"] * MOST_RULES
    assert max(len(each.reasons) for each in evaluations) == 33
    again = engine.handle(Happened(port(0, False), START), Moment(0, START))
    assert max(len(reason.states) for each in again for reason in each.reasons) == MOST_STATES


def test_a_storm_of_messages_grows_nothing() -> None:
    """What is remembered of a rule is bounded by the cap."""
    at = At(rule(trigger=ANY_MESSAGE), most_per_s=10)
    for number in range(1000):
        at.monotonic += 0.001
        at.happens(message(str(number)))
    (remembered,) = at.engine.snapshot(at.now).rules
    assert len(remembered.recent) <= 10
