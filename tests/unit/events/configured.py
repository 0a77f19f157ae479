"""A store over records in memory, for tests."""

from typing import Any, cast

import msgspec

from common.errors import Conflict, Unavailable
from common.params.client import ParamsClient
from common.rules import ActionTemplate, RecipientTemplate, TemplateParameter
from common.topics import Item, ItemType, Topic
from daemons.events.configuration.numbers import Numbers
from daemons.events.configuration.store import Catalogue, Store

PORT = Topic(
    "tns1:Device/tnsaxis:IO/Port",
    "Digital input port",
    source=(Item("port", ItemType.INT, "Port"),),
    data=(Item("state", ItemType.BOOLEAN, "Active"),),
    state="state",
)
PRESSED = Topic("tns1:Device/tnsaxis:Pressed", "Pressed")

ACTIONS = {
    each.token: each
    for each in (
        ActionTemplate(
            "play", "Play", "Audio", (TemplateParameter("location", "Clip", default=None),)
        ),
        ActionTemplate("loop", "Loop", "Audio", unlimited=True),
        ActionTemplate("missing", "Call", "Calls", unavailable="this unit has no SIP"),
        ActionTemplate(
            "mail",
            "Mail",
            "Notifications",
            (TemplateParameter("message", "Message"),),
            recipient="smtp",
        ),
    )
}
RECIPIENTS = {
    "smtp": RecipientTemplate(
        "smtp",
        "Email",
        (
            TemplateParameter("host", "Server", default=None),
            TemplateParameter("port", "Port", kind="integer", default="587", low=0, high=65535),
            TemplateParameter("login", "Username"),
            TemplateParameter("password", "Password", kind="secret"),
        ),
    ),
    "tcp": RecipientTemplate("tcp", "TCP", (TemplateParameter("host", "Host", default=None),)),
}


class MemoryParams:
    """The part of the params daemon that keeps records: as strict about revisions."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.dies_after_writing = False
        """The next write is done, but nobody is told."""
        self.bus = self

    async def records(self, type_: str) -> list[tuple[str, int, str]]:
        """Return every record of a type without its secrets."""
        return [
            (id_, revision, msgspec.json.encode(_public(content)).decode())
            for (name, id_), (revision, content) in self.kept.items()
            if name == type_
        ]

    async def put_record(self, type_: str, id_: str, revision: int, content: str) -> int:
        """Write a record."""
        present, before = self.kept.get((type_, id_), (0, {}))
        if present != revision:
            raise Conflict("stale")
        secret = {name: value for name, value in before.items() if name == "secrets"}
        self.kept[type_, id_] = (present + 1, secret | msgspec.json.decode(content))
        self._die_perhaps()
        return present + 1

    async def delete_record(self, type_: str, id_: str, revision: int) -> None:
        """Delete a record."""
        if self.kept[type_, id_][0] != revision:
            raise Conflict("stale")
        del self.kept[type_, id_]
        self._die_perhaps()

    def _die_perhaps(self) -> None:
        if self.dies_after_writing:
            self.dies_after_writing = False
            raise Unavailable("killed")

    async def record_secrets(self, type_: str, id_: str) -> dict[str, Any]:
        """Return the secret fields."""
        content = self.kept[type_, id_][1]
        return {name: value for name, value in content.items() if name == "secrets"}


async def opened(params: MemoryParams | None = None) -> Store:
    """Return a store that has been loaded."""
    client = cast(ParamsClient, params or MemoryParams())
    catalogue = Catalogue(
        lambda: ACTIONS, lambda: RECIPIENTS, lambda: (PORT, PRESSED), lambda *_: None
    )
    numbers = Numbers(client)
    await numbers.load()
    store = Store(client, catalogue, numbers, lambda: None)
    await store.load()
    return store


def _public(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "secrets"}
