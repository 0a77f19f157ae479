"""One request, as the gate lets it through to a handler."""

from dataclasses import dataclass

from starlette.requests import Request

from common.params.kinds import Access
from daemons.http.identity import Client, Identity
from daemons.http.unit import Unit


@dataclass(frozen=True)
class Call:
    """A request with everything that is known about who sent it."""

    request: Request
    client: Client
    identity: Identity | None
    unit: Unit
    host: str
    """The name or address by which the unit was addressed, checked, without the port; empty for HTTP/1.0."""

    @property
    def access(self) -> Access:
        """What the sender may do."""
        return Access.ANYBODY if self.identity is None else self.identity.access

    @property
    def who(self) -> str:
        """The sender, for records of what was changed by whom."""
        name = "anonymous" if self.identity is None else self.identity.name
        return f"{name}@{self.client.address}"
