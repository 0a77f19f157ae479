"""The bus interfaces of the params daemon."""

from collections.abc import Mapping

import msgspec
from sdbus import get_current_message

from common.bus.connection import Connection, Export
from common.bus.daemon import exported
from common.bus.params import Pairs, ParamsInterface, ParamsSecretsInterface
from common.errors import InvalidValue
from common.params.kinds import Access
from daemons.params.change import Change
from daemons.params.parameters import Parameters
from daemons.params.topics import SETTINGS_LOST

MOST_GROUPS = 500
MOST_HISTORY = 5000


class ParamsService(ParamsInterface):
    """`org.c8210.Params1`."""

    def __init__(self, connection: Connection, parameters: Parameters) -> None:
        super().__init__()
        self.connection = connection
        self._parameters = parameters

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Whether settings were lost at the last start."""
        loaded = self._parameters.database.loaded
        event = SETTINGS_LOST.event(
            data={"lost": bool(loaded.lost), "recovered": loaded.recovered or "no"}
        )
        return [(event.topic, dict(event.source), dict(event.data))]

    @exported
    async def select(self, groups: list[str], access: int) -> list[tuple[bool, Pairs]]:
        """Answer from memory."""
        return self._parameters.tree.select(_few(groups), _access(access))

    @exported
    async def definitions(self, groups: list[str], access: int) -> str:
        """Answer from memory."""
        views = self._parameters.tree.views(_few(groups), _access(access))
        return msgspec.json.encode(views).decode()

    @exported
    async def update(
        self, changes: dict[str, str], access: int, who: str, atomic: bool
    ) -> tuple[int, dict[str, str]]:
        """Write on behalf of a person."""
        return await self._parameters.update(
            await self._caller(), changes, _access(access), who, atomic=atomic
        )

    @exported
    async def add(
        self, template: str, parent: str, values: dict[str, str], force: bool, access: int, who: str
    ) -> tuple[str, dict[str, str]]:
        """Make a numbered group."""
        return await self._parameters.add(
            template, parent, values, _access(access), who, force=force
        )

    @exported
    async def remove(self, groups: list[str], access: int, who: str) -> dict[str, str]:
        """Remove numbered groups."""
        return await self._parameters.remove(_few(groups), _access(access), who)

    @exported
    async def publish(self, values: dict[str, str]) -> None:
        """Take facts from the daemon that owns them."""
        await self._parameters.publish(await self._caller(), values)

    @exported
    async def put_group(self, group: str, values: dict[str, str]) -> None:
        """Take a numbered group from the daemon that owns it."""
        await self._parameters.put_group(await self._caller(), group, values)

    @exported
    async def drop_groups(self, groups: list[str]) -> None:
        """Remove numbered groups for the daemon that owns them."""
        await self._parameters.drop_groups(await self._caller(), groups)

    @exported
    async def history(self, limit: int, access: int) -> str:
        """Answer from the disk."""
        lines = await self._parameters.database.history(min(limit, MOST_HISTORY), _access(access))
        return msgspec.json.encode(lines).decode()

    @exported
    async def records(self, type_: str) -> list[tuple[str, int, str]]:
        """Answer from memory."""
        return self._parameters.records(type_)

    @exported
    async def put_record(self, type_: str, id_: str, revision: int, content: str) -> int:
        """Write a record for the daemon that owns it."""
        return await self._parameters.put_record(
            await self._caller(), type_, id_, revision, content
        )

    @exported
    async def delete_record(self, type_: str, id_: str, revision: int) -> None:
        """Delete a record for the daemon that owns it."""
        await self._parameters.delete_record(await self._caller(), type_, id_, revision)

    @exported
    async def reset(self, level: str, who: str) -> int:
        """Return to defaults."""
        return await self._parameters.reset(level, who)

    @exported
    async def generation(self) -> tuple[int, str]:
        """Answer from memory."""
        state = self._parameters.tree.state
        return state.generation, state.level

    @exported
    async def keep(self) -> None:
        """Keep a copy for the way back."""
        await self._parameters.keep()

    @exported
    async def put_back(self) -> bool:
        """Have it put back at the next start."""
        return await self._parameters.put_back()

    @exported
    async def drop_kept(self) -> None:
        """Give up the way back."""
        await self._parameters.drop_kept()

    async def _caller(self) -> str:
        return await _caller(self.connection)


class SecretsService(ParamsSecretsInterface):
    """`org.c8210.ParamsSecrets1`."""

    def __init__(self, connection: Connection, parameters: Parameters) -> None:
        super().__init__()
        self.connection = connection
        self._parameters = parameters

    @exported
    async def get(self, name: str) -> str:
        """Answer to the declared owner alone."""
        return await self._parameters.secret(await _caller(self.connection), name)


class Announcer:
    """Tells the bus what was written."""

    def __init__(self, export: Export[ParamsService]) -> None:
        self._export = export

    def __call__(self, change: Change) -> None:
        """Send the signals of one transaction."""
        service = self._export.current
        if service is None:
            return
        if change.told or change.groups_removed:
            service.changed.emit((change.revision, change.told, change.groups_removed))
        for type_, ids in _records_by_type(change.records).items():
            service.records_changed.emit((type_, ids))
        if change.reset is not None:
            service.was_reset.emit((change.generation, change.reset))


async def _caller(connection: Connection) -> str:
    member = await connection.caller(get_current_message().sender or "")
    return "" if member is None else member.name


def _access(digit: int) -> Access:
    try:
        return Access(digit)
    except ValueError:
        raise InvalidValue(f"{digit} is no level of access") from None


def _few(groups: list[str]) -> list[str]:
    if len(groups) > MOST_GROUPS:
        raise InvalidValue(f"at most {MOST_GROUPS} groups can be named at once")
    return groups


def _records_by_type(records: Mapping[tuple[str, str], str | None]) -> dict[str, list[str]]:
    by_type: dict[str, list[str]] = {}
    for type_, id_ in records:
        by_type.setdefault(type_, []).append(id_)
    return by_type
