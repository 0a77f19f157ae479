"""Where a request comes from, and who sent it."""

from dataclasses import dataclass
from enum import Enum

from common.accounts import Role
from common.params.kinds import Access
from daemons.http.auth.session import Session


class Proof(Enum):
    """How somebody proved who they are."""

    DIGEST = "digest"
    BASIC = "basic"
    SESSION = "session"
    TICKET = "ticket"


@dataclass(frozen=True)
class Client:
    """Where a request comes from, as nginx saw it."""

    address: str
    encrypted: bool
    port: int
    """The port of ours that it came to."""


@dataclass(frozen=True)
class Identity:
    """Somebody who logged in."""

    name: str
    role: Role
    proof: Proof
    session: Session | None = None

    @property
    def access(self) -> Access:
        """What they may do."""
        return self.role.access
