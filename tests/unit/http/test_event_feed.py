"""The feed of events: nobody misses anything, and nobody hears the same twice, as far as can be known."""

import asyncio
import json
from typing import Any

import pytest

from common.content_filters import ContentFilter
from common.errors import Unavailable
from common.topic_filters import TopicFilter
from daemons.http import event_feed
from daemons.http.event_feed import EventFeed, EventFilter, Happening, Listener

ALL = (EventFilter(TopicFilter.parse("//."), None),)


class Daemon:
    """An events daemon whose answers a test decides on."""

    def __init__(self) -> None:
        self.states: list[dict[str, Any]] | Unavailable = []
        self.asked = 0
        self.hold: asyncio.Event | None = None

    async def current(self, prefix: str) -> str:
        """Return the states of the moment in which it was asked."""
        assert prefix == ""
        self.asked += 1
        states = self.states
        if self.hold is not None:
            await self.hold.wait()
        if isinstance(states, Unavailable):
            raise states
        return json.dumps(states)


def state(value: str, since: float, name: str = "1") -> dict[str, Any]:
    """Return how something is."""
    return {"topic": "tnsaxis:A", "source": {"n": name}, "data": {"v": value}, "since": since}


def happened(feed: EventFeed, value: str, at: float, name: str = "1") -> None:
    """Let the same change."""
    feed.happened("tnsaxis:A", {"n": name}, {"v": value}, at)


async def begin(feed: EventFeed, listener: Listener) -> None:
    """Listen to everything."""
    listener.prepare()
    listener.begin("begin", ALL, await feed.states())


async def heard(listener: Listener) -> list[str]:
    """Return what waits, by value."""
    told = []
    while listener._waiting:
        what = await listener.next()
        told.append(what.data["v"] if isinstance(what, Happening) else str(what))
    return told


@pytest.fixture
def daemon() -> Daemon:
    """An events daemon without states."""
    return Daemon()


@pytest.fixture
def feed(daemon: Daemon) -> EventFeed:
    """A feed of it."""
    return EventFeed(daemon.current)


async def test_what_happens_while_the_states_are_asked_for_is_told_once(
    feed: EventFeed, daemon: Daemon
) -> None:
    """Before the answer was made, and after it."""
    daemon.states = [state("1", 10.0)]
    daemon.hold = asyncio.Event()
    with feed.listening("a") as listener:
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(begin(feed, listener), name="begin")
            await asyncio.sleep(0)
            happened(feed, "1", 10.0)
            happened(feed, "2", 11.0)
            feed.happened("tnsaxis:B", {}, {"v": "pulse"}, 10.5)
            daemon.hold.set()
            await asking
        assert await heard(listener) == ["begin", "1", "2", "pulse"]


async def test_a_signal_that_comes_late_is_missed_by_nobody(
    feed: EventFeed, daemon: Daemon
) -> None:
    """The answer to one listener holds what another has not heard yet."""
    daemon.states = [state("1", 10.0)]
    with feed.listening("a") as first, feed.listening("b") as second:
        await begin(feed, first)
        daemon.states = [state("2", 11.0), state("x", 9.0, "new")]
        await begin(feed, second)
        assert await heard(second) == ["begin", "2", "x"]
        assert await heard(first) == ["begin", "1", "2", "x"]
        happened(feed, "2", 11.0)
        assert await heard(first) + await heard(second) == []


async def test_an_answer_that_was_overtaken_is_no_news(feed: EventFeed, daemon: Daemon) -> None:
    """The last thing told is how it is."""
    daemon.states = [state("1", 10.0)]
    with feed.listening("a") as first, feed.listening("b") as second:
        await begin(feed, first)
        await heard(first)
        happened(feed, "2", 11.0)
        await begin(feed, second)  # still says 1
        assert await heard(first) == ["2"]


async def test_states_told_anew_are_no_news(feed: EventFeed, daemon: Daemon) -> None:
    """The events daemon tells all of them after a new start; what has changed meanwhile is."""
    daemon.states = [state("1", 10.0), state("1", 10.0, "other")]
    with feed.listening("a") as listener:
        await begin(feed, listener)
        await heard(listener)
        happened(feed, "1", 50.0)
        happened(feed, "2", 50.0, "other")
        assert await heard(listener) == ["2"]


async def test_pulses_are_told_each_time(feed: EventFeed) -> None:
    """However much they are alike."""
    with feed.listening("a") as listener:
        await begin(feed, listener)
        for _ in range(2):
            feed.happened("tnsaxis:B", {}, {"v": "pulse"}, 10.0)
        assert await heard(listener) == ["begin", "pulse", "pulse"]


async def test_what_changed_unheard_is_told_when_the_daemon_is_back(
    feed: EventFeed, daemon: Daemon
) -> None:
    """However long it takes to answer; nobody is asked for where nobody listens."""
    daemon.states = [state("1", 10.0)]
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(feed.run(), name="events")
        feed.came_or_went(False)
        feed.came_or_went(True)
        await asyncio.sleep(0)
        assert daemon.asked == 0
        with feed.listening("a") as listener:
            await begin(feed, listener)
            await heard(listener)
            daemon.states = Unavailable("it starts")
            feed.came_or_went(True)
            while daemon.asked < 2:
                await asyncio.sleep(0)
            daemon.states = [state("2", 12.0)]
            async with asyncio.timeout(5):
                what = await listener.next()
            assert what == Happening("tnsaxis:A", {"n": "1"}, {"v": "2"}, 12.0)
        running.cancel()


async def test_the_states_at_the_beginning_always_fit(feed: EventFeed, daemon: Daemon) -> None:
    """More than there is room for events that happen, and these on top of them."""
    count = event_feed.MOST_WAITING + 10
    daemon.states = [state("1", 1.0, str(number)) for number in range(count)]
    with feed.listening("a") as listener:
        await begin(feed, listener)
        for _ in range(event_feed.MOST_WAITING):
            feed.happened("tnsaxis:B", {}, {"v": "pulse"}, 2.0)
        assert len(listener._waiting) == count + 1 + event_feed.MOST_WAITING
        feed.happened("tnsaxis:B", {}, {"v": "pulse"}, 2.0)
        assert await listener.next() is None


async def test_who_only_asks_and_never_reads_is_ended(feed: EventFeed, daemon: Daemon) -> None:
    """Answers count as well."""
    daemon.states = [state("1", 1.0, str(number)) for number in range(1000)]
    with feed.listening("a") as listener:
        for _ in range(20):
            await begin(feed, listener)
        assert listener.ended
    with feed.listening("a") as listener:
        listener.prepare()
        for _ in range(event_feed.MOST_WAITING + 1):
            happened(feed, "1", 1.0)
        assert listener.ended


def test_a_filter_can_be_of_content_only() -> None:
    """Whatever the topic."""
    content = ContentFilter.parse('boolean(//SimpleItem[@Name="v" and @Value="1"])')
    only = EventFilter(None, content)
    assert only.matches(Happening("tnsaxis:A", {}, {"v": "1"}, 0.0))
    assert not only.matches(Happening("tnsaxis:A", {}, {"v": "2"}, 0.0))
