"""Topics, and short ways to write rules, events and times."""

from common.content_filters import equality_text
from common.rules import Condition, Rule
from common.topics import Event, Item, ItemType, Topic
from daemons.events.rules.engine import Engine
from daemons.events.rules.run import Moment
from daemons.events.states import Happened, State

START = 1_700_000_000.0

PORT = Topic(
    "tns1:Device/tnsaxis:IO/Port",
    "Digital input port",
    source=(Item("port", ItemType.INT, "Port", {"0": "Port 1", "1": "Port 2"}),),
    data=(Item("state", ItemType.BOOLEAN, "Active"),),
    state="state",
)
PLAYING = Topic(
    "tnsaxis:MediaClip/Playing",
    "Playing",
    source=(Item("AudioOutput", ItemType.INT, "Audio Output"),),
    data=(Item("Playing", ItemType.BOOLEAN, "Playing Status"),),
    state="Playing",
)
CALL = Topic(
    "tnsaxis:Call/State",
    "State",
    source=(Item("Source", ItemType.STRING, "Source"),),
    data=(Item("CallState", ItemType.STRING, "State"),),
    state="CallState",
)
READY = Topic(
    "tns1:Device/tnsaxis:Status/SystemReady",
    "System ready",
    data=(Item("ready", ItemType.BOOLEAN, "System is ready"),),
    state="ready",
)
MQTT = Topic(
    "tnsaxis:MQTT/Message/Stateless",
    "MQTT message",
    source=(
        Item("device-prefix", ItemType.BOOLEAN, "Device prefix"),
        Item("mqtt-topic", ItemType.STRING, "Topic"),
    ),
    data=(Item("mqtt-payload", ItemType.STRING, "Payload"),),
)
SCHEDULE = Topic(
    "tns1:UserAlarm/tnsaxis:Recurring/Interval",
    "Schedule",
    source=(Item("id", ItemType.STRING, "Schedule", {"weekdays": "Weekdays"}),),
    data=(Item("active", ItemType.BOOLEAN, "Active"),),
    state="active",
)
TOPICS = (PORT, PLAYING, CALL, READY, MQTT, SCHEDULE)


def port(number: int, active: bool) -> Event:
    """A terminal's state."""
    return PORT.event({"port": number}, {"state": active})


def playing(yes: bool) -> Event:
    """Whether a clip plays."""
    return PLAYING.event({"AudioOutput": 1}, {"Playing": yes})


def call(state: str) -> Event:
    """How a call stands."""
    return CALL.event({"Source": "NetworkSpeaker"}, {"CallState": state})


def message(topic: str, payload: str = "x", *, prefix: bool = False) -> Event:
    """A message that came."""
    return MQTT.event({"device-prefix": prefix, "mqtt-topic": topic}, {"mqtt-payload": payload})


def schedule(active: bool) -> Event:
    """Whether the weekdays' schedule is active."""
    return SCHEDULE.event({"id": "weekdays"}, {"active": active})


def when(topic: Topic, *, invert: bool = False, **items: str) -> Condition:
    """A condition; `_` in the name of an item stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in items.items()}
    return Condition(topic.name, equality_text(named), invert)


PORT_1 = when(PORT, port="0", state="1")
PORT_2 = when(PORT, port="1", state="1")
NOT_PORT_2 = when(PORT, port="1", state="1", invert=True)
ANY_MESSAGE = Condition(MQTT.name)


def rule(
    *conditions: Condition,
    trigger: Condition | None = None,
    wait_s: float = 0,
    enabled: bool = True,
    name: str = "a rule",
) -> Rule:
    """A rule with an action that nobody looks at."""
    return Rule(
        name=name,
        action=1,
        trigger=trigger,
        conditions=conditions,
        wait_s=wait_s,
        enabled=enabled,
    )


class At:
    """An engine, and a time at which things happen to it."""

    def __init__(self, *rules: Rule, unlimited: bool = False, most_per_s: int = 100) -> None:
        self.rules = {number: (each, unlimited) for number, each in enumerate(rules, 1)}
        self.engine = Engine(TOPICS, self.rules, most_per_s=most_per_s)
        self.unlimited = unlimited
        self.monotonic = 0.0
        self.jumped = 0.0

    @property
    def now(self) -> Moment:
        """What time it is."""
        return Moment(self.monotonic, START + self.monotonic + self.jumped)

    def happens(self, *events: Event) -> list[tuple[int, str]]:
        """Let events happen, one after the other; return what they did, by rule and outcome."""
        return [
            (each.rule, each.outcome)
            for event in events
            for each in self.engine.handle(Happened(event, self.now.wall), self.now)
        ]

    def known(self, *events: Event) -> list[tuple[int, str]]:
        """Tell all present states at once."""
        states = [State(event, self.now.wall) for event in events]
        return [(each.rule, each.outcome) for each in self.engine.sync(states, self.now)]

    def later(self, seconds: float) -> list[tuple[int, str]]:
        """Let time pass, and the engine wake when it wants to."""
        self.monotonic += seconds
        return [(each.rule, each.outcome) for each in self.engine.wake(self.now)]

    def changed(self, *rules: Rule) -> list[tuple[int, str]]:
        """Store other rules in place of these."""
        self.rules = {number: (each, self.unlimited) for number, each in enumerate(rules, 1)}
        return [(each.rule, each.outcome) for each in self.engine.replace(self.rules, self.now)]
