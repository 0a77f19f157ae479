"""What the client needs of the world outside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from common.certificates import Kind
from common.topics import Event
from daemons.mqtt.plan import Message, Plan
from daemons.mqtt.publication import Told


class Refused(Exception):
    """There is no connection; the text says why, for a person, and holds nothing secret."""


class Listener(Protocol):
    """Who is told what comes from the broker."""

    def received(self, topic: str, payload: bytes) -> None:
        """Take a message."""
        ...

    def done(self, number: int) -> None:
        """Note that the message handed over under that number has arrived."""
        ...


class Link(Protocol):
    """One session with the broker, over as many connections as it takes."""

    async def connect(self) -> None:
        """Return when the broker has accepted; raises `Refused`. What it has not acknowledged is sent again."""
        ...

    async def lost(self) -> str:
        """Return when the connection is no more, and why."""
        ...

    def publish(self, message: Message) -> int | None:
        """Hand a message over; None when that cannot be now."""
        ...

    def subscribe(self, filters: dict[str, int]) -> None:
        """Ask for messages, with their QoS."""
        ...

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ask for these no more."""
        ...

    async def close(self) -> None:
        """End the connection, politely where there is one."""
        ...


MakeLink = Callable[[Plan, Listener], Link]


class CertificateStore(Protocol):
    """The certificates of the unit, as far as the client uses them; `common.certificate_files` has the words."""

    @property
    def installed(self) -> Path:
        """Where all authorities stand that somebody has installed."""
        ...

    def want(self, uses: Mapping[str, str], authorities: Collection[str] = ()) -> None:
        """Have these, each with words for by what it is used."""
        ...

    def key_pair(self, alias: str) -> str:
        """Return the file with a certificate and its key; empty while there is none."""
        ...

    def authority(self, alias: str) -> str:
        """Return the file with the certificate of one authority; empty while there is none."""
        ...

    def revision(self, *aliases: str) -> str:
        """Return what is another one with other content."""
        ...

    async def check(self, alias: str, kind: Kind, field: str) -> None:
        """Raise `NotFound` when settings cannot name that certificate."""
        ...


class Ears(Protocol):
    """The rest of the suite: it is told what was received, and asked how it is."""

    def tell(self, event: Event) -> None:
        """Send an event."""
        ...

    def states_changed(self) -> None:
        """Say that states are gone."""
        ...

    async def states(self) -> Sequence[Told]:
        """Return the present states of the unit; none while nobody knows them."""
        ...

    async def heard(self) -> None:
        """Return when everything told so far was heard, or nobody is there."""
        ...
