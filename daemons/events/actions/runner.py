"""Carries out what rules decide: in order for each rule, and no rule waits for another's action."""

import asyncio
import logging
from asyncio import TaskGroup
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import msgspec

from common.bus.suite import Member
from common.errors import ApplianceError, NotSupported, StorageFull, Unavailable
from daemons.events.actions.kind import ActionKind, Job

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""How long an action waits for a daemon that is away: later than that nobody expects it any more."""
RETRY_INTERVAL_S = 0.1
NOT_BEGUN = ""
"""The handle of an unlimited action whose daemon was away."""
MOST_WAITING = 16
"""Steps that one rule may have before it; an action that hangs does not fill the memory."""

_Answer = TypeVar("_Answer")
Step = Callable[[], Awaitable[None]]


class Held(msgspec.Struct, frozen=True):
    """An action that lasts while its rule is active."""

    job: Job
    handle: str


@dataclass
class Runner:
    """The actions under way."""

    kinds: Mapping[str, ActionKind]
    tasks: TaskGroup
    failed: Callable[[int, str], None]
    """Told of every action that could not be carried out: its rule, and why."""
    changed: Callable[[], None] = lambda: None
    """Called when what is held changes."""

    def __post_init__(self) -> None:
        self._waiting: dict[int, deque[Step]] = {}
        self._held: dict[int, Held] = {}

    @property
    def held(self) -> dict[int, Held]:
        """What lasts now, by rule: kept over a restart."""
        return dict(self._held)

    def begin(self, job: Job) -> None:
        """Carry out an action."""
        kind = self.kinds.get(job.action.template)
        if kind is None:
            self.failed(job.rule, f"there is no action '{job.action.template[:200]}'")
        elif len(self._waiting.get(job.rule, ())) >= MOST_WAITING:
            self.failed(job.rule, "its earlier actions are not over yet")
        else:
            self._then(job.rule, partial(self._begin, kind, job))

    def end(self, rule: int) -> None:
        """End what lasts of a rule, if anything does."""
        if rule in self._held or rule in self._waiting:
            self._then(rule, partial(self._end, rule))

    def resume(self, held: Mapping[int, Held]) -> None:
        """Take up what an earlier process of this daemon held."""
        for rule, before in held.items():
            self._held[rule] = before
            self._then(rule, partial(self._again, rule))

    def appeared(self, peer: Member) -> None:
        """Note that a daemon is back: it has forgotten what it was asked for."""
        for rule, held in list(self._held.items()):
            kind = self.kinds.get(held.job.action.template)
            if kind is not None and kind.peer is peer:
                self._then(rule, partial(self._again, rule))

    def _then(self, rule: int, step: Step) -> None:
        waiting = self._waiting.setdefault(rule, deque())
        waiting.append(step)
        if len(waiting) == 1:
            self.tasks.create_task(self._work(rule, waiting), name=f"actions of rule {rule}")

    async def _work(self, rule: int, waiting: deque[Step]) -> None:
        while waiting:
            try:
                await waiting[0]()
            except ApplianceError as error:
                self.failed(rule, error.message)
            waiting.popleft()
        del self._waiting[rule]

    async def _begin(self, kind: ActionKind, job: Job) -> None:
        if kind.template.unavailable:
            raise NotSupported(kind.template.unavailable)
        if not kind.template.unlimited:
            await _patiently(partial(kind.begin, job))
            return
        # Held before it is begun: whoever kills this daemon in between must not leave a clip that nobody ends.
        self._hold(Held(job, NOT_BEGUN))
        try:
            handle = await _patiently(partial(kind.begin, job))
        except Unavailable:
            raise  # it is begun when its peer is back
        except ApplianceError:
            self._drop(job.rule)
            raise
        self._hold(Held(job, handle))

    async def _end(self, rule: int) -> None:
        held = self._held.get(rule)
        if held is None:
            return
        kind = self.kinds.get(held.job.action.template)
        try:
            if kind is not None and held.handle != NOT_BEGUN:
                await kind.end(held.job, held.handle)
        finally:
            self._drop(rule)  # a daemon that is away has ended it with itself

    async def _again(self, rule: int) -> None:
        held = self._held.get(rule)
        kind = self.kinds.get(held.job.action.template) if held is not None else None
        if held is None or kind is None:
            return
        begun = held.handle != NOT_BEGUN
        if begun and kind.still is not None and await _patiently(partial(kind.still, held.handle)):
            return
        await self._begin(kind, held.job)

    def _hold(self, held: Held) -> None:
        self._held[held.job.rule] = held
        self.changed()

    def _drop(self, rule: int) -> None:
        del self._held[rule]
        self.changed()


async def _patiently(ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Ask a daemon; one that is being started again is waited for, but not one that hangs."""
    clock = asyncio.get_running_loop()
    end = clock.time() + PATIENCE_S
    while True:
        try:
            return await ask()
        except Unavailable as error:
            if isinstance(error, StorageFull) or clock.time() >= end:
                raise
            log.debug("waiting: %s", error.message)
            await asyncio.sleep(RETRY_INTERVAL_S)
