"""Events on their way to the rest of the suite: a storm of messages fills neither this process nor the bus."""

from collections import deque

from common.topics import Event
from daemons.mqtt.losses import Losses

MOST_WAITING = 4096
MOST_UNHEARD = 256
"""How many may be on the bus, told and not known to be heard."""
ENOUGH_TO_ASK = MOST_UNHEARD // 2
"""With fewer, nobody is asked whether they are heard: a message now and then costs no question of its own."""


class Inbox:
    """Waiting events in order; of a state only the newest, which no storm pushes out."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._states: dict[object, Event] = {}
        self.unheard = 0
        """How many were taken and are not known to be heard."""
        self.losses = Losses("messages come faster than they can be told and are dropped")

    def put(self, event: Event, *, state: bool) -> None:
        """Take an event; what has waited longest makes room, so that the end of a storm is always heard."""
        if state:
            self._states[event.key] = event
            return
        if len(self._waiting) == MOST_WAITING:
            self._waiting.popleft()
            self.losses.add()
        self._waiting.append(event)

    def take(self) -> list[Event]:
        """Return what can be told now."""
        room = MOST_UNHEARD - self.unheard
        taken: list[Event] = []
        while self._states and len(taken) < room:
            taken.append(self._states.pop(next(iter(self._states))))
        while self._waiting and len(taken) < room:
            taken.append(self._waiting.popleft())
        self.unheard += len(taken)
        if not self._waiting:
            self.losses.over()
        return taken

    def heard(self, number: int) -> None:
        """So many of those that were taken first have been heard, or nobody is there to hear."""
        self.unheard -= number

    def clear(self) -> None:
        """Nothing of this matters any more."""
        self._waiting.clear()
        self._states.clear()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._states)
