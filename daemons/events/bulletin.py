"""What happens, told to everybody who has to know: the bus, the record, the rules."""

from collections.abc import Callable
from dataclasses import dataclass

from common.bus.suite import EVENTS
from common.rules import Told
from common.topics import Event
from daemons.events.declarations import Declarations
from daemons.events.record.record import Record
from daemons.events.states import Happened, States


@dataclass
class Bulletin:
    """Takes events, and passes on what is new."""

    declarations: Declarations
    states: States
    record: Record
    announce: Callable[[Happened], None]
    """Puts it on the bus."""
    to_rules: Callable[[Happened], None] = lambda _happened: None
    all_to_rules: Callable[[], None] = lambda: None

    def tell(self, happened: Happened) -> None:
        """Pass on what happened by itself."""
        self._pass_on(happened)
        self.to_rules(happened)

    def tell_all(self, happened: list[Happened]) -> None:
        """Pass on what is new among all states of a daemon at once."""
        for each in happened:
            self._pass_on(each)
        self.all_to_rules()

    def own(self, event: Event, at: float = 0.0) -> None:
        """Take an event of this daemon itself; `at` in seconds since 1970, 0 for now."""
        happened = self.states.take(EVENTS.name, event, at)
        if happened is not None:
            self.tell(happened)

    def all_own(self, events: list[Event]) -> None:
        """Take all states of this daemon itself."""
        self.states.begin(EVENTS.name)
        self.tell_all(self.states.complete(EVENTS.name, events))

    def _pass_on(self, happened: Happened) -> None:
        event = happened.event
        self.announce(happened)
        topic = self.declarations.of(self.declarations.owner(event.topic), event.topic)
        self.record.event(
            happened.time,
            Told(event.topic, dict(event.source), dict(event.data)),
            stateful=topic is not None and topic.stateful,
        )
