"""Random rules, events, times and edits: the engine says what a scan over everything says."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from common.rules import Condition, Rule
from common.topics import Event, Topic
from daemons.events.rules.engine import Engine
from daemons.events.rules.memory import Memory
from daemons.events.rules.run import Moment
from daemons.events.states import Happened, State
from tests.unit.rules.naive import Naive, said
from tests.unit.rules.world import (
    CALL,
    MQTT,
    PORT,
    READY,
    START,
    TOPICS,
    call,
    message,
    port,
    when,
)

MOST_PER_S = 3

STATES = (
    st.builds(port, st.integers(0, 1), st.booleans())
    | st.builds(port, st.integers(0, 2), st.booleans())
    | st.builds(call, st.sampled_from(["Idle", "Ringing", "Active"]))
    | st.booleans().map(lambda ready: READY.event({}, {"ready": ready}))
)
EVENTS = STATES | st.builds(
    message, st.sampled_from("ab"), st.sampled_from("xy"), prefix=st.booleans()
)

PORT_0 = 'boolean(//SimpleItem[@Name="port" and @Value="0"])'
ACTIVE = 'boolean(//SimpleItem[@Name="state" and @Value="1"])'
CONDITIONS = st.builds(
    msgspec.structs.replace,
    st.sampled_from(
        [
            *(when(PORT, port=number, state=state) for number in "01" for state in "01"),
            when(PORT, state="1"),
            Condition(PORT.name, f"{PORT_0} or {ACTIVE}"),
            Condition(PORT.name, f"{PORT_0} and not({ACTIVE})"),
            Condition(PORT.name, 'boolean(//SimpleItem[@Value="1"])'),
            Condition("tns1:Device//."),
            Condition("tns1:Device//.", 'boolean(//SimpleItem[@Value="1"])'),
            Condition(f"{CALL.name}|{READY.name}"),
            when(CALL, CallState="Ringing"),
            when(CALL, CallState="Ringing", Source="NetworkSpeaker"),
            when(READY, ready="1"),
            Condition("tnsaxis:Never/Declared"),
        ]
    ),
    invert=st.booleans(),
)
TRIGGERS = CONDITIONS | st.builds(
    msgspec.structs.replace,
    st.sampled_from(
        [
            Condition(MQTT.name),
            Condition("//."),
            *(when(MQTT, mqtt_topic=topic) for topic in "ab"),
            when(MQTT, mqtt_topic="a", mqtt_payload="x"),
            when(MQTT, mqtt_payload="y"),
            when(MQTT, device_prefix="0", mqtt_topic="a", mqtt_payload="x"),
        ]
    ),
    invert=st.booleans(),
)
LIKELY = st.sampled_from(
    [when(PORT, port="0", state="1"), when(CALL, CallState="Idle", invert=True)]
)
RULES = st.builds(
    Rule,
    name=st.sampled_from("pq"),
    action=st.just(1),
    enabled=st.sampled_from([True, True, True, False]),
    trigger=st.none() | st.just(Condition(MQTT.name)) | TRIGGERS,
    conditions=st.lists(LIKELY, max_size=1).map(tuple)
    | st.lists(CONDITIONS, max_size=3).map(tuple),
    wait_s=st.sampled_from([0.0, 0.0, 2.0, 5.5]),
)
STORED = st.dictionaries(st.integers(1, 6), st.tuples(RULES, st.booleans()), min_size=2, max_size=5)
EDITS: st.SearchStrategy[dict[str, Any]] = (
    st.fixed_dictionaries({"name": st.sampled_from("pqr")})
    | st.fixed_dictionaries({"enabled": st.booleans()})
    | st.fixed_dictionaries({"wait_s": st.sampled_from([0.0, 5.5, 9.0])})
)


class Side(RuleBasedStateMachine):
    """Both engines, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Moment(100.0, START)
        self.stored: dict[int, tuple[Rule, bool]] = {}
        self.topics: tuple[Topic, ...] = TOPICS
        self.engine = Engine(TOPICS, {}, most_per_s=MOST_PER_S)
        self.naive = Naive(TOPICS, MOST_PER_S)

    @initialize(rules=STORED)
    def start(self, rules: dict[int, tuple[Rule, bool]]) -> None:
        self.change(rules)

    @rule(rules=STORED)
    def change(self, rules: dict[int, tuple[Rule, bool]]) -> None:
        self.stored = rules
        assert said(self.engine.replace(rules, self.now)) == self.naive.replace(rules, self.now)

    @rule(id_=st.integers(1, 6), changed=st.tuples(RULES, st.booleans()) | st.none())
    def change_one(self, id_: int, changed: tuple[Rule, bool] | None) -> None:
        others = {each: stored for each, stored in self.stored.items() if each != id_}
        self.change(others if changed is None else {**others, id_: changed})

    @rule(id_=st.integers(1, 6), edit=EDITS)
    def edit_one(self, id_: int, edit: dict[str, Any]) -> None:
        if id_ in self.stored:
            before, unlimited = self.stored[id_]
            edited = msgspec.structs.replace(before, **edit)
            self.change({**self.stored, id_: (edited, unlimited)})

    @rule(events=st.lists(STATES, min_size=2, max_size=4))
    def change_unheard(self, events: list[Event]) -> None:
        """Some states are others than before, and nobody has told so one by one."""
        present = dict(self.naive.states)
        for number, event in enumerate(events):
            if event.topic in {topic.name for topic in self.topics}:
                present[event.key] = State(event, self.now.wall - number)
        ours = said(self.engine.sync(present.values(), self.now))
        assert ours == self.naive.sync(list(present.values()), self.now)

    @rule(events=st.lists(EVENTS, min_size=1, max_size=12), early=st.sampled_from([0.0, 0.5]))
    def happen(self, events: list[Event], early: float) -> None:
        for event in events:
            if event.topic in {topic.name for topic in self.topics}:
                time = self.now.wall - early
                ours = said(self.engine.handle(Happened(event, time), self.now))
                assert ours == self.naive.handle(event, time, self.now)

    @rule(events=st.lists(STATES, max_size=6), early=st.lists(st.integers(0, 9), min_size=6))
    def tell_all(self, events: list[Event], early: list[int]) -> None:
        names = {topic.name for topic in self.topics}
        states = {
            event.key: State(event, self.now.wall - seconds)
            for event, seconds in zip(events, early, strict=False)
            if event.topic in names
        }
        ours = said(self.engine.sync(states.values(), self.now))
        assert ours == self.naive.sync(list(states.values()), self.now)

    @rule(seconds=st.sampled_from([0.1, 0.6, 1.0, 2.0, 6.0]))
    def pass_time(self, seconds: float) -> None:
        self.now = Moment(self.now.monotonic + seconds, self.now.wall + seconds)
        assert said(self.engine.wake(self.now)) == self.naive.wake(self.now)

    @rule(seconds=st.sampled_from([-86400.0, -3.0, 3.0, 1e6]))
    def set_the_clock(self, seconds: float) -> None:
        self.now = Moment(self.now.monotonic, self.now.wall + seconds)

    @rule(without=st.sampled_from([(), (PORT,), (CALL, MQTT), (READY,)]))
    def declare(self, without: tuple[object, ...]) -> None:
        self.topics = tuple(topic for topic in TOPICS if topic not in without)
        ours = said(self.engine.declare(self.topics, self.now))
        assert ours == self.naive.declare(self.topics, self.now)

    @rule(settles=st.booleans(), events=st.lists(STATES, max_size=4))
    def restart(self, settles: bool, events: list[Event]) -> None:
        memory = msgspec.json.encode(self.engine.snapshot(self.now))
        self.engine = Engine(self.topics, self.stored, most_per_s=MOST_PER_S)
        self.engine.restore(msgspec.json.decode(memory, type=Memory), self.now)
        self.naive.restart()
        self.naive.look(self.now.wall)
        self.tell_all(events, [0] * 6)
        if settles:
            assert said(self.engine.settled(self.now)) == self.naive.settled(self.now)

    @invariant()
    def the_same_is_active_and_waited_for(self) -> None:
        activity = self.naive.activity
        expected = {id_: each.since for id_, each in sorted(activity.items()) if each.since}
        assert list(self.engine.active().items()) == list(expected.items())
        waiting = [each.waiting for each in activity.values() if each.waiting is not None]
        assert self.engine.next_wake() == min(waiting, default=None)

    @invariant()
    def every_rule_can_be_explained(self) -> None:
        for id_ in self.stored:
            (ours,) = said([self.engine.explain(id_, self.now)])
            assert ours[-1] == self.naive.say(id_, "", None, False, 0)[-1]


Side.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestAgainstNaive = Side.TestCase
