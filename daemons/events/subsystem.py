"""Rules with everything that belongs to them, put together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from common.clock import Clock
from common.errors import Unavailable
from common.rules import (
    DeliveryState,
    DryRun,
    Evaluation,
    Recipient,
    Replay,
    Replayed,
    Rule,
    Told,
)
from common.topic_filters import TopicFilter
from common.topics import Event, Topic
from daemons.events.actions.sip import Caller
from daemons.events.configuration.schedules import Schedules
from daemons.events.configuration.store import Store
from daemons.events.delivery.deliveries import Deliveries
from daemons.events.live import LiveRules
from daemons.events.recipients.sip import SIP
from daemons.events.record.record import Record
from daemons.events.rules.dry_run import Simulated, dry_run
from daemons.events.rules.replay import replay
from daemons.events.states import Happened, State, States
from daemons.events.topics import ACTION_FAILED, DELIVERY

log = logging.getLogger(__name__)

WAIT_S = 3.0
"""For the simulation of somebody else."""


class RuleView(msgspec.Struct, frozen=True):
    """A rule as it stands."""

    rule: Rule
    active: bool
    since: float | None
    available: str
    """Why it cannot work on this unit now; empty when it can."""


@dataclass(frozen=True)
class Subsystem:
    """What the bus offers of rules."""

    clock: Clock
    topics: Callable[[], Iterable[Topic]]
    states: States
    store: Store
    schedules: Schedules
    live: LiveRules
    deliveries: Deliveries
    caller: Caller
    record: Record
    tell: Callable[[Event], None]
    """Announces an event of this daemon's own."""
    loaded: asyncio.Event
    """Set once the configuration was read, and the rules are at work."""
    _simulating: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a thread that computes: another beside it would take as much again from the event loop."""

    def described(self) -> list[RuleView]:
        """Return every rule, in order of id."""
        active = self.live.engine.active()
        known = tuple(self.topics())
        return [
            RuleView(rule, rule.id in active, active.get(rule.id), self._missing(rule, known))
            for rule in self.store.rules()
        ]

    def explain(self, rule: int) -> Evaluation:
        """Return how a rule stands now."""
        return self.live.engine.explain(rule, self.live.now)

    async def dry_run(self, question: DryRun) -> Simulated:
        """Return what would happen; on a thread, for it may take a second."""
        topics = tuple(self.topics())
        states = self.states.current()
        timetable = self.schedules.timetable

        def changes(start: float, end: float) -> Iterable[tuple[float, Event]]:
            yield from ((start, event) for event in timetable.states_at(start))
            yield from timetable.between(start, end)

        async with self._alone():
            return await asyncio.to_thread(
                dry_run, question, topics, self.live.rules(), self._unlimited, states, changes
            )

    async def replay(self, question: Replay) -> Replayed:
        """Return what other rules would have made of the record."""
        past = await self.record.between(question.start, question.end)
        states = [State(_event(told), since) for since, told in past.states]
        events = [Happened(_event(told), time) for time, told in past.events]
        topics = tuple(self.topics())
        rules = self.live.rules()

        def run() -> Replayed:
            return replay(
                question,
                topics,
                rules,
                self._unlimited,
                states,
                events,
                reaches_back=past.complete,
            )

        async with self._alone():
            return await asyncio.to_thread(run)

    async def test(self, recipient: Recipient) -> tuple[bool, str]:
        """Try to reach a recipient as it would be stored."""
        whole = await self.store.with_kept_secrets(recipient)
        if whole.template == SIP.template.token:
            return await self.caller.test(whole.parameters)
        return await self.deliveries.test(whole.template, whole.parameters)

    def failed(self, rule: int, why: str) -> None:
        """Say that an action could not be carried out."""
        name = next((each.name for each in self.store.rules() if each.id == rule), "")
        log.warning("rule %d (%s): its action failed: %s", rule, name, why)
        self.tell(
            ACTION_FAILED.event(data={"description": f"{name or f'rule {rule}'}: {why}"[:1024]})
        )

    def delivery_changed(self, state: DeliveryState) -> None:
        """Write down how far a message is, and say what became of it in the end."""
        self.record.delivery(state)
        if state.state not in ("delivered", "failed"):
            return
        delivered = state.state == "delivered"
        told = state.what if delivered else f"{state.what}: {state.reason}"
        self.tell(
            DELIVERY.event(
                {"recipient": state.recipient},
                {"delivered": delivered, "description": told[:1024]},
            )
        )
        if not delivered:
            description = f"{state.recipient}: {state.what}: {state.reason}"[:1024]
            self.tell(ACTION_FAILED.event(data={"description": description}))

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Compute while nobody else does; who would wait longer than anybody wants to is refused."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._simulating.acquire()
        except TimeoutError:
            raise Unavailable("others try rules or run them against the record just now") from None
        try:
            yield
        finally:
            self._simulating.release()

    def _unlimited(self, rule: Rule) -> bool:
        return self.store.unlimited(rule.action)

    def _missing(self, rule: Rule, topics: tuple[Topic, ...]) -> str:
        if reason := self.store.unavailable(rule.action):
            return reason
        for condition in (rule.trigger, *rule.conditions):
            if condition is None:
                continue
            meant = TopicFilter.parse(condition.topic)
            if not any(meant.matches(topic.name) for topic in topics):
                return f"nothing on this unit tells of {condition.topic}"
        return ""


def _event(told: Told) -> Event:
    return Event(told.topic, told.source, told.data)
