"""Who wants to hear of events as they happen, and what has happened meanwhile.

The events daemon tells the edge once, as a signal, and each listener hears what its filters mean. A listener that is
too slow for what happens is ended, rather than told half of it; the others do not notice.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from common.content_filters import ContentFilter
from common.errors import ApplianceError, Unavailable
from common.topic_filters import TopicFilter

log = logging.getLogger(__name__)

MOST_LISTENERS: Final = 32
MOST_OF_ONE: Final = MOST_LISTENERS // 2
"""An account cannot keep all others from listening."""
MOST_WAITING: Final = 4096
"""Events that wait for a slow listener; the states it begins with do not count."""
RETRY_S: Final = 0.2


class Happening(msgspec.Struct, frozen=True):
    """An event, or how something is."""

    topic: str
    source: dict[str, str]
    data: dict[str, str]
    since: float
    """When it happened or became so, in seconds since 1970."""

    @property
    def key(self) -> "_Key":
        """What it is about."""
        return self.topic, tuple(sorted(self.source.items()))


_Key = tuple[str, tuple[tuple[str, str], ...]]
_STATES: Final = msgspec.json.Decoder(list[Happening])


class EventFilter:
    """One filter of a listener: a topic, or several, and what the message must hold."""

    def __init__(self, topics: TopicFilter | None, content: ContentFilter | None) -> None:
        self._topics = topics
        self._content = content
        self._known: dict[str, bool] = {}
        """Topic -> whether it is meant: there are only so many, and they come again and again."""

    def matches(self, happening: Happening) -> bool:
        """Whether it is meant."""
        return self._means(happening.topic) and (
            self._content is None or self._content.matches(happening.source, happening.data)
        )

    def _means(self, topic: str) -> bool:
        if self._topics is None:
            return True
        known = self._known.get(topic)
        if known is None:
            known = self._known[topic] = self._topics.matches(topic)
        return known


class Listener:
    """What somebody hears: texts of their own, and events once for each filter that means them."""

    def __init__(self) -> None:
        self._filters: Sequence[EventFilter] = ()
        self._waiting: deque[Happening | str] = deque()
        self._room = MOST_WAITING
        self._early: list[Happening] | None = None
        self._wake = asyncio.Event()
        self.ended = False

    def prepare(self) -> None:
        """Keep what happens from now on until `begin`, or until `give_up`."""
        self._early = []

    def begin(self, text: str, filters: Sequence[EventFilter], states: Sequence[Happening]) -> None:
        """Say a text, then how things are, then what happens; the filters from before hold no longer."""
        early, self._early = self._early or [], None
        if len(self._waiting) > MOST_WAITING:
            self._fall_behind()
        if self.ended:
            return
        self._filters = filters
        self._waiting.append(text)
        for state in states:
            self._waiting.extend([state] * self._count(state))
        self._room = MOST_WAITING + len(self._waiting)
        self._wake.set()
        known = {state.key: state.since for state in states}
        for happening in early:
            if happening.since > known.get(happening.key, -1.0):
                self.take(happening)

    def give_up(self) -> None:
        """Go on with the filters from before."""
        early, self._early = self._early or [], None
        for happening in early:
            self.take(happening)

    def say(self, text: str) -> None:
        """Say something that is no event."""
        self._add([text])

    def take(self, happening: Happening) -> None:
        """Hear of an event, once for each filter that means it."""
        if self._early is None:
            self._add([happening] * self._count(happening))
        elif self.ended:
            return
        elif len(self._early) < MOST_WAITING:
            self._early.append(happening)
        else:
            self._fall_behind()

    def correct(self, state: Happening) -> None:
        """Hear how something is that this listener was told otherwise, if anything."""
        if self._filters:
            self.take(state)

    def end(self) -> None:
        """Hear nothing more."""
        self.ended = True
        self._waiting.clear()
        self._wake.set()

    async def next(self) -> Happening | str | None:
        """Return what comes next; None when it is the end."""
        while not self._waiting and not self.ended:
            self._wake.clear()
            await self._wake.wait()
        return None if self.ended else self._waiting.popleft()

    def _add(self, what: Sequence[Happening | str]) -> None:
        if self.ended or not what:
            return
        if len(self._waiting) + len(what) > self._room:
            self._fall_behind()
            return
        self._waiting.extend(what)
        self._wake.set()

    def _fall_behind(self) -> None:
        log.warning("somebody who listens to events cannot keep up, and is given up")
        self.end()

    def _count(self, happening: Happening) -> int:
        return sum(1 for one in self._filters if one.matches(happening))


class EventFeed:
    """Passes on what the events daemon tells."""

    def __init__(self, ask: Callable[[str], Awaitable[str]]) -> None:
        """`ask` returns the present states of topics that start with a prefix."""
        self._ask = ask
        self._listeners: dict[Listener, str] = {}
        """Each with its account."""
        self._known: dict[_Key, Happening] = {}
        """The states that listeners were told."""
        self._again = asyncio.Event()

    @contextmanager
    def listening(self, account: str) -> Iterator[Listener]:
        """Tell a listener as long as the block lasts; raises `Unavailable` when there are too many."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise Unavailable(f"{MOST_LISTENERS} listen to events already")
        if list(self._listeners.values()).count(account) >= MOST_OF_ONE:
            raise Unavailable(f"{account} listens to events {MOST_OF_ONE} times already")
        listener = Listener()
        self._listeners[listener] = account
        try:
            yield listener
        finally:
            del self._listeners[listener]
            if not self._listeners:
                self._known.clear()

    async def states(self) -> list[Happening]:
        """Return the present state of everything; listeners who have not heard of one are told."""
        states = _STATES.decode(await self._ask(""))
        for state in states:
            before = self._known.get(state.key)
            # The answer can be overtaken by a signal that is newer.
            if before is None or (before.data != state.data and before.since <= state.since):
                self._known[state.key] = state
                for listener in self._listeners:
                    listener.correct(state)
        return states

    def happened(self, topic: str, source: dict[str, str], data: dict[str, str], at: float) -> None:
        """Take a signal of the events daemon; after a new start it tells every state anew, which is no news."""
        if not self._listeners:
            return
        happening = Happening(topic, source, data, at)
        if happening.key in self._known:
            if self._known[happening.key].data == data:
                return
            self._known[happening.key] = happening
        for listener in self._listeners:
            listener.take(happening)

    def came_or_went(self, there: bool) -> None:
        """Take that the events daemon appeared, or went."""
        if there:
            self._again.set()

    async def run(self) -> None:
        """Tell what has changed unheard, whenever the events daemon was away; until cancelled."""
        while True:
            await self._again.wait()
            self._again.clear()
            if not self._listeners:
                continue
            try:
                await self.states()
            except ApplianceError:  # it is on the bus some time before it answers
                self._again.set()
                await asyncio.sleep(RETRY_S)
