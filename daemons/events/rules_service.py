"""Rules, actions, recipients and schedules on the bus."""

import asyncio
from typing import TypeVar

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.rules import RulesInterface
from common.errors import InvalidValue, Unavailable
from common.rules import Action, DryRun, Recipient, Replay, Rule, Schedule, Search
from daemons.events.subsystem import Subsystem

LOADED_WITHIN_S = 5.0

_Shape = TypeVar("_Shape")


class RulesService(RulesInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, rules: Subsystem) -> None:
        super().__init__()
        self.connection = connection
        self._subsystem = rules

    async def _rules(self) -> Subsystem:
        """Return the rules once they are loaded; at the start of the unit that is a matter of moments."""
        try:
            async with asyncio.timeout(LOADED_WITHIN_S):
                await self._subsystem.loaded.wait()
        except TimeoutError:
            raise Unavailable("the rules are not loaded yet: the params daemon is away") from None
        return self._subsystem

    @exported
    async def rules(self) -> str:
        """Return every rule."""
        return _json((await self._rules()).described())

    @exported
    async def put_rule(self, rule: str) -> int:
        """Store a rule."""
        return await (await self._rules()).store.put_rule(_read(rule, Rule))

    @exported
    async def put_rule_with_action(self, rule: str, action: str) -> int:
        """Store a rule and its only action."""
        return await (await self._rules()).store.put_rule_with_action(
            _read(rule, Rule), _read(action, Action)
        )

    @exported
    async def remove_rule(self, id_: int) -> None:
        """Remove a rule."""
        await (await self._rules()).store.remove_rule(id_)

    @exported
    async def remove_rule_with_action(self, id_: int) -> None:
        """Remove a rule, and its action when no other uses it."""
        await (await self._rules()).store.remove_rule_with_action(id_)

    @exported
    async def actions(self) -> str:
        """Return every action."""
        return _json((await self._rules()).store.actions())

    @exported
    async def put_action(self, action: str) -> int:
        """Store an action."""
        return await (await self._rules()).store.put_action(_read(action, Action))

    @exported
    async def remove_action(self, id_: int) -> None:
        """Remove an action."""
        await (await self._rules()).store.remove_action(id_)

    @exported
    async def action_templates(self) -> str:
        """Return what can be done."""
        return _json(list((await self._rules()).store.catalogue.actions().values()))

    @exported
    async def recipients(self) -> str:
        """Return every recipient."""
        return _json((await self._rules()).store.recipients())

    @exported
    async def put_recipient(self, recipient: str) -> int:
        """Store a recipient."""
        return await (await self._rules()).store.put_recipient(_read(recipient, Recipient))

    @exported
    async def copy_recipient(self, id_: int, name: str) -> int:
        """Copy a recipient."""
        return await (await self._rules()).store.copy_recipient(id_, name)

    @exported
    async def remove_recipient(self, id_: int) -> None:
        """Remove a recipient."""
        await (await self._rules()).store.remove_recipient(id_)

    @exported
    async def test_recipient(self, recipient: str) -> str:
        """Try to reach a recipient."""
        reached, message = await (await self._rules()).test(_read(recipient, Recipient))
        return _json({"ok": reached, "message": message})

    @exported
    async def recipient_templates(self) -> str:
        """Return whom there can be."""
        return _json(list((await self._rules()).store.catalogue.recipients().values()))

    @exported
    async def schedules(self) -> str:
        """Return every schedule."""
        return _json((await self._rules()).schedules.described())

    @exported
    async def put_schedule(self, schedule: str) -> str:
        """Store a schedule."""
        return await (await self._rules()).schedules.put(_read(schedule, Schedule))

    @exported
    async def remove_schedule(self, id_: str) -> None:
        """Remove a schedule."""
        await (await self._rules()).schedules.remove(id_)

    @exported
    async def explain(self, rule: int) -> str:
        """Say how a rule stands."""
        return _json((await self._rules()).explain(rule))

    @exported
    async def dry_run(self, question: str) -> str:
        """Say what would happen."""
        return _json(await (await self._rules()).dry_run(_read(question, DryRun)))

    @exported
    async def replay(self, question: str) -> str:
        """Say what other rules would have done."""
        return _json(await (await self._rules()).replay(_read(question, Replay)))

    @exported
    async def record(self, search: str) -> str:
        """Look something up."""
        return _json(await (await self._rules()).record.search(_read(search, Search)))

    @exported
    async def deliveries(self) -> str:
        """Say how far messages are."""
        return _json((await self._rules()).deliveries.states())


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _read(text: str, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidValue(f"this is not the shape of {shape.__name__}: {error}") from None
