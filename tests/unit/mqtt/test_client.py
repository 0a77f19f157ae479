"""The life of the connection, and what settings do to it, with a link of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from common.clock import ManualClock
from common.errors import Conflict, InvalidValue, NotFound, Unavailable
from common.mqtt import (
    Announcement,
    ClientConfig,
    EventFilter,
    MqttFilter,
    Publication,
    Server,
    Subscriptions,
)
from common.topics import Event
from daemons.mqtt import client as client_module
from daemons.mqtt.bridge import Bridge
from daemons.mqtt.client import Client
from daemons.mqtt.control import Control, Kept
from daemons.mqtt.inbox import MOST_UNHEARD
from daemons.mqtt.plan import Message, Plan
from daemons.mqtt.ports import Link, Listener, Refused
from daemons.mqtt.publication import Told
from daemons.mqtt.records import BridgeRecord

PORT = Told("tns1:Device/tnsaxis:IO/Port", {"port": "0"}, {"state": "1"}, 1.0)


class FakeLink(Link):
    """A broker that does what the test says."""

    def __init__(self, plan: Plan, listener: Listener) -> None:
        self.plan = plan
        self.listener = listener
        self.refuse = ""
        self.silent = False
        self.sent: list[Message] = []
        self.subscribed: list[str] = []
        self.attempts = 0
        self.closed = False
        self.gone: asyncio.Queue[str] = asyncio.Queue()

    async def connect(self) -> None:
        self.attempts += 1
        if self.silent:
            await asyncio.Event().wait()
        if self.refuse:
            raise Refused(self.refuse)

    async def lost(self) -> str:
        return await self.gone.get()

    def publish(self, message: Message) -> int | None:
        self.sent.append(message)
        number = len(self.sent)
        asyncio.get_running_loop().call_soon(self.listener.done, number)
        return number

    def subscribe(self, filters: dict[str, int]) -> None:
        self.subscribed += filters

    def unsubscribe(self, filters: Sequence[str]) -> None:
        self.subscribed = [name for name in self.subscribed if name not in filters]

    async def close(self) -> None:
        self.closed = True


class NoCertificates:
    """A store with nothing in it."""

    installed = Path("/nowhere")

    def want(self, uses: Mapping[str, str], authorities: Collection[str] = ()) -> None:
        """Nothing is there to be had."""

    def key_pair(self, _alias: str) -> str:
        return ""

    authority = key_pair

    def revision(self, *_aliases: str) -> str:
        return ""

    async def check(self, alias: str, _kind: str, field: str) -> None:
        if alias:
            raise NotFound(f"{field}: {alias}")


class FakeSuite:
    """The rest of the unit."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.present: list[Told] = []
        self.saved: Kept | None = None
        self.between: BridgeRecord | None = None
        self.full = False
        self.asked = 0
        self.hears = asyncio.Event()
        self.hears.set()

    def tell(self, event: Event) -> None:
        self.told.append(event)

    def states_changed(self) -> None:
        pass

    async def heard(self) -> None:
        self.asked += 1
        await self.hears.wait()
        await asyncio.sleep(0)

    async def states(self) -> list[Told]:
        return self.present

    async def save_client(self, kept: Kept) -> None:
        if self.full:
            raise Unavailable("params is away")
        self.saved = kept

    async def save_bridge(self, bridge: BridgeRecord) -> None:
        self.between = bridge


@dataclass
class Rig:
    suite: FakeSuite
    control: Control
    client: Client
    bridge: Bridge
    links: list[FakeLink] = field(default_factory=list)

    @property
    def link(self) -> FakeLink:
        return self.links[-1]

    async def until_connected(self) -> None:
        async with asyncio.timeout(5):
            while self.client.link is None:
                await asyncio.sleep(0)


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """A client that knows who it is."""
    monkeypatch.setattr(client_module, "FIRST_PAUSE_S", 0.001)
    suite = FakeSuite()
    links: list[FakeLink] = []

    def make(plan: Plan, listener: Listener) -> Link:
        links.append(FakeLink(plan, listener))
        return links[-1]

    client = Client(
        make,
        received=lambda topic, payload: bridge.received(topic, payload),
        clock=ManualClock(),
        changed=lambda: bridge.status_changed(),
        connected=lambda: bridge.connected(),
    )
    bridge = Bridge(client, suite)
    control = Control(client, bridge, suite, NoCertificates(), Kept(), BridgeRecord())
    control.identify("ACCC8E012345")
    bridge.declared({PORT.topic: True})
    tasks = [
        asyncio.get_running_loop().create_task(work(), name="work")
        for work in (client.run, bridge.tell_states, bridge.follow_ears)
    ]
    yield Rig(suite, control, client, bridge, links)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def config(**fields: object) -> ClientConfig:
    """Return a configuration."""
    return ClientConfig(**{"server": Server("broker"), **fields})  # type: ignore[arg-type]


async def test_on_and_off(rig: Rig) -> None:
    """And what is told of it."""
    with pytest.raises(Conflict):
        await rig.control.activate()
    said = Announcement(use_default=True)
    await rig.control.configure_client(config(connect_message=said, disconnect_message=said))
    assert not rig.links
    await rig.control.activate()
    await rig.until_connected()
    assert rig.suite.saved is not None
    assert rig.suite.saved.active
    await rig.control.activate()
    assert len(rig.links) == 1
    await rig.control.deactivate()
    await rig.client.close()
    assert rig.link.closed
    assert [b"Disconnected" in message.payload for message in rig.link.sent] == [False, True]
    states = [event.data for event in rig.suite.told]
    assert states == [
        {"active": "1", "connected": "0"},
        {"active": "1", "connected": "1"},
        {"active": "0", "connected": "1"},
        {"active": "0", "connected": "0"},
    ]


@pytest.mark.covers("M-MQT-12")
async def test_it_connects_again_only_if_wanted(rig: Rig) -> None:
    """And activating it is how to try again."""
    await rig.control.configure_client(config())
    await rig.control.activate()
    await rig.until_connected()
    rig.link.gone.put_nowait("cut")
    async with asyncio.timeout(5):
        while rig.link.attempts < 2 or rig.client.link is None:
            await asyncio.sleep(0.001)
    await rig.control.configure_client(config(auto_reconnect=False))
    async with asyncio.timeout(5):
        while len(rig.links) < 2 or rig.client.link is None:
            await asyncio.sleep(0.001)
    rig.link.gone.put_nowait("cut")
    async with asyncio.timeout(5):
        while not rig.bridge.status().reason:
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)  # many times the pause that there would be
    assert rig.link.attempts == 1
    assert rig.bridge.status().reason == "cut"
    await rig.control.activate()
    await rig.until_connected()
    assert (len(rig.links), rig.link.attempts) == (2, 2)


@pytest.mark.covers("M-MQT-10", part="the time is bounded")
async def test_a_silent_broker_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the reason is told."""
    silent = FakeLink.connect

    async def connect(self: FakeLink) -> None:
        self.silent = True
        await silent(self)

    monkeypatch.setattr(FakeLink, "connect", connect)
    await rig.control.configure_client(config(connect_timeout=1))
    await rig.control.activate()
    async with asyncio.timeout(5):
        while not rig.bridge.status().reason:
            await asyncio.sleep(0.01)
    assert rig.bridge.status().reason == "no answer within 1 s"


async def test_each_connection_tells_what_is_retained(rig: Rig) -> None:
    """But not what has happened meanwhile, which is newer."""
    await rig.control.configure_publication(
        Publication(event_filter_list=(EventFilter("//.", 1, "property"),))
    )
    await rig.control.configure_subscriptions(Subscriptions((MqttFilter("a/#"),)))
    rig.suite.present = [PORT, PORT]
    await rig.control.configure_client(config())
    await rig.control.activate()
    await rig.until_connected()
    async with asyncio.timeout(5):
        while len(rig.link.sent) < 2:
            await asyncio.sleep(0)
    assert {message.retain for message in rig.link.sent} == {True}
    assert rig.link.subscribed == ["a/#"]
    await rig.control.configure_subscriptions(Subscriptions((MqttFilter("b"),)))
    assert rig.link.subscribed == ["b"]


async def test_what_happens_while_nothing_is_connected_is_published_later(rig: Rig) -> None:
    """With a quality of service."""
    await rig.control.configure_publication(Publication(event_filter_list=(EventFilter("//.", 1),)))
    await rig.control.configure_client(config())
    rig.bridge.happened(PORT)
    await rig.control.activate()
    rig.bridge.happened(PORT)
    await rig.until_connected()
    async with asyncio.timeout(5):
        while rig.bridge.status().counts.published < 1:
            await asyncio.sleep(0)
    assert len(rig.link.sent) == 1


async def test_a_message_is_told_as_an_event(rig: Rig) -> None:
    """Once it is heard the next may follow."""
    await rig.control.configure_subscriptions(Subscriptions((MqttFilter("a/#"),)))
    await rig.control.configure_client(config())
    await rig.control.activate()
    await rig.until_connected()
    rig.suite.told.clear()
    rig.link.listener.received("a/b", b"x")
    rig.link.listener.received("a/b", b"\xff")
    async with asyncio.timeout(5):
        while not rig.suite.told:
            await asyncio.sleep(0)
    assert rig.suite.told[0].source == {"device-prefix": "0", "mqtt-topic": "a/b"}
    counts = rig.bridge.status().counts
    assert (counts.received, counts.ignored) == (2, 1)


async def test_what_a_rule_publishes(rig: Rig) -> None:
    """Checked, and refused while it cannot go."""
    await rig.control.configure_client(config())

    def publish(topic: str = "t", payload: str = "p", qos: int = 1, prefix: bool = False) -> None:
        rig.control.publish(topic, payload, use_device_prefix=prefix, qos=qos, retained=True)

    with pytest.raises(Conflict):
        publish()
    await rig.control.activate()
    publish()
    with pytest.raises(Unavailable, match="not connected"):
        publish(qos=0)
    await rig.until_connected()
    publish(qos=0, prefix=True)
    assert [message.topic for message in rig.link.sent] == ["t", "axis/ACCC8E012345/t"]
    for wrong in (("a/+", "p", 1), ("", "p", 1), ("t", "p" * 8193, 1), ("t", "p", 3)):
        with pytest.raises(InvalidValue):
            publish(*wrong)


@pytest.mark.covers("M-MQT-06", part="a password stays until another comes")
async def test_secrets_stay_and_are_never_shown(rig: Rig) -> None:
    """Left out with `keepExistingPassword`, or sent back as they were shown."""
    whole = config(username="u", password="hunter2", https_proxy="http://p:hunter3@proxy")
    await rig.control.configure_client(whole)
    view = rig.control.view()
    assert view.config is not None
    assert "hunter" not in msgspec.json.encode(view).decode()
    for again in (
        msgspec.structs.replace(whole, password="", keep_existing_password=True),
        msgspec.structs.replace(whole, password="*****", https_proxy=view.config.https_proxy),
    ):
        await rig.control.configure_client(again)
        assert rig.suite.saved is not None
        assert rig.suite.saved.config == whole
    await rig.control.configure_client(config(username="u"))
    assert rig.suite.saved is not None
    assert rig.suite.saved.config is not None
    assert rig.suite.saved.config.password == ""


async def test_what_is_wrong_or_cannot_be_kept_changes_nothing(rig: Rig) -> None:
    """Neither the settings nor the connection."""
    await rig.control.configure_client(config())
    await rig.control.activate()
    await rig.until_connected()
    before = rig.control.view()
    with pytest.raises(InvalidValue):
        await rig.control.configure_client(config(device_topic_prefix="#"))
    rig.suite.full = True
    with pytest.raises(Unavailable):
        await rig.control.configure_client(config(client_id="other"))
    with pytest.raises(Unavailable):
        await rig.control.deactivate()
    assert rig.control.view() == before
    assert rig.client.link is rig.link


async def test_what_is_received_is_told_at_once_and_a_storm_as_it_is_heard(rig: Rig) -> None:
    """Nobody is asked about a message now and then."""
    await rig.control.configure_subscriptions(Subscriptions((MqttFilter("#"),)))
    await rig.control.configure_client(config())
    await rig.control.activate()
    await rig.until_connected()
    rig.suite.told.clear()
    rig.suite.hears.clear()
    rig.link.listener.received("t", b"0")
    assert len(rig.suite.told) == 1
    await asyncio.sleep(0)
    assert rig.suite.asked == 0
    for number in range(1, 3 * MOST_UNHEARD):
        rig.link.listener.received("t", str(number).encode())
    await asyncio.sleep(0)
    assert (len(rig.suite.told), rig.suite.asked) == (MOST_UNHEARD, 1)
    rig.suite.hears.set()
    async with asyncio.timeout(5):
        while len(rig.suite.told) < 3 * MOST_UNHEARD:
            await asyncio.sleep(0)
    told = [event.data["mqtt-payload"] for event in rig.suite.told]
    assert told == [str(number) for number in range(3 * MOST_UNHEARD)]
