"""The rules at work: events in, actions begun and ended, and everything that was decided written down."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from common.clock import Clock
from common.errors import InvalidValue, NotFound
from common.rules import Evaluation, Rule
from common.topics import Topic
from daemons.events.actions.kind import Job
from daemons.events.actions.runner import Runner
from daemons.events.adapters.kept_activity import Activity
from daemons.events.configuration.store import Store
from daemons.events.rules.engine import Engine
from daemons.events.rules.run import Moment
from daemons.events.states import Happened, State, States
from daemons.events.turns import Turns

log = logging.getLogger(__name__)


@dataclass
class LiveRules:
    """Every stored rule, running."""

    clock: Clock
    store: Store
    states: States
    runner: Runner
    note: Callable[[Evaluation], None]
    """Writes an evaluation into the record."""
    keep: Callable[[Activity], object]
    """Has the present activity outlast a restart of the daemon."""
    topics: Iterable[Topic]
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Engine(self.topics, {})
        self._decided: deque[Evaluation] = deque()
        self._acting = False
        self._turns: Turns[Happened | Callable[[], None]] = Turns(self._take)
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self.runner.changed = self._keep_now

    @property
    def now(self) -> Moment:
        """This moment."""
        return Moment(self.clock.monotonic(), self.clock.time())

    def begin(self, before: Activity | None) -> None:
        """Take the stored rules, and up what an earlier process of this daemon was about."""
        # An engine that knows no state yet: what is taken up again must not look new.
        self._turns.clear()
        self.engine = Engine(self.topics, {})
        self.reload()
        if before is not None:
            self.engine.restore(before.memory, self.now)
            self.runner.resume(before.held)
            active = self.engine.active()
            for rule in before.held:
                if rule not in active:
                    self.runner.end(rule)
        self._sync(self.states.current())

    def reload(self) -> None:
        """Take the rules as they are stored now."""
        self._act(self.engine.replace(self.rules(), self.now))

    def rules(self) -> dict[int, tuple[Rule, bool]]:
        """Return the stored rules, each with whether its action is unlimited."""
        return {rule.id: (rule, self.store.unlimited(rule.action)) for rule in self.store.rules()}

    def topics_changed(self) -> None:
        """Take the topics that are declared now."""
        self._act(self.engine.declare(self.topics, self.now))

    def happened(self, happened: Happened) -> None:
        """Take an event that came by itself: in its turn, for a storm of them is more than can be judged at once."""
        if len(self._turns) >= MOST_WAITING:
            self._skip()
        else:
            self._turns.add(happened)

    def synced(self) -> None:
        """Take all states anew: a daemon has told its own all at once."""
        self._turns.add(partial(self._sync, self.states.current()))

    def settled(self) -> None:
        """Note that every daemon has spoken, or will not."""
        self._turns.add(lambda: self._act(self.engine.settled(self.now)))

    async def run(self) -> None:
        """Wake rules that wait, and keep the activity, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_activity(), name="activity of rules")
            while True:
                due = self.engine.next_wake()
                wait_s = None if due is None else max(0.0, due - self.clock.monotonic())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._wake.wait()
                self._wake.clear()
                self._act(self.engine.wake(self.now))

    def _take(self, what: Happened | Callable[[], None]) -> None:
        try:
            if isinstance(what, Happened):
                self._act(self.engine.handle(what, self.now))
            else:
                what()
        except InvalidValue as error:  # who declared its topic has gone meanwhile
            log.warning("an event came too late: %s, ignoring", error)

    def _sync(self, states: list[State]) -> None:
        self._act(self.engine.sync(states, self.now))

    def _skip(self) -> None:
        """Go on with the present states, as after a time in which nobody listened."""
        log.warning("more happens than can be judged: %d events are passed over", MOST_WAITING)
        others = [each for each in self._turns if not isinstance(each, Happened)]
        self._turns.clear()
        for each in others:
            self._turns.add(each)
        self.synced()

    def _act(self, evaluations: Iterable[Evaluation]) -> None:
        """Do what was decided. What comes of that at once, such as a failure, has its turn afterwards."""
        self._decided += evaluations
        if self._acting:
            return
        self._acting = True
        try:
            while self._decided:
                self._carry_out(self._decided.popleft())
        finally:
            self._acting = False

    def _carry_out(self, evaluation: Evaluation) -> None:
        self.note(evaluation)
        if evaluation.outcome == "activated":
            try:
                job = self._job(evaluation)
            except NotFound as error:  # it has just gone; the rules are taken anew in a moment
                self.runner.failed(evaluation.rule, error.message)
            else:
                self.runner.begin(job)
        elif evaluation.outcome == "ended":
            self.runner.end(evaluation.rule)
        self._wake.set()
        self._changed.set()

    def _job(self, evaluation: Evaluation) -> Job:
        rule: Rule = self.store.rule(evaluation.rule)
        return Job(
            rule.id, rule.name, self.store.action(rule.action), evaluation.event, evaluation.time
        )

    def _keep_now(self) -> None:
        self.keep(Activity(self.engine.snapshot(self.now), self.runner.held))

    async def _keep_activity(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._keep_now()
            await asyncio.sleep(KEEP_INTERVAL_S)


MOST_WAITING = 5000
"""Events that wait to be judged; what happened after that is taken up by what is so then."""
KEEP_INTERVAL_S = 0.1
"""How often the activity is written at most: a storm of events does not become a storm of files.

What lasts is written at once (`Runner.changed`); a crash can forget when rules last activated, for so long.
"""
