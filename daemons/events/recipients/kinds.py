"""What a kind of recipient is, and what can be sent to one.

A kind has two halves: its declaration here, which the daemon reads, and its sender in `senders/`, which needs the
network's libraries and is imported by the delivery worker only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from common.rules import RecipientTemplate


class Failed(Exception):
    """A delivery, or a test, that did not work.

    `reason` is for a person and holds no secret. What is `permanent` would not work later either, as long as neither
    message nor recipient changes: it is not tried again.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file to send."""

    path: str
    """Where it lies on this unit."""
    name: str
    """What it shall be called at the recipient, without a folder."""
    media_type: str = "application/octet-stream"


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an HTTP request differs from a plain GET (VAPIX events page 5.2)."""

    method: str = "GET"
    query: str = ""
    """Raw CGI parameters, `a=1&b=2`, put behind `Message=`."""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent. Which of it a recipient takes is its kind's affair."""

    text: str = ""
    subject: str = ""
    http: Http | None = None
    file: File | None = None
    number: int = 0
    """Its sequence number, given by the queue."""
    created: float = 0.0
    """When it was put into the queue, seconds since 1970."""


@dataclass(frozen=True)
class Kind:
    """One kind of recipient."""

    template: RecipientTemplate
    sender: str = ""
    """Module that sends, `daemons.events.recipients.senders.*`; empty for whom the delivery worker sends nothing."""
    multiline: frozenset[str] = frozenset()
    """Parameters that may hold more than one line."""
    check: Callable[[Mapping[str, str]], None] = lambda _parameters: None
    """Raises InvalidValue for parameters, all of them, that do not go together."""
