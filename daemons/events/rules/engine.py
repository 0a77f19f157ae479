"""The rule engine: events in, what they did to the rules out, and why. It has no I/O and no clock of its own.

Live running, dry run and replay are this same code. What a rule means:

*Conditions.* A condition is about the present states of stateful topics, and of those that have the source values
which its filter needs, if it needs any. It is met while at least one of them satisfies the filter; inverted, while
none does and at least one is known. While none is known, it is not met either way: a daemon that has not spoken yet
is no proof that nothing plays. A filter that needs no source value is about every state of its topics ("no port is
active"), a topic without source items has one state, and both follow the same sentence.

*Without a trigger*, a rule activates at the moment at which all its conditions have become met (at start, too), and
is active while all are. Without conditions it never activates.

*A trigger* is a message of a stateless topic that matches, or that a state comes to satisfy the condition: each state
by itself, whatever the others are. Inverted, it is a message about the same source that does not match, or that a
state satisfies the condition no longer. A state that is known for the first time triggers when it came by itself, not
when it was among those that a daemon told all at once; a state that vanishes triggers nothing. All conditions must
hold after the event. Then the rule is active while they hold, no matter the trigger; without conditions for that
moment only. A trigger of an active rule activates it anew, but is ignored when its action is unlimited.

*The time between activations* counts from the last one on a monotonic clock, also after the rule was changed. A
trigger within it is refused, and that is said. A rule without a trigger activates when the time is over, if its
conditions hold then. No rule activates more than `MOST_PER_S` times within a second, so that one that triggers itself
does not take the unit with it; whatever is more is treated like that time.

*Order.* An event is evaluated fully before the next, rule by rule in order of id. Disabled rules never activate. A
rule that is changed, disabled or removed while it is active ends; one that stays as it was goes on.

*What is told.* An evaluation for each rule that activated, ended, has to wait, was triggered in vain or waited in vain.

*A restart.* `snapshot` and `restore` carry activity over a restart of the daemon, so that nothing fires again. A
restored rule stays active until a condition is known not to hold, or until `settled` says that everybody has spoken.
"""

from collections.abc import Iterable, Mapping

from common.errors import InvalidValue, NotFound
from common.rules import Condition, Evaluation, Rule
from common.topics import Event, Topic
from daemons.events.rules import memory
from daemons.events.rules.index import Index
from daemons.events.rules.reasons import reasons, told
from daemons.events.rules.run import ENDED, Moment, Run, Verdict
from daemons.events.rules.watch import Watch
from daemons.events.rules.weight import OF_A_REASON
from daemons.events.states import Happened, Key, State

MOST_PER_S = 100
"""Activations of one rule within a second."""

Rules = Mapping[int, tuple[Rule, bool]]
"""Id -> rule, and whether its action is unlimited: lasts while the rule is active."""


class Engine:
    """Rules at work. Every method is told what time it is."""

    def __init__(
        self, topics: Iterable[Topic], rules: Rules, *, most_per_s: int = MOST_PER_S
    ) -> None:
        """Take the declared topics and the rules; no state is known yet, so nothing is active.

        Raises `InvalidValue` when an expression of a rule cannot be read.
        """
        self.work = 0
        """The weight of all that was compared with events and told of them."""
        self._most_per_s = most_per_s
        self._topics = {topic.name: topic for topic in topics}
        self._known: dict[str, dict[Key, State]] = {}
        self._watches: dict[Condition, Watch] = {}
        self._runs: dict[int, Run] = {}
        self._waiting: dict[int, float] = {}
        self._index = Index(self._topics, ())
        self.replace(rules, Moment(0.0, 0.0))

    def handle(self, happened: Happened, now: Moment) -> list[Evaluation]:
        """Take an event; return what it did. `InvalidValue` when nobody declares its topic."""
        event = happened.event
        index = self._index.of(event.topic)
        if index is None:
            raise InvalidValue(f"nobody declares the topic '{event.topic[:200]}'")
        items = {**event.source, **event.data}
        changed: list[Watch] = []
        edges: list[Watch] = []
        if index.topic.stateful:
            key = event.key
            self._known.setdefault(event.topic, {})[key] = State(event, happened.time)
            for watch in index.about(items):
                self.work += watch.weight
                if watch.note(key, satisfies=watch.content.matches({}, items)):
                    edges.append(watch)
                if watch.settle(happened.time):
                    changed.append(watch)
        else:
            for watch in index.about(items):
                self.work += watch.weight
                if watch.content.matches({}, items) is not watch.condition.invert:
                    watch.pulsed = happened.time
                    edges.append(watch)
        return self._judge(changed, edges, happened, now)

    def sync(self, states: Iterable[State], now: Moment) -> list[Evaluation]:
        """Take all present states at once, at start and whenever a daemon has told all of its own.

        New and vanished states count together and trigger nothing. A state that is another than before changed
        while nobody listened, and is then handled as any event, the oldest first.
        `InvalidValue` when one is of no stateful topic; then nothing has changed.
        """
        fresh: dict[str, dict[Key, State]] = {}
        for state in states:
            topic = self._topics.get(state.event.topic)
            if topic is None or not topic.stateful:
                raise InvalidValue(f"'{state.event.topic[:200]}' is no stateful topic")
            fresh.setdefault(topic.name, {})[state.event.key] = state
        touched: dict[Watch, None] = {}
        later: list[State] = []
        for name, before in self._known.items():
            for key in before.keys() - fresh.get(name, {}).keys():
                for watch in self._about(before.pop(key).event):
                    watch.forget(key)
                    touched[watch] = None
        for name, present in fresh.items():
            before = self._known.setdefault(name, {})
            for key, state in present.items():
                if key not in before:
                    before[key] = state
                    for watch in self._about(state.event):
                        watch.note(key, satisfies=_satisfies(watch, state.event))
                        touched[watch] = None
                elif before[key].event.data != state.event.data:
                    later.append(state)
        evaluations = self._judge(self._settled(touched, now), (), None, now)
        for state in sorted(later, key=lambda state: state.since):
            evaluations += self.handle(Happened(state.event, state.since), now)
        return evaluations

    def wake(self, now: Moment) -> list[Evaluation]:
        """Let time alone do its work; return what it did."""
        due = [id_ for id_, until in self._waiting.items() if until <= now.monotonic]
        return self._judge_runs([self._runs[id_] for id_ in sorted(due)], frozenset(), None, now)

    def next_wake(self) -> float | None:
        """Return when `wake` is due, by the monotonic clock; None when nothing waits."""
        return min(self._waiting.values(), default=None)

    def replace(self, rules: Rules, now: Moment) -> list[Evaluation]:
        """Take another set of rules; return what ended, and then what activated.

        Raises `InvalidValue` when an expression cannot be read; then nothing has changed.
        """
        before = self._runs
        watches: dict[Condition, Watch] = {}
        runs = {
            id_: self._unchanged(id_, *rules[id_], watches) or self._made(id_, *rules[id_], watches)
            for id_ in sorted(rules)
        }
        evaluations = [
            self._evaluation(run, ENDED, None, None, now)
            for id_, run in sorted(before.items())
            if run.since is not None and runs.get(id_) is not run
        ]
        new = watches.keys() - self._watches.keys()
        self._runs, self._watches = runs, watches
        self._waiting = {id_: run.waiting for id_, run in runs.items() if run.waiting is not None}
        self._connect()
        self._learn([watches[condition] for condition in watches if condition in new], now)
        added = [run for id_, run in runs.items() if before.get(id_) is not run]
        return evaluations + self._judge_runs(added, frozenset(), None, now)

    def declare(self, topics: Iterable[Topic], now: Moment) -> list[Evaluation]:
        """Take the topics that are declared now; the states of those that went are gone with them."""
        self._topics = {topic.name: topic for topic in topics}
        self._known = {
            name: states
            for name, states in self._known.items()
            if name in self._topics and self._topics[name].stateful
        }
        self._connect()
        changed = self._learn(self._watches.values(), now)
        return self._judge(changed, (), None, now)

    def active(self) -> dict[int, float]:
        """Return the active rules in order of id, with the time since when, in seconds since 1970."""
        return {id_: run.since for id_, run in self._runs.items() if run.since is not None}

    def explain(self, rule: int, now: Moment) -> Evaluation:
        """Return how a rule stands now; `NotFound` when there is none of that id.

        `activated` while it is active. A trigger's reason is met while its state satisfies it; that of a stateless
        topic never is, and says when it last came. `until` stands wherever it could not activate yet.
        """
        run = self._runs.get(rule)
        if run is None:
            raise NotFound(f"there is no rule {rule}")
        until = run.barred(now)
        if not run.rule.enabled:
            verdict = Verdict("disabled")
        elif run.since is not None:
            verdict = Verdict("activated")
        else:
            verdict = Verdict("not met" if run.waiting is None else "waiting", until)
        return self._evaluation(run, verdict, None, None, now)

    def snapshot(self, now: Moment) -> memory.Memory:
        """Return what a restarted daemon has to know, for the runtime folder: it is of this boot only."""
        return memory.of(self._runs.values(), now)

    def restore(self, remembered: memory.Memory, now: Moment) -> None:
        """Take up the activity of before a restart, ahead of the first `sync`.

        A rule that is another than it was is not taken up, and nothing is of another boot, whose clock was another.
        """
        memory.restore(remembered, self._runs, now)

    def settled(self, now: Moment) -> list[Evaluation]:
        """Note that every daemon has told its states, or will not: what is unknown is not met from now on."""
        held = [run for run in self._runs.values() if run.restored]
        for run in held:
            run.restored = False
        return self._judge_runs(held, frozenset(), None, now)

    # --- how it does that ---------------------------------------------------------------------

    def _about(self, event: Event) -> Iterable[Watch]:
        index = self._index.of(event.topic)
        return () if index is None else index.about({**event.source, **event.data})

    def _unchanged(
        self, id_: int, rule: Rule, unlimited: bool, watches: dict[Condition, Watch]
    ) -> Run | None:
        run = self._runs.get(id_)
        if run is None or run.rule != rule or run.unlimited is not unlimited:
            return None
        for watch in (run.trigger, *run.conditions):
            if watch is not None:
                watches[watch.condition] = watch
        return run

    def _made(self, id_: int, rule: Rule, unlimited: bool, watches: dict[Condition, Watch]) -> Run:
        def watch(condition: Condition) -> Watch:
            found = watches.get(condition) or self._watches.get(condition) or Watch(condition)
            return watches.setdefault(condition, found)

        run = Run(
            id_,
            rule,
            None if rule.trigger is None else watch(rule.trigger),
            [watch(condition) for condition in rule.conditions],
            unlimited=unlimited,
            most_per_s=self._most_per_s,
        )
        before = self._runs.get(id_)
        if before is not None:
            run.last = before.last
            run.recent.extend(before.recent)
        return run

    def _connect(self) -> None:
        """Tell the watches whose they are, and index them anew."""
        for watch in self._watches.values():
            watch.of.clear()
            watch.starts.clear()
        for run in self._runs.values():
            for watch in dict.fromkeys(run.conditions):
                watch.of.append(run)
            if run.trigger is not None:
                run.trigger.starts.append(run)
        self._index = Index(self._topics, self._watches.values())

    def _learn(self, watches: Iterable[Watch], now: Moment) -> list[Watch]:
        """Teach watches all that is known; return those that are others than before."""
        learning = dict.fromkeys(watches)
        for watch in learning:
            watch.known.clear()
            watch.satisfied.clear()
        for states in self._known.values() if learning else ():
            for key, state in states.items():
                for watch in self._about(state.event):
                    if watch in learning:
                        watch.note(key, satisfies=_satisfies(watch, state.event))
        return self._settled(learning, now)

    def _settled(self, watches: Iterable[Watch], now: Moment) -> list[Watch]:
        return [watch for watch in watches if watch.settle(self._since(watch, now))]

    def _since(self, watch: Watch, now: Moment) -> float:
        """Return since when a watch is as it is, as far as its states tell.

        What was known before has become so now. What was not: something satisfies it since the first of those that
        do, and nothing does since the last change of all.
        """
        if watch.met is not None or not watch.known:
            return now.wall
        deciding = watch.satisfied or watch.known
        since = (self._known[key[0]][key].since for key in deciding)
        return min(since) if watch.satisfied else max(since)

    def _judge(
        self,
        changed: Iterable[Watch],
        edges: Iterable[Watch],
        happened: Happened | None,
        now: Moment,
    ) -> list[Evaluation]:
        triggered = frozenset(run for watch in edges for run in watch.starts)
        runs = triggered.union(run for watch in changed for run in watch.of)
        in_order = sorted(runs, key=lambda run: run.id)
        return self._judge_runs(in_order, triggered, happened, now)

    def _judge_runs(
        self,
        runs: Iterable[Run],
        triggered: frozenset[Run],
        happened: Happened | None,
        now: Moment,
    ) -> list[Evaluation]:
        evaluations = []
        for run in runs:
            by = happened if run in triggered else None
            for verdict in run.judge(now, triggered=by is not None):
                evaluations.append(self._evaluation(run, verdict, happened, by, now))
            if run.waiting is not None:
                self._waiting[run.id] = run.waiting
            else:
                self._waiting.pop(run.id, None)
        return evaluations

    def _evaluation(
        self,
        run: Run,
        verdict: Verdict,
        happened: Happened | None,
        trigger: Happened | None,
        now: Moment,
    ) -> Evaluation:
        until = verdict.until
        self.work += OF_A_REASON * (1 + len(run.conditions))
        return Evaluation(
            time=now.wall,
            rule=run.id,
            name=run.rule.name,
            outcome=verdict.outcome,
            event=None if happened is None else told(happened.event),
            reasons=reasons(run, self._known, trigger),
            until=None if until is None else now.wall + (until - now.monotonic),
        )


def _satisfies(watch: Watch, event: Event) -> bool:
    return watch.content.matches(event.source, event.data)
