"""Tickets: whoever has logged in gets one, and opens one WebSocket with it instead of logging in again.

Clients that cannot log in while they open a WebSocket, browsers among them, put it into the address. So it is worth
little: it holds once, for 15 seconds, for the event stream only, and no longer than the login it was given for.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from common.accounts import Verifier
from common.clock import Clock
from daemons.http.identity import Identity

LIFE_S: Final = 15.0
MOST: Final = 1024
MOST_OF_ONE: Final = 64
"""Of one account: it uses up its own, not those of others."""
_LOWEST: Final = 10**18
_COUNT: Final = 2**63 - _LOWEST
"""Nineteen digits, as in the documentation, that fit the integers of whoever takes them for a number: 63 bits."""


@dataclass(frozen=True)
class _Ticket:
    identity: Identity
    verifier: Verifier
    ends: float


class Tickets:
    """Gives tickets out and takes them back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tickets: OrderedDict[str, _Ticket] = OrderedDict()

    def give(self, identity: Identity, verifier: Verifier) -> str:
        """Return a ticket for somebody who has just shown who they are."""
        own = [text for text, one in self._tickets.items() if one.identity.name == identity.name]
        for text in own[: max(0, len(own) + 1 - MOST_OF_ONE)]:
            del self._tickets[text]
        while len(self._tickets) >= MOST:
            self._tickets.popitem(last=False)
        text = str(_LOWEST + secrets.randbelow(_COUNT))
        self._tickets[text] = _Ticket(identity, verifier, self._clock.monotonic() + LIFE_S)
        return text

    def take(self, text: str) -> tuple[Identity, Verifier] | None:
        """Return for whom the ticket was, with what their login was then; None when it holds no longer."""
        ticket = self._tickets.pop(text, None)
        if ticket is None or ticket.ends <= self._clock.monotonic():
            return None
        return ticket.identity, ticket.verifier
