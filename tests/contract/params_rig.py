"""The params daemon on a private bus, seen by the daemons that use it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sdbus import dbus_method_async_override

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.http import HttpInterface
from common.bus.params import ParamsInterface, ParamsSecretsInterface
from common.bus.suite import PARAMS, Member
from common.params.kinds import Access
from common.params.view import DEFINITIONS, HISTORY, HistoryEntry, ParameterView
from tests.contract.private_bus import PrivateBus

ACCOUNT = {
    "name": "joe",
    "role": "viewer",
    "password_hash": "argon",
    "ha1_md5": "a",
    "ha1_sha256": "b",
}


@dataclass
class Caller:
    """One daemon that uses the params daemon, and every signal it has heard."""

    connection: Connection
    params: ParamsInterface
    secrets: ParamsSecretsInterface
    changes: list[tuple[int, dict[str, str], list[str]]] = field(default_factory=list)
    records_changed: list[tuple[str, list[str]]] = field(default_factory=list)
    resets: list[tuple[int, str]] = field(default_factory=list)

    async def value(self, name: str) -> str:
        """Return one value."""
        [(_known, pairs)] = await self.params.select([name], Access.INTERNAL)
        [(_name, value)] = pairs
        return value

    async def values(self, *groups: str, access: Access = Access.INTERNAL) -> dict[str, str]:
        """Return name -> value below some groups."""
        found = await self.params.select(list(groups), access)
        return {name: value for _known, pairs in found for name, value in pairs}

    async def set(self, changes: Mapping[str, str], *, atomic: bool = False) -> dict[str, str]:
        """Write as an administrator; return what was refused."""
        _revision, refused = await self.params.update(dict(changes), Access.ADMIN, "joe", atomic)
        return refused

    async def views(self, *groups: str, access: Access = Access.ADMIN) -> list[ParameterView]:
        """Return declarations."""
        return DEFINITIONS.decode(await self.params.definitions(list(groups), access))

    async def history(self, limit: int = 100, access: Access = Access.ADMIN) -> list[HistoryEntry]:
        """Return the newest changes."""
        return HISTORY.decode(await self.params.history(limit, access))

    async def put(self, type_: str, id_: str, revision: int, content: object) -> int:
        """Write a record."""
        return await self.params.put_record(type_, id_, revision, json.dumps(content))


@asynccontextmanager
async def caller(bus: PrivateBus, member: Member) -> AsyncIterator[Caller]:
    """Be `member` towards the params daemon."""
    async with bus.joined(member) as connection:
        made = Caller(
            connection,
            connection.proxy(ParamsInterface, PARAMS),
            connection.proxy(ParamsSecretsInterface, PARAMS),
        )
        await connection.subscribe(
            ParamsInterface.changed, PARAMS, lambda *signal: made.changes.append(signal)
        )
        await connection.subscribe(
            ParamsInterface.records_changed,
            PARAMS,
            lambda *signal: made.records_changed.append(signal),
        )
        await connection.subscribe(
            ParamsInterface.was_reset, PARAMS, lambda *signal: made.resets.append(signal)
        )
        yield made


class Edge(HttpInterface):
    """A web server that looks at changes."""

    def __init__(self, answer: Callable[[dict[str, str]], dict[str, str]] | None) -> None:
        super().__init__()
        self.asked: list[dict[str, str]] = []
        self._answer = answer

    @dbus_method_async_override()
    async def check_parameters(self, changes: dict[str, str]) -> dict[str, str]:
        """Answer, or never."""
        self.asked.append(changes)
        if self._answer is None:
            await asyncio.Event().wait()
            return {}
        return self._answer(changes)


class Jack(AudioInterface):
    """An audio daemon whose board has every type of input."""

    @dbus_method_async_override()
    async def check_parameters(self, changes: dict[str, str]) -> dict[str, str]:
        """Agree."""
        return {}
