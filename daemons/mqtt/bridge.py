"""Between the events of the unit and the messages of the broker."""

import asyncio
from collections.abc import Iterable, Mapping

from common.mqtt import Counts, Publication, Status, Subscriptions
from common.topics import Event
from daemons.mqtt.client import Client
from daemons.mqtt.inbox import ENOUGH_TO_ASK, Inbox
from daemons.mqtt.losses import Losses
from daemons.mqtt.plan import Plan
from daemons.mqtt.ports import Ears
from daemons.mqtt.publication import Publisher, Told
from daemons.mqtt.subscriptions import Subscriber, changes
from daemons.mqtt.topics import CLIENT_STATUS, STATEFUL


class Bridge:
    """What happens goes out, what is received comes in; both only while the client is active."""

    def __init__(self, client: Client, ears: Ears) -> None:
        self._client = client
        self._ears = ears
        self._stateful: Mapping[str, bool] = {}
        self._publisher = Publisher(lambda topic: self._stateful.get(topic, False))
        self._publication = Publication()
        self._subscriber = Subscriber()
        self._subscribed: dict[str, int] = {}
        self._inbox = Inbox()
        self._ask_whether_heard = asyncio.Event()
        self._ask = asyncio.Event()
        self._happened_meanwhile: set[object] | None = None
        self._ignored = Losses("received messages that no event can hold are dropped")
        self._received = 0
        self._status = _status(active=False, connected=False)

    # -- what is wanted --

    def configure(
        self, publication: Publication, subscriptions: Subscriptions, plan: Plan | None
    ) -> None:
        """Publish and subscribe like this from now on; `plan` is None while nothing says who the unit is."""
        self._publication = publication
        prefix, serial_number = (plan.prefix, plan.serial_number) if plan else ("", "")
        self._publisher.configure(publication, prefix, serial_number)
        if self._subscriber.configure(subscriptions, prefix):
            self._ears.states_changed()

    def apply(self) -> None:
        """Let a connection that stands follow what was configured."""
        if self._client.link is None:
            return
        wanted = self._subscriber.wanted()
        anew, no_more = changes(self._subscribed, wanted)
        if no_more:
            self._client.link.unsubscribe(no_more)
        if anew:
            self._client.link.subscribe(anew)
        self._subscribed = wanted
        self._ask.set()

    def declared(self, stateful: Mapping[str, bool]) -> None:
        """Take the topics there are, each with whether it has a state."""
        self._stateful = stateful
        self._publisher.declared_anew()
        self._ask.set()

    def knows(self, topic: str) -> bool:
        """Whether the topic of an event is known."""
        return topic in self._stateful

    # -- out --

    def happened(self, told: Told) -> None:
        """Publish an event."""
        if not self._client.active:
            return
        if self._happened_meanwhile is not None:
            self._happened_meanwhile.add(_key(told))
        for message in self._publisher.messages(told):
            self._client.outbox.put(message)

    def connected(self) -> None:
        """A connection stands: ask for messages, and tell the states that are to be retained."""
        if self._client.link is None:
            return
        self._subscribed = self._subscriber.wanted()
        if self._subscribed:
            self._client.link.subscribe(self._subscribed)
        self._ask.set()

    async def tell_states(self) -> None:
        """Tell the retained states whenever that is due, until cancelled."""
        while True:
            await self._ask.wait()
            self._ask.clear()
            if not self._stateful or not self._retains():
                continue
            self._happened_meanwhile = set()
            try:
                states = await self._ears.states()
                # What has happened since we asked is told already, and newer than this.
                self._put_retained(
                    told for told in states if _key(told) not in self._happened_meanwhile
                )
            finally:
                self._happened_meanwhile = None

    def _retains(self) -> bool:
        return any(each.retain != "none" for each in self._publication.event_filter_list)

    def _put_retained(self, states: Iterable[Told]) -> None:
        if self._client.link is not None:
            for message in self._publisher.retained(states):
                self._client.outbox.put(message)

    # -- in --

    def received(self, topic: str, payload: bytes) -> None:
        """Take a message of the broker."""
        self._received += 1
        events = self._subscriber.events(topic, payload)
        if events is None:
            self._ignored.add()
            return
        self._ignored.over()
        for event in events:
            self._inbox.put(event, state=event.topic == STATEFUL.name)
        self._tell_received()

    def _tell_received(self) -> None:
        """Tell what was received, as far as what was told before is heard."""
        for event in self._inbox.take():
            self._ears.tell(event)
        if self._inbox.unheard >= ENOUGH_TO_ASK:
            self._ask_whether_heard.set()

    async def follow_ears(self) -> None:
        """Have what was received told as fast as it is heard, until cancelled."""
        while True:
            await self._ask_whether_heard.wait()
            self._ask_whether_heard.clear()
            told = self._inbox.unheard
            await self._ears.heard()
            self._inbox.heard(told)
            self._tell_received()

    # -- how it is --

    def status(self) -> Status:
        """Return how the client is."""
        outbox = self._client.outbox
        counts = Counts(
            published=outbox.published,
            waiting=len(outbox),
            dropped=outbox.losses.count,
            received=self._received,
            ignored=self._ignored.count,
            overrun=self._inbox.losses.count,
        )
        connected = self._client.link is not None
        return Status(self._client.active, connected, self._client.reason, counts)

    def status_changed(self) -> None:
        """Tell the suite how the client is, when that is news; what an inactive client knew is forgotten."""
        status = _status(active=self._client.active, connected=self._client.link is not None)
        if not self._client.active:
            self._inbox.clear()
            if self._subscriber.forget():
                self._ears.states_changed()
        if status != self._status:
            self._status = status
            self._ears.tell(status)

    def states(self) -> list[Event]:
        """Return the present state of every topic of this daemon."""
        return [self._status, *self._subscriber.states()]


def _status(*, active: bool, connected: bool) -> Event:
    return CLIENT_STATUS.event(data={"active": active, "connected": connected})


def _key(told: Told) -> object:
    return told.topic, tuple(sorted(told.source.items()))
