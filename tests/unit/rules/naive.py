"""The rule semantics once more, written down as plainly as possible: everything is looked at for every event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from common.content_filters import ContentFilter
from common.rules import Condition, Evaluation, Rule
from common.topic_filters import TopicFilter
from common.topics import Event, Topic
from daemons.events.rules.run import Moment
from daemons.events.states import Key, State

Said = tuple[int, str, float | None, bool, tuple[tuple[bool, bool, float | None], ...]]
"""Rule, outcome, until, whether an event did it, and (met, is_trigger, since) of each reason."""


def said(evaluations: Iterable[Evaluation]) -> list[Said]:
    """Return what is compared of evaluations."""
    return [
        (
            each.rule,
            each.outcome,
            None if each.until is None else round(each.until, 3),
            each.event is not None,
            tuple((reason.met, reason.is_trigger, reason.since) for reason in each.reasons),
        )
        for each in evaluations
    ]


@dataclass
class Activity:
    """What is remembered of one rule."""

    since: float | None = None
    activations: list[float] = field(default_factory=list)
    waiting: float | None = None
    restored: bool = False


class Naive:
    """A slow rule engine."""

    def __init__(self, topics: Iterable[Topic], most_per_s: int) -> None:
        self.topics = {topic.name: topic for topic in topics}
        self.most_per_s = most_per_s
        self.rules: dict[int, tuple[Rule, bool]] = {}
        self.states: dict[Key, State] = {}
        self.activity: dict[int, Activity] = {}
        self.seen: dict[Condition, tuple[bool | None, float | None]] = {}
        self.pulsed: dict[Condition, float] = {}

    # --- conditions -------------------------------------------------------------------------

    def about(self, condition: Condition, event: Event) -> bool:
        topic = self.topics.get(event.topic)
        if topic is None or not TopicFilter.parse(condition.topic).matches(event.topic):
            return False
        needs = ContentFilter.parse(condition.content).needs
        names = {item.name for item in topic.source} - {item.name for item in topic.data}
        return all(event.source[name] == needs[name] for name in names if name in needs)

    def satisfies(self, condition: Condition, event: Event) -> bool:
        return self.about(condition, event) and ContentFilter.parse(condition.content).matches(
            event.source, event.data
        )

    def status(self, condition: Condition) -> bool | None:
        relevant = [s.event for s in self.states.values() if self.about(condition, s.event)]
        if not relevant:
            return None
        some = any(self.satisfies(condition, event) for event in relevant)
        return not some if condition.invert else some

    def first_since(self, condition: Condition) -> float:
        relevant = [s for s in self.states.values() if self.about(condition, s.event)]
        satisfying = [s.since for s in relevant if self.satisfies(condition, s.event)]
        return min(satisfying) if satisfying else max(s.since for s in relevant)

    def all_conditions(self) -> set[Condition]:
        found: set[Condition] = set()
        for rule, _unlimited in self.rules.values():
            found |= {*rule.conditions, *([rule.trigger] if rule.trigger else [])}
        return found

    def look(self, at: float) -> None:
        """Note since when each condition is as it is."""
        wanted = self.all_conditions()
        self.pulsed = {c: at for c, at in self.pulsed.items() if c in wanted}
        seen = self.seen
        self.seen = {}
        for condition in wanted:
            now = self.status(condition)
            before, since = seen.get(condition, (None, None))
            if now is None:
                since = None
            elif before is None:
                since = self.first_since(condition)
            elif before is not now:
                since = at
            self.seen[condition] = (now, since)

    # --- what happens -----------------------------------------------------------------------

    def handle(self, event: Event, time: float, now: Moment) -> list[Said]:
        triggered = set()
        stateful = self.topics[event.topic].stateful
        before = self.states.get(event.key)
        for id_, (rule, _unlimited) in self.rules.items():
            trigger = rule.trigger
            if trigger is None or not self.about(trigger, event):
                continue
            is_so = self.satisfies(trigger, event)
            was_so = before is not None and self.satisfies(trigger, before.event)
            if not stateful and is_so is not trigger.invert:
                triggered.add(id_)
                self.pulsed[trigger] = time
            if stateful and is_so is not was_so and was_so is trigger.invert:
                triggered.add(id_)
        if stateful:
            self.states[event.key] = State(event, time)
        self.look(time)
        return self.judge(triggered, time, now, by_event=True)

    def sync(self, states: list[State], now: Moment) -> list[Said]:
        given = {state.event.key: state for state in states}
        changed = []
        for key in [*self.states]:
            if key not in given:
                del self.states[key]
        for key, state in given.items():
            if key not in self.states:
                self.states[key] = state
            elif self.states[key].event.data != state.event.data:
                changed.append(state)
        self.look(now.wall)
        result = self.judge(set(), 0, now)
        for state in sorted(changed, key=lambda state: state.since):
            result += self.handle(state.event, state.since, now)
        return result

    def wake(self, now: Moment) -> list[Said]:
        return self.judge(set(), 0, now)

    def replace(self, rules: Mapping[int, tuple[Rule, bool]], now: Moment) -> list[Said]:
        result = []
        for id_ in sorted(self.rules):
            if rules.get(id_) != self.rules[id_]:
                activity = self.activity[id_]
                if activity.since is not None:
                    result.append(self.say(id_, "ended", None, False, 0))
                self.activity[id_] = Activity(activations=activity.activations)
        self.rules = dict(rules)
        self.activity = {id_: self.activity.get(id_) or Activity() for id_ in rules}
        self.look(now.wall)
        return result + self.judge(set(), 0, now)

    def declare(self, topics: Iterable[Topic], now: Moment) -> list[Said]:
        self.topics = {topic.name: topic for topic in topics}
        self.states = {k: s for k, s in self.states.items() if k[0] in self.topics}
        self.look(now.wall)
        return self.judge(set(), 0, now)

    def restart(self) -> None:
        self.states = {}
        self.seen = {}
        self.pulsed = {}
        for id_, activity in self.activity.items():
            activity.restored = activity.since is not None
            activity.waiting = None
            assert activity.since is None or self.rules[id_][0].enabled

    def settled(self, now: Moment) -> list[Said]:
        for activity in self.activity.values():
            activity.restored = False
        return self.judge(set(), 0, now)

    # --- what becomes of the rules ----------------------------------------------------------

    def judge(
        self, triggered: set[int], time: float, now: Moment, *, by_event: bool = False
    ) -> list[Said]:
        result: list[Said] = []
        for id_ in sorted(self.rules):
            outcome, until = self.outcome(id_, id_ in triggered, now)
            if outcome:
                wall = None if until is None else round(now.wall + until - now.monotonic, 3)
                result.append(self.say(id_, outcome, wall, id_ in triggered, time, by_event))
            if outcome == "activated" and not self.rules[id_][0].conditions:
                self.activity[id_].since = None
                if self.rules[id_][1]:
                    result.append(self.say(id_, "ended", None, id_ in triggered, time, by_event))
        return result

    def outcome(self, id_: int, is_triggered: bool, now: Moment) -> tuple[str, float | None]:
        rule, unlimited = self.rules[id_]
        activity = self.activity[id_]
        if not rule.enabled:
            return "", None
        statuses = [self.status(condition) for condition in rule.conditions]
        holds = all(status is True for status in statuses)
        if holds:
            activity.restored = False
        known = not activity.restored or False in statuses
        if activity.since is not None and not holds and known:
            activity.since = None
            activity.restored = False
            return "ended", None
        ends = [last + rule.wait_s for last in activity.activations[-1:]]
        if len(activity.activations) >= self.most_per_s:
            ends.append(activity.activations[-self.most_per_s] + 1.0)
        barred = max(ends, default=now.monotonic)
        if rule.trigger is None:
            if activity.since is not None:
                return "", None
            if not holds or not rule.conditions:
                gave_up = activity.waiting is not None
                activity.waiting = None
                return ("not met", None) if gave_up else ("", None)
            if barred > now.monotonic:
                if activity.waiting is not None:
                    return "", None
                activity.waiting = barred
                return "waiting", barred
        else:
            if not is_triggered:
                return "", None
            if not holds:
                return "not met", None
            if activity.since is not None and unlimited:
                return "", None
            if barred > now.monotonic:
                return "waiting", barred
        activity.waiting = None
        activity.activations.append(now.monotonic)
        if activity.since is None:
            activity.since = now.wall
        return "activated", None

    def say(
        self,
        id_: int,
        outcome: str,
        until: float | None,
        is_triggered: bool,
        time: float,
        by_event: bool = False,
    ) -> Said:
        rule, _unlimited = self.rules[id_]
        reasons: list[tuple[bool, bool, float | None]] = []
        if rule.trigger is not None:
            met, since = self.seen[rule.trigger]
            since = self.pulsed.get(rule.trigger) if met is None else since
            reasons.append((True, True, time) if is_triggered else (bool(met), True, since))
        for condition in rule.conditions:
            met, since = self.seen[condition]
            reasons.append((bool(met), False, self.pulsed.get(condition) if met is None else since))
        return id_, outcome, until, by_event, tuple(reasons)
