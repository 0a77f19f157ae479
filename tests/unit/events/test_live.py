"""Rules at work: everything is told and done in its order, whatever comes of it meanwhile."""

import asyncio
from collections.abc import Callable
from typing import cast

from common.clock import ManualClock
from common.rules import Action, Condition, Evaluation, Rule
from common.topics import Event
from daemons.events.actions.kind import Job
from daemons.events.actions.runner import Runner
from daemons.events.declarations import Declarations
from daemons.events.live import MOST_WAITING, LiveRules
from daemons.events.states import Happened, States
from tests.unit.events.configured import PORT, PRESSED, opened

PLAY = Action("play", parameters={"location": "a.mp3"})
PRESS = Happened(Event(PRESSED.name, {}, {}), 1.0)
CLOSED = Happened(Event(PORT.name, {"port": "1"}, {"state": "1"}), 1.0)


class Actions:
    """Stands for the runner; what a beginning brings about at once is `then`."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.failures: list[int] = []
        self.then: Callable[[], None] = lambda: None
        self.changed: Callable[[], None] = lambda: None

    def begin(self, job: Job) -> None:
        """Note it."""
        self.begun.append(job.rule_name)
        self.then()

    def end(self, rule: int) -> None:
        """Have nothing to end."""

    def failed(self, rule: int, why: str) -> None:
        """Note it."""
        self.failures.append(rule)


async def at_work(*rules: Rule) -> tuple[LiveRules, Actions, list[Evaluation]]:
    """Return stored rules at work, with what is begun and what is written down."""
    store = await opened()
    for rule in rules:
        await store.put_rule_with_action(rule, PLAY)
    declarations = Declarations({"ioports": (PORT, PRESSED)})
    clock = ManualClock()
    told: list[Evaluation] = []
    actions = Actions()
    live = LiveRules(
        *(clock, store, States(declarations, clock), cast(Runner, actions)),
        *(told.append, lambda _activity: None, declarations),
    )
    live.begin(None)
    return live, actions, told


async def everything_judged() -> None:
    """Let the few events that wait have their turns."""
    for _ in range(20):
        await asyncio.sleep(0)


def pressed(name: str) -> Rule:
    """Return a rule that a press starts."""
    return Rule(name, 0, trigger=Condition(PRESSED.name))


async def test_what_comes_of_an_event_comes_after_all_that_the_event_did() -> None:
    """An action that fails at once is an event as well."""
    live, actions, told = await at_work(
        pressed("first"), Rule("then", 0, trigger=Condition(PORT.name)), pressed("last")
    )

    def once() -> None:
        actions.then = lambda: None
        live.happened(CLOSED)

    actions.then = once
    live.happened(PRESS)
    await everything_judged()
    assert actions.begun == ["first", "last", "then"]
    assert [each.name for each in told] == actions.begun


async def test_a_rule_that_was_removed_meanwhile_harms_no_other() -> None:
    """As during a reset, until the rules are taken anew."""
    live, actions, _told = await at_work(pressed("gone"), pressed("there"))
    gone = next(rule.id for rule in live.store.rules() if rule.name == "gone")
    await live.store.remove_rule(gone)
    live.happened(PRESS)
    await everything_judged()
    assert actions.begun == ["there"]
    assert actions.failures == [gone]


async def test_a_storm_is_cut_short_and_what_holds_after_it_counts() -> None:
    """What waits has an end; the rules go on with the states as they are then."""
    live, actions, _told = await at_work(Rule("closed", 0, conditions=(Condition(PORT.name),)))
    happened = live.states.take("ioports", CLOSED.event)
    assert happened is not None
    for _ in range(MOST_WAITING):
        live.happened(PRESS)
    live.happened(happened)
    assert actions.begun == []
    await everything_judged()
    assert actions.begun == ["closed"]
