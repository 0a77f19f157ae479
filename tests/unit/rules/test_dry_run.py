"""What would fire between two times, and what other rules would have made of the record."""

import itertools
from collections.abc import Iterable, Iterator

import pytest

from common.errors import Conflict, InvalidValue
from common.rules import Condition, DryRun, Evaluation, Replay, Rule, Told
from common.topics import Event
from daemons.events.rules.dry_run import LONGEST_S, MOST_ASSUMED, Changes, Simulated, dry_run
from daemons.events.rules.replay import replay
from daemons.events.rules.simulation import MOST_EVALUATIONS, MOST_EVENTS
from daemons.events.states import Happened, State
from tests.unit.rules.test_engine import told
from tests.unit.rules.world import (
    ANY_MESSAGE,
    PORT,
    PORT_1,
    PORT_2,
    SCHEDULE,
    START,
    TOPICS,
    call,
    message,
    port,
    rule,
    schedule,
    when,
)

EIGHT = START + 600
WEEKDAYS = when(SCHEDULE, id="weekdays", active="1")


def opens_at_eight(start: float, end: float) -> Iterator[tuple[float, Event]]:
    """A schedule that becomes active at eight, and goes on for ever."""
    yield start - 3600, schedule(False)
    yield EIGHT, schedule(True)
    for hour in itertools.count(1):
        yield EIGHT + 3600 * hour, schedule(hour % 2 == 0)


def nothing_scheduled(start: float, end: float) -> Iterable[tuple[float, Event]]:
    """No schedule."""
    return ()


def tried(
    question: DryRun,
    *rules: Rule,
    changes: Changes = opens_at_eight,
    states: Iterable[Event] = (),
    unlimited: bool = False,
) -> Simulated:
    """Run a question against stored rules."""
    return dry_run(
        question,
        TOPICS,
        {number: (each, unlimited) for number, each in enumerate(rules, 1)},
        lambda rule: unlimited,
        [State(event, START - 60) for event in states],
        changes,
    )


def happened(evaluations: Iterable[Evaluation]) -> list[tuple[float, int, str]]:
    """When what happened to which rule, in seconds since the start."""
    return [(each.time - START, each.rule, each.outcome) for each in evaluations]


def test_what_fires_between_ten_to_and_ten_past_eight_given_this_port_closed() -> None:
    """The question that it is made for; the schedule decides, and the answer says why."""
    question = DryRun(START, START + 1200, states=(told(port(0, True)),))
    found = tried(question, rule(PORT_1, WEEKDAYS), states=[port(0, False), schedule(True)])
    assert happened(found.evaluations) == [(600, 1, "activated")]
    assert found.until == START + 1200
    (port_closed, weekdays) = found.evaluations[0].reasons
    assert (port_closed.met, port_closed.since) == (True, START)
    assert (weekdays.met, weekdays.since) == (True, EIGHT)
    without = DryRun(START, START + 1200)
    assert tried(without, rule(PORT_1, WEEKDAYS), states=[port(0, False)]).evaluations == ()


def test_what_holds_at_the_start_activates_then() -> None:
    """What is assumed counts over what the schedules say, and that over what holds now."""
    question = DryRun(START, START + 1, states=(told(port(1, True)),))
    states = [port(0, True), port(1, False), schedule(True)]
    found = tried(question, rule(PORT_1), rule(PORT_2), rule(WEEKDAYS), states=states)
    assert happened(found.evaluations) == [(0, 1, "activated"), (0, 2, "activated")]
    assumed = DryRun(START, START + 1, states=(told(schedule(True)),))
    assert happened(tried(assumed, rule(WEEKDAYS)).evaluations) == [(0, 1, "activated")]


def test_assumed_events_happen_at_their_times_among_the_schedules() -> None:
    """Whatever the order in which they are given; waiting runs on the simulated clock."""
    question = DryRun(
        START,
        START + 1200,
        events=(
            (EIGHT + 9, told(message("b"))),
            (EIGHT - 1, told(message("a"))),
            (EIGHT + 1, told(message("a"))),
        ),
    )
    found = tried(question, rule(WEEKDAYS, trigger=ANY_MESSAGE, wait_s=30))
    assert happened(found.evaluations) == [(601, 1, "activated"), (609, 1, "waiting")]


def test_what_waits_activates_on_the_simulated_clock() -> None:
    """Also after the last event."""
    question = DryRun(
        START,
        START + 60,
        events=tuple((START + second, told(port(0, second != 2))) for second in (1, 2, 3)),
    )
    rules = (rule(PORT_1, wait_s=30), rule(PORT_1, wait_s=40))
    found = tried(question, *rules, changes=nothing_scheduled)
    assert happened(found.evaluations) == [
        (1, 1, "activated"),
        (1, 2, "activated"),
        (2, 1, "ended"),
        (2, 2, "ended"),
        (3, 1, "waiting"),
        (3, 2, "waiting"),
        (31, 1, "activated"),
        (41, 2, "activated"),
    ]


def test_rules_can_be_tried_before_they_are_stored() -> None:
    """New ones get ids as if they were stored next."""
    rules = (rule(PORT_1, name="first"), rule(PORT_1, name="second"))
    question = DryRun(START, START + 1, states=(told(port(0, True)),), rules=rules)
    found = tried(question, rule(PORT_2)).evaluations
    assert [(each.rule, each.name) for each in found] == [(2, "first"), (3, "second")]
    twice = DryRun(START, START, rules=tuple(Rule(name="x", action=1, id=3) for _ in range(2)))
    with pytest.raises(InvalidValue, match="two of the rules have the id 3"):
        tried(twice)


@pytest.mark.parametrize(
    ("question", "what"),
    [
        (DryRun(START, START - 1), "the end must follow the start"),
        (DryRun(START, START + LONGEST_S + 1), "within a year"),
        (DryRun(START, START, events=((START + 1, told(port(0, True))),)), "after the end"),
        (DryRun(START, START, states=(told(message("a")),)), "has no state"),
        (DryRun(START, START, states=(Told("tns1:Other"),)), "nobody declares"),
        (DryRun(START, START, states=(Told(SCHEDULE.name),)), "expected the items"),
        (
            DryRun(START, START, states=(Told(PORT.name, {"port": "0"}, {"state": "yes"}),)),
            "state cannot be 'yes'",
        ),
        (DryRun(START, START, states=(told(call("Idle")),) * (MOST_ASSUMED + 1)), "no more than"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(question: DryRun, what: str) -> None:
    """With the reason."""
    with pytest.raises(InvalidValue, match=what):
        tried(question)


def test_an_endless_schedule_ends() -> None:
    """At the end of the time, or where it has become too much to tell or to go through."""

    def restless(start: float, end: float) -> Iterator[tuple[float, Event]]:
        return ((start + tick, schedule(tick % 2 == 0)) for tick in itertools.count(1))

    question = DryRun(START, START + 86_400.0)
    found = tried(question, rule(WEEKDAYS), changes=restless)
    assert len(found.evaluations) == MOST_EVALUATIONS
    assert found.until == found.evaluations[-1].time < question.end
    idle = tried(question, rule(PORT_1), changes=restless)
    assert idle.evaluations == ()
    assert START + 10_000 < idle.until < question.end
    with pytest.raises(InvalidValue, match="too many"):
        tried(question, changes=lambda start, end: itertools.repeat((start, message("a"))))


# --- replay ----------------------------------------------------------------------------------


def test_both_sets_of_rules_meet_the_same_events() -> None:
    """The stored one did this, the changed one would have done that."""
    events = [
        Happened(port(0, True), START + 1),
        Happened(message("a"), START + 2),
        Happened(port(0, False), START + 3),
        Happened(message("a"), START + 4),
    ]
    found = replay(
        Replay(START, START + 10, (Rule(name="x", action=1, id=1, trigger=ANY_MESSAGE),)),
        TOPICS,
        {1: (rule(PORT_1, trigger=ANY_MESSAGE), False)},
        lambda rule: False,
        [State(port(0, False), START - 5)],
        events,
        reaches_back=True,
    )
    assert happened(found.stored) == [
        (2, 1, "activated"),
        (3, 1, "ended"),
        (4, 1, "not met"),
    ]
    assert happened(found.changed) == [(2, 1, "activated"), (4, 1, "activated")]
    assert (found.events, found.complete) == (4, True)


def replayed(
    *events: Happened, states: Iterable[State] = (), back: bool = True
) -> tuple[int, bool]:
    """Replay events against one rule; return how many there were, and whether that is all."""
    found = replay(
        Replay(START, START + 3600, (rule(PORT_1),)),
        TOPICS,
        {1: (rule(PORT_1), False)},
        lambda rule: False,
        states,
        events,
        reaches_back=back,
    )
    assert [each.outcome for each in found.stored] == [each.outcome for each in found.changed]
    return found.events, found.complete


def test_a_record_that_lacks_something_is_not_complete() -> None:
    """It begins too late, or is about topics that are no more, or is too much."""
    other = Event("tns1:Gone", {}, {})
    assert replayed(back=False) == (0, False)
    assert replayed(Happened(other, START + 1), Happened(port(0, True), START + 2)) == (1, False)
    assert replayed(states=[State(other, START)]) == (0, False)
    flapping = [Happened(port(0, tick % 2 == 0), START + tick) for tick in range(1500)]
    assert replayed(*flapping) == (1500, False)


def test_what_lies_outside_of_the_time_is_passed_over() -> None:
    """Before it and after it."""
    assert replayed(Happened(port(0, True), START - 1), Happened(port(0, True), START + 4000)) == (
        0,
        True,
    )


def test_a_clock_that_was_set_back_within_the_record_does_no_harm() -> None:
    """No time passes by that, and the time between activations goes on."""
    found = replay(
        Replay(START, START + 3600, ()),
        TOPICS,
        {1: (rule(trigger=ANY_MESSAGE, wait_s=10), False)},
        lambda rule: False,
        (),
        [Happened(message("a"), START + second) for second in (100, 40, 45, 51)],
        reaches_back=True,
    )
    assert happened(found.stored) == [
        (100, 1, "activated"),
        (40, 1, "waiting"),
        (45, 1, "waiting"),
        (51, 1, "activated"),
    ]


def test_a_replay_of_no_time_is_refused() -> None:
    """The end comes before the start."""
    with pytest.raises(InvalidValue, match="must follow"):
        replay(
            Replay(START, START - 1, ()), TOPICS, {}, lambda rule: False, (), (), reaches_back=True
        )


def much_to_look_at() -> tuple[Rule, ...]:
    """About as many rules as may be, none of which an index finds."""
    return tuple(
        rule(
            *(
                Condition("//.", f'boolean(//SimpleItem[@Value="{each:03}{number}"])')
                for each in range(7)
            )
        )
        for number in range(256)
    )


def test_the_hardest_rules_end_a_dry_run_before_it_gets_long() -> None:
    """It says how far it got."""
    question = DryRun(START, START + LONGEST_S, rules=much_to_look_at())
    found = tried(question)
    assert EIGHT < found.until < question.end


def test_the_hardest_rules_end_a_replay_before_it_gets_long() -> None:
    """It says that this is not all."""
    events = [Happened(message(str(number)), START + number) for number in range(MOST_EVENTS)]
    question = Replay(START, START + MOST_EVENTS, much_to_look_at())
    watched = rule(trigger=ANY_MESSAGE)
    found = replay(
        question, TOPICS, {1: (watched, False)}, lambda _: False, (), events, reaches_back=True
    )
    assert 0 < found.events <= MOST_EVENTS
    changes = [Happened(port(1, number % 2 == 0), START + number) for number in range(MOST_EVENTS)]
    found = replay(
        question, TOPICS, {1: (watched, False)}, lambda _: False, (), changes, reaches_back=True
    )
    assert 0 < found.events < MOST_EVENTS
    assert not found.complete


def test_rules_that_could_not_be_stored_are_not_tried() -> None:
    """They would take as long."""
    longest = 'boolean(//SimpleItem[@Name="state" and @Value="1"]) or ' * 30
    rules = tuple(
        rule(*(Condition("//.", f"{longest}boolean(//SimpleItem)") for _ in range(32)))
        for _ in range(6)
    )
    with pytest.raises(Conflict, match="262144"):
        tried(DryRun(START, EIGHT, rules=rules))
    with pytest.raises(Conflict, match="262144"):
        replay(Replay(START, EIGHT, rules), TOPICS, {}, lambda _: False, (), (), reaches_back=True)
