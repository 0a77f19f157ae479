"""A message in the queue, without its content."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

ROTATE_AFTER = 3
"""Attempts after which a message lets those behind it pass, in case it is to blame and not the recipient."""


class Target(NamedTuple):
    """Whom a message is for; where that is stands in the configuration, so that the queue holds no secret."""

    kind: Literal["recipient", "action"]
    id: int


@dataclass(slots=True)
class Item:
    """One message that is not delivered yet."""

    number: int
    target: Target
    recipient: str
    """Its name, for people."""
    what: str
    """What is sent, in words."""
    bytes: int
    """What it takes on disk."""
    file_bytes: int
    queued: float
    """When, seconds since 1970."""
    attempts: int = 0
    reason: str = ""
    """Why the last attempt failed."""
    past_s: float = 0.0
    """How old it was at `since`; what it waited while the unit was off does not count."""
    since: float = 0.0
    """When this process got it, by the monotonic clock."""

    def age_s(self, now: float) -> float:
        """Return how old it is, at a time of the monotonic clock."""
        return self.past_s + now - self.since

    @property
    def turn(self) -> tuple[int, int]:
        """The lowest goes first: in the order they came, but after some attempts in vain behind the others."""
        return self.attempts // ROTATE_AFTER, self.number
