"""The rule engine by itself: 256 rules beside one, in the same run and in turns.

Each rule has its own topic of MQTT, or its own virtual input beside a condition that all share, and activates at each
event that is meant for it. Processor time of one thread; nothing is written, sent or played.
"""

import time
from collections.abc import Sequence

from bench.figures import Figure, Table, at_most, median
from common.content_filters import equality_text
from common.rules import MOST_RULES, Condition, Rule
from common.topics import Event, Item, ItemType, Topic
from daemons.events.rules.engine import Engine
from daemons.events.rules.run import Moment
from daemons.events.states import Happened, State
from daemons.ioports.topics import VIRTUAL_INPUT, VIRTUAL_PORT

ROUNDS = 7
EVENTS = 2048
TIMES = 1.3
LIMIT_S = 20e-6

MQTT = Topic(
    "tnsaxis:MQTT/Message/Stateless",
    "MQTT message",
    source=(
        Item("device-prefix", ItemType.BOOLEAN, "Device prefix"),
        Item("mqtt-topic", ItemType.STRING, "Topic"),
    ),
    data=(Item("mqtt-payload", ItemType.STRING, "Payload"),),
)
TOPICS = (MQTT, VIRTUAL_INPUT, VIRTUAL_PORT)
ARMED = VIRTUAL_PORT.event({"port": 1}, {"state": True})


class Load:
    """An engine with events to be put through it."""

    def __init__(self, rules: Sequence[Rule], events: Sequence[Event]) -> None:
        self._engine = Engine(TOPICS, {id_: (each, False) for id_, each in enumerate(rules, 1)})
        self._engine.sync([State(ARMED, 0.0)], Moment(0.0, 0.0))
        self._events = events
        self._second = 0.0
        self.times: list[float] = []
        self.evaluations = 0

    def run(self) -> None:
        """Put the events through; one comes each second, so that no rule has to wait."""
        begun = time.thread_time()
        for event in self._events:
            self._second += 1
            now = Moment(self._second, self._second)
            self.evaluations += len(self._engine.handle(Happened(event, now.wall), now))
        self.times.append((time.thread_time() - begun) / len(self._events))


def measure() -> Table:
    """Measure one rule and 256 in turns."""
    one, alone, many = messages(1, 1), messages(MOST_RULES, 1), messages(MOST_RULES, MOST_RULES)
    stray_one, stray_many = messages(1, 0), messages(MOST_RULES, 0)
    input_one, input_many = inputs(1), inputs(MOST_RULES)
    loads = (one, alone, many, stray_one, stray_many, input_one, input_many)
    for _ in range(ROUNDS):
        for load in loads:
            load.run()
    assert one.evaluations == alone.evaluations == many.evaluations == ROUNDS * EVENTS
    assert stray_one.evaluations == stray_many.evaluations == 0
    return Table(
        "Rules",
        (
            *_beside("a message to always the same rule", one, alone),
            *_beside("a message to each rule in turn", one, many),
            *_beside("a message that no rule is about", stray_one, stray_many),
            *_beside("a virtual input that activates or ends its rule", input_one, input_many),
        ),
        (
            f"Medians of {ROUNDS} rounds of {EVENTS} events each.",
            "Rules in turn find their memory cold in the processor's cache, the more so the more else runs.",
        ),
    )


def messages(rules: int, topics: int) -> Load:
    """Return rules for a topic of MQTT each, and messages to so many of them; to none of them if 0."""
    triggers = [
        Condition(MQTT.name, equality_text({"device-prefix": "0", "mqtt-topic": f"site/{number}"}))
        for number in range(rules)
    ]
    events = [
        MQTT.event(
            {
                "device-prefix": False,
                "mqtt-topic": f"site/{number % topics}" if topics else "elsewhere",
            },
            {"mqtt-payload": "on"},
        )
        for number in range(EVENTS)
    ]
    return Load([Rule(name="bench", action=1, trigger=trigger) for trigger in triggers], events)


def inputs(rules: int) -> Load:
    """Return rules for an input each while the manual trigger is active, and inputs that go on and off."""
    armed = Condition(VIRTUAL_PORT.name, equality_text({"port": "1", "state": "1"}))
    conditions = [
        Condition(VIRTUAL_INPUT.name, equality_text({"port": str(number), "active": "1"}))
        for number in range(rules)
    ]
    events = [
        VIRTUAL_INPUT.event({"port": number // 2 % rules}, {"active": number % 2 == 0})
        for number in range(EVENTS)
    ]
    return Load(
        [Rule(name="bench", action=1, conditions=(armed, own)) for own in conditions], events
    )


def _beside(what: str, one: Load, many: Load) -> tuple[Figure, Figure]:
    few_s, many_s = median(one.times), median(many.times)
    told = f"{what}, {MOST_RULES} rules"
    return (
        Figure(
            told,
            microseconds(many_s),
            f"1 rule: {microseconds(few_s)}",
            f"<= {TIMES} x",
            at_most(many_s, TIMES * few_s),
        ),
        Figure(
            told, microseconds(many_s), "", f"<= {microseconds(LIMIT_S)}", at_most(many_s, LIMIT_S)
        ),
    )


def microseconds(seconds: float) -> str:
    """Return a time as this table shows it."""
    return f"{seconds * 1e6:.1f} us"
