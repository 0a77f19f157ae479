"""What the system daemon needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from common.accounts import Account, Verifier


@dataclass(frozen=True)
class StoredAccount:
    """An account as it is kept, and the revision at which it was read."""

    account: Account
    verifier: Verifier
    revision: int


class AccountStore(Protocol):
    """Where accounts are kept."""

    async def load(self) -> Sequence[StoredAccount]:
        """Return every account."""
        ...

    async def save(self, account: Account, verifier: Verifier | None, revision: int) -> int:
        """Write an account read at `revision` (0: a new one); without a verifier the old one stays.

        Returns the new revision; raises `Conflict` when somebody else was faster.
        """
        ...

    async def delete(self, name: str, revision: int) -> None:
        """Delete an account read at `revision`."""
        ...


class Hasher(Protocol):
    """Turns passwords into what they can be checked against."""

    async def __call__(self, account: Account, password: str) -> Verifier:
        """Return the verifier of `password`; takes its time, beside the event loop."""
        ...


class Restarter(Protocol):
    """What can start the unit again."""

    async def available(self) -> bool:
        """Whether `restart` could work now."""
        ...

    async def restart(self) -> None:
        """Start the unit again, now."""
        ...


class Lamps(Protocol):
    """The LEDs, by the causes for which they change."""

    def hold(self, cause: str, lasting_s: float = 0.0) -> None:
        """Say that a cause holds, for a time or, with 0, until dropped."""
        ...

    def drop(self, cause: str) -> None:
        """Say that a cause no longer holds."""
        ...


class Sounder(Protocol):
    """The loudspeaker, as far as locating goes."""

    async def locate(self, duration_s: float) -> None:
        """Sound for that long; 0 stops."""
        ...


@dataclass(frozen=True)
class Addresses:
    """The addresses of the unit at one moment."""

    all: tuple[str, ...]
    """Without loopback; IPv4 first, those of the unit's own interface before others."""
    address: str = ""
    """The first IPv4 address of the unit's own interface, and what belongs to it."""
    netmask: str = ""
    broadcast: str = ""
    ipv6: tuple[str, ...] = ()
    """IPv6 addresses of the unit's own interface."""


@dataclass(frozen=True, repr=False)
class Keys:
    """What session cookies and Digest nonces are made with, in hex."""

    session: str
    nonce: str


@dataclass(frozen=True)
class Boot:
    """One start of the unit."""

    id: str
    started: float
    """By the machine's monotonic clock, in seconds."""

    def uptime_s(self, now: float) -> float:
        """Return how long ago the unit started."""
        return max(0.0, now - self.started)
