"""Rules and reasons as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.rules import Condition, Evaluation, Told
from common.topics import Event
from daemons.events.rules.words import Words
from daemons.events.states import Happened
from daemons.ioports.topics import INPUT_PORT, OUTPUT_PORT
from tests.unit.rules.test_engine import told
from tests.unit.rules.world import (
    CALL,
    MQTT,
    PORT,
    PORT_1,
    PORT_2,
    READY,
    SCHEDULE,
    TOPICS,
    At,
    call,
    message,
    playing,
    port,
    rule,
    schedule,
    when,
)

WORDS = Words(TOPICS, UTC)
WEEKDAYS = when(SCHEDULE, id="weekdays", active="1")


@pytest.mark.parametrize(
    ("event", "became", "is_"),
    [
        (port(0, True), "Port 1 became active", "Port 1 is active"),
        (port(0, False), "Port 1 is no longer active", "Port 1 is not active"),
        (schedule(True), "Weekdays became active", "Weekdays is active"),
        (
            playing(True),
            "Playing (Audio Output 1): Playing Status became yes",
            "Playing (Audio Output 1): Playing Status is yes",
        ),
        (
            call("Ringing"),
            "State (Source NetworkSpeaker): State became Ringing",
            "State (Source NetworkSpeaker): State is Ringing",
        ),
        (
            READY.event({}, {"ready": True}),
            "System ready: System is ready became yes",
            "System ready: System is ready is yes",
        ),
        (
            message("door", "open"),
            "MQTT message (Device prefix no, Topic door): Payload open",
            "MQTT message (Device prefix no, Topic door): Payload open",
        ),
        (Event("tns1:Gone", {"a": "1"}, {"b": "2"}), "tns1:Gone: a 1, b 2", "tns1:Gone: a 1, b 2"),
    ],
)
def test_an_event_in_words(event: Event, became: str, is_: str) -> None:
    """By the names of the thing, if it has one."""
    assert WORDS.happened(told(event)) == became
    assert WORDS.stands(told(event)) == is_


def test_a_name_that_two_topics_have_is_not_enough() -> None:
    """An input and an output are both called Port 1; any port is no name."""
    words = Words([INPUT_PORT, OUTPUT_PORT], UTC)
    both = Told(OUTPUT_PORT.name, {"port": "0"}, {"state": "1"})
    assert words.stands(both) == "Port 1 (Digital output port) is active"
    any_ = Told(INPUT_PORT.name, {"port": "-1"}, {"state": "1"})
    assert words.stands(any_) == "Any port is active"


@pytest.mark.parametrize(
    ("condition", "said", "as_trigger"),
    [
        (PORT_1, "Port 1 is active", "Port 1 becomes active"),
        (
            msgspec.structs.replace(PORT_1, invert=True),
            "not (Port 1 is active)",
            "no longer (Port 1 is active)",
        ),
        (
            when(PORT, state="1"),
            "Digital input port is active",
            "Digital input port becomes active",
        ),
        (
            when(CALL, CallState="Ringing"),
            "State: State is Ringing",
            "State: State becomes Ringing",
        ),
        (
            when(MQTT, mqtt_topic="door", mqtt_payload="open"),
            "MQTT message (Topic door): Payload open",
            "MQTT message (Topic door): Payload open",
        ),
        (
            when(MQTT, mqtt_topic="door", invert=True),
            "not (MQTT message (Topic door))",
            "not (MQTT message (Topic door))",
        ),
        (Condition("tns1:Device//."), "tns1:Device//.", "tns1:Device//."),
        (
            Condition(PORT.name, "boolean(//SimpleItem)"),
            f"{PORT.name} where boolean(//SimpleItem)",
            f"{PORT.name} where boolean(//SimpleItem)",
        ),
        (Condition("nonsense"), "nonsense", "nonsense"),
        (when(PORT, colour="red"), None, None),
    ],
)
def test_a_condition_in_words(
    condition: Condition, said: str | None, as_trigger: str | None
) -> None:
    """Its expressions stand as they are where no plain words do."""
    raw = f"{condition.topic} where {condition.content}"
    assert WORDS.condition(condition) == (said or raw)
    assert WORDS.condition(condition, is_trigger=True) == (as_trigger or raw)


def test_a_rule_in_words() -> None:
    """Trigger, conditions, action, and the time between."""
    whole = rule(WEEKDAYS, PORT_2, trigger=PORT_1, wait_s=10)
    assert WORDS.rule(whole, "play alarm.mp3") == (
        "When Port 1 becomes active, while Weekdays is active and Port 2 is active: "
        "play alarm.mp3, at most every 10 s"
    )
    assert WORDS.rule(rule(PORT_1, enabled=False, wait_s=3723), "stop") == (
        "While Port 1 is active: stop, at most every 01:02:03 (disabled)"
    )
    assert WORDS.rule(rule(), "stop") == "Never: stop"


EIGHT = datetime(2026, 11, 30, 8, 0, tzinfo=UTC).timestamp()


def evaluated(at: At, event: Event, when_: float) -> Evaluation:
    """Let something happen at a time of day, and return what it did to the only rule."""
    at.jumped += when_ - at.now.wall
    at.monotonic += 1
    at.jumped -= 1
    (evaluation,) = at.engine.handle(Happened(event, at.now.wall), at.now)
    return evaluation


def test_an_evaluation_in_words() -> None:
    """What happened, what held and since when; what ended it, what was missing, until when it waits."""
    at = At(rule(WEEKDAYS, trigger=PORT_1, wait_s=60, name="Alarm"))
    at.jumped = EIGHT - at.now.wall
    at.known(schedule(True), port(0, False))
    said = WORDS.evaluation(evaluated(at, port(0, True), EIGHT + 125))
    assert said == "Alarm activated: Port 1 became active; Weekdays is active since 08:00"
    at.happens(port(0, False))
    said = WORDS.evaluation(evaluated(at, port(0, True), EIGHT + 130))
    assert said.startswith("Alarm waits until 08:03:09: Port 1 became active; Weekdays")
    said = WORDS.evaluation(evaluated(at, schedule(False), EIGHT + 86_400))
    assert said == "Alarm ended: Weekdays is not active since 08:00"
    at.happens(port(0, False))
    said = WORDS.evaluation(evaluated(at, port(0, True), EIGHT + 2 * 86_400))
    assert said == (
        "Alarm did not activate: Port 1 became active; Weekdays is not active since 2026-12-01 08:00"
    )
    at.known()
    explained = at.engine.explain(1, at.now)
    assert WORDS.evaluation(explained) == (
        "Alarm did not activate: the trigger is: Port 1 becomes active; "
        "nobody knows of: Weekdays is active"
    )
    at.changed(rule(PORT_1, enabled=False, name=""))
    assert WORDS.evaluation(at.engine.explain(1, at.now)) == "rule 1 is disabled"


def test_several_states_are_counted() -> None:
    """The first by name."""
    at = At(rule(when(PORT, state="1"), name="Any"))
    at.known(port(0, True), port(1, True))
    said = Words(TOPICS, ZoneInfo("Europe/Stockholm")).evaluation(at.engine.explain(1, at.now))
    assert said == "Any activated: Port 1 is active and 1 more since 23:13:20"


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_strangers_say_is_one_short_line(topic: str, payload: str) -> None:
    """No line of the log can be forged by a payload."""
    for said in (
        WORDS.happened(told(message(topic, payload))),
        WORDS.happened(Told(topic, {topic: payload}, {payload: topic})),
        WORDS.condition(Condition(topic, payload)),
    ):
        assert said.isprintable()
        assert len(said) < 6000
