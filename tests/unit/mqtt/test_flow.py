"""Nothing waits without bounds, in neither direction."""

import logging

import pytest

from common.mqtt import MqttFilter, Subscriptions
from common.topics import Event
from daemons.mqtt import inbox, outbox
from daemons.mqtt.inbox import Inbox
from daemons.mqtt.outbox import Outbox
from daemons.mqtt.plan import Message
from daemons.mqtt.subscriptions import Subscriber, changes

PREFIX = "axis/ACCC8E012345"


class Wire:
    """Takes messages, and acknowledges when told to."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.room = 10**9

    def send(self, message: Message) -> int | None:
        if not self.room:
            return None
        self.room -= 1
        self.sent.append(message)
        return len(self.sent)


def message(number: int = 0, qos: int = 1, size: int = 10) -> Message:
    """Return a message."""
    return Message("t", f"{number}".encode().rjust(size), qos)


def test_messages_go_in_order_and_only_so_many_at_once() -> None:
    """The next goes when one is acknowledged."""
    emptied: list[None] = []
    wire, box = Wire(), Outbox(lambda: emptied.append(None))
    sent = [message(number) for number in range(outbox.MOST_IN_FLIGHT + 10)]
    for one in sent:
        assert box.put(one)
    assert wire.sent == []
    box.open(wire.send)
    assert len(wire.sent) == outbox.MOST_IN_FLIGHT
    for number in range(1, len(sent) + 1):
        assert not emptied
        box.done(number)
    assert wire.sent == sent
    assert len(emptied) == 1
    assert (box.published, len(box), box.losses.count) == (len(sent), 0, 0)


def test_what_the_wire_does_not_take_waits() -> None:
    """It goes with the next acknowledgement."""
    wire, box = Wire(), Outbox(lambda: None)
    wire.room = 1
    box.open(wire.send)
    for number in range(2):
        box.put(message(number))
    assert len(wire.sent) == 1
    wire.room = 5
    box.done(1)
    assert len(wire.sent) == 2


def test_without_a_connection_only_what_has_a_quality_waits() -> None:
    """As the protocol has it; what was in flight stays so, but for QoS 0."""
    wire, box = Wire(), Outbox(lambda: None)
    assert not box.put(message(qos=0))
    box.open(wire.send)
    assert box.put(message(1, qos=0))
    assert box.put(message(2, qos=1))
    box.close()
    assert box.losses.count == 2
    assert len(box) == 1
    assert box.put(message(3, qos=2))
    box.open(wire.send)
    assert [m.payload.strip() for m in wire.sent] == [b"1", b"2", b"3"]
    box.done(2)
    box.done(2)
    assert box.published == 1


def test_a_full_outbox_counts_and_logs_once(caplog: pytest.LogCaptureFixture) -> None:
    """By number and by size; the number is told when there is room again."""
    caplog.set_level(logging.INFO)
    wire, box = Wire(), Outbox(lambda: None)
    for number in range(outbox.MOST_WAITING + 50):
        assert box.put(message(number)) is (number < outbox.MOST_WAITING)
    assert box.losses.count == 50
    assert len(caplog.records) == 1
    box.open(wire.send)
    for number in range(1, outbox.MOST_WAITING + 1):
        box.done(number)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "50 in all" in caplog.text
    big = message(size=outbox.MOST_WAITING_BYTES // 4)
    box.close()
    assert [box.put(big) for _ in range(5)] == [True] * 3 + [False] * 2
    box.clear()
    assert len(box) == 0


@pytest.mark.covers("M-MQT-22", part="which topics")
def test_the_devices_prefix_stands_before_a_filter() -> None:
    """And is no part of the event, so that a rule holds on another unit."""
    subscriber = Subscriber()
    subscriber.configure(
        Subscriptions(
            (
                MqttFilter("hall/+", qos=1),
                MqttFilter("hall/#", use_device_topic_prefix=True),
                MqttFilter("hall/+", qos=2),
            )
        ),
        PREFIX,
    )
    assert subscriber.wanted() == {"hall/+": 2, f"{PREFIX}/hall/#": 0}
    assert subscriber.events("hall/door", b"open") == [stateless("0", "hall/door", "open")]
    assert subscriber.events(f"{PREFIX}/hall/a", b"") == [stateless("1", "hall/a", "")]
    assert subscriber.events("other", b"x") is None
    before = subscriber.wanted()
    subscriber.configure(Subscriptions((MqttFilter("hall/+"), MqttFilter("x"))), PREFIX)
    anew, no_more = changes(before, subscriber.wanted())
    assert (anew, no_more) == ({"hall/+": 0, "x": 0}, [f"{PREFIX}/hall/#"])


def stateless(prefixed: str, topic: str, payload: str) -> Event:
    """Return the event of a message."""
    source = {"device-prefix": prefixed, "mqtt-topic": topic}
    return Event("tnsaxis:MQTT/Message/Stateless", source, {"mqtt-payload": payload})


@pytest.mark.covers("M-MQT-23", part="payload is the state")
def test_the_payload_is_the_state() -> None:
    """Until nobody subscribes to it any more."""
    subscriber = Subscriber()
    both = Subscriptions((MqttFilter("lamp", is_state_data=True), MqttFilter("#")))
    subscriber.configure(both, PREFIX)
    on = subscriber.events("lamp", b"on")
    assert on is not None
    assert sorted(event.topic for event in on) == [
        "tnsaxis:MQTT/Message/Stateful",
        "tnsaxis:MQTT/Message/Stateless",
    ]
    assert [event.data for event in subscriber.states()] == [{"mqtt-payload": "on"}]
    subscriber.events("lamp", b"off")
    assert [event.data for event in subscriber.states()] == [{"mqtt-payload": "off"}]
    assert subscriber.configure(Subscriptions(), PREFIX)
    assert subscriber.states() == []
    assert not subscriber.forget()


@pytest.mark.parametrize(
    "payload", [b"\xff\xfe", b"a\0b", "\ufffe".encode(), b"x" * 1025, b"\x1b[2J"]
)
def test_what_no_event_can_hold_is_none(payload: bytes) -> None:
    """It would break the bus or somebody's XML."""
    subscriber = Subscriber()
    subscriber.configure(Subscriptions((MqttFilter("#"),)), PREFIX)
    assert subscriber.events("t", payload) is None
    assert subscriber.events("t" * 1025, b"x") is None
    assert len(subscriber.events("t", "ä\n😀".encode()) or []) == 1


def test_a_storm_of_messages_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """Of a state the newest gets through, and so does the end of the storm."""
    box = Inbox()
    for number in range(20_000):
        box.put(stateless("0", "t", str(number)), state=False)
        box.put(Event("tnsaxis:MQTT/Message/Stateful", {}, {"p": str(number)}), state=True)
    assert len(box) == inbox.MOST_WAITING + 1
    assert box.losses.count == 20_000 - inbox.MOST_WAITING
    assert len(caplog.records) == 1
    first = box.take()
    assert first[0].data == {"p": "19999"}
    assert len(first) == inbox.MOST_UNHEARD
    assert box.take() == []
    taken = list(first)
    while len(box):
        box.heard(box.unheard)
        taken += box.take()
    numbers = [int(event.data["mqtt-payload"]) for event in taken[1:]]
    assert numbers == list(range(20_000 - inbox.MOST_WAITING, 20_000))
    box.heard(box.unheard)
    box.put(stateless("0", "t", "again"), state=False)
    assert box.losses.count == 20_000 - inbox.MOST_WAITING
