"""What the params daemon can do, free of the bus: each verb as one transaction of the database."""

import asyncio
import json
from collections.abc import Iterable, Mapping

from common.errors import InvalidValue, NotFound, NotPermitted, Unavailable
from common.params.kinds import Access
from daemons.params import groups, records, resetting, updating
from daemons.params.change import Change
from daemons.params.database import Database
from daemons.params.ports import Owners
from daemons.params.tree import Tree

MOST_CHANGES = 2000
LONGEST_WHO = 200


class Parameters:
    """The verbs. `owner` and `daemon` name the daemon that asks, `who` is the person an edge speaks for."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self.database = database
        self._owners = owners
        self._looking = asyncio.Lock()

    @property
    def tree(self) -> Tree:
        """The parameters as they are now."""
        return self.database.tree

    async def update(
        self, daemon: str, changes: Mapping[str, str], access: Access, who: str, *, atomic: bool
    ) -> tuple[int, dict[str, str]]:
        """Write values for a person; returns the revision and what was refused."""
        if len(changes) > MOST_CHANGES:
            raise InvalidValue(f"at most {MOST_CHANGES} parameters can be changed at once")
        registry = self.database.registry
        known = [found.parameter for name in changes if (found := registry.lookup(name))]
        vetoes = updating.not_theirs(registry, changes, daemon)
        if any(parameter.secret for parameter in known):
            await self.database.prepare_secrets()
        if not any(parameter.checked_by_owner for parameter in known):
            return await self._update(changes, access, who, atomic=atomic, vetoes=vetoes)
        async with self._looking:  # two changes that fit alone may not fit together
            theirs = {name: text for name, text in changes.items() if name not in vetoes}
            vetoes |= await self._vetoes(theirs, access)
            return await self._update(changes, access, who, atomic=atomic, vetoes=vetoes)

    async def _update(
        self,
        changes: Mapping[str, str],
        access: Access,
        who: str,
        *,
        atomic: bool,
        vetoes: Mapping[str, str],
    ) -> tuple[int, dict[str, str]]:
        def plan(tree: Tree) -> tuple[Change, dict[str, str]]:
            return updating.update(
                tree,
                self.database.sealer,
                changes,
                access,
                who[:LONGEST_WHO],
                atomic=atomic,
                vetoes=vetoes,
            )

        change, refused = await self.database.write(plan)
        return change.revision, refused

    async def _vetoes(self, changes: Mapping[str, str], access: Access) -> dict[str, str]:
        """Ask the owners about what would change and is theirs to check."""
        change, _refused = updating.update(
            self.tree, self.database.sealer, changes, access, "", atomic=False, vetoes={}
        )
        by_owner: dict[str, dict[str, str]] = {}
        for name, value in change.told.items():
            parameter = self.tree.find(name).parameter
            if parameter.checked_by_owner:
                by_owner.setdefault(parameter.owner, {})[name] = value
        vetoes: dict[str, str] = {}
        for owner, theirs in by_owner.items():
            try:
                vetoes |= await self._owners.veto(owner, theirs)
            except Unavailable:
                reason = f"the {owner} daemon, which checks this, does not answer: try again"
                vetoes |= dict.fromkeys(theirs, reason)
        return vetoes

    async def add(
        self,
        template: str,
        parent: str,
        values: Mapping[str, str],
        access: Access,
        who: str,
        *,
        force: bool,
    ) -> tuple[str, dict[str, str]]:
        """Make a numbered group for a person; returns its letter and number, and the values refused."""
        declared = self.database.registry.templates.get(template)
        if declared is not None and any(member.secret for member in declared.members):
            await self.database.prepare_secrets()
        _change, made = await self.database.write(
            lambda tree: groups.add(
                tree,
                self.database.sealer,
                template,
                parent,
                values,
                access,
                who[:LONGEST_WHO],
                force=force,
            )
        )
        return made

    async def remove(self, names: Iterable[str], access: Access, who: str) -> dict[str, str]:
        """Remove numbered groups for a person; returns what was refused."""
        _change, refused = await self.database.write(
            lambda tree: groups.remove(tree, names, access, who[:LONGEST_WHO])
        )
        return refused

    async def publish(self, owner: str, values: Mapping[str, str]) -> None:
        """Take facts from their owner."""
        await self.database.write(lambda tree: (updating.publish(tree, owner, values), None))

    async def put_group(self, owner: str, group: str, values: Mapping[str, str]) -> None:
        """Make or change a numbered group for its owner."""
        await self.database.write(lambda tree: (groups.put_group(tree, owner, group, values), None))

    async def drop_groups(self, owner: str, names: Iterable[str]) -> None:
        """Remove numbered groups for their owner."""
        await self.database.write(lambda tree: (groups.drop_groups(tree, owner, names), None))

    def records(self, type_: str) -> list[tuple[str, int, str]]:
        """Return every record of a type."""
        return records.listed(self.tree.state, self.database.registry.record(type_))

    async def put_record(
        self, owner: str, type_: str, id_: str, revision: int, content: str
    ) -> int:
        """Write a record for its owner; returns its new revision."""
        # Most units have no secret for most of their life, and what seals them is large.
        declared = self.database.registry.record(type_)
        if records.holds_secrets(self.tree.state, declared, id_, content):
            await self.database.prepare_secrets()
        change, _ = await self.database.write(
            lambda tree: (
                records.put(tree, self.database.sealer, owner, type_, id_, revision, content),
                None,
            )
        )
        return change.revision

    async def delete_record(self, owner: str, type_: str, id_: str, revision: int) -> None:
        """Delete a record for its owner."""
        await self.database.write(
            lambda tree: (records.delete(tree, owner, type_, id_, revision), None)
        )

    async def reset(self, level: str, who: str) -> int:
        """Return what `level` covers to its default; returns the new generation."""
        change, _ = await self.database.write(
            lambda tree: (resetting.reset(tree, level, who[:LONGEST_WHO]), None)
        )
        return change.generation

    async def keep(self) -> None:
        """Keep everything as it is, for the way back from an upgrade."""
        await self.database.keep()

    async def put_back(self) -> bool:
        """Have the next start put back what was kept."""
        return await self.database.put_back_next_time()

    async def drop_kept(self) -> None:
        """Give up the way back."""
        await self.database.drop_kept()

    async def secret(self, owner: str, name: str) -> str:
        """Return a secret to the daemon declared as its owner."""
        registry, state = self.database.registry, self.tree.state
        type_, slash, _id = name.partition("/")
        if slash:
            declared_owner = registry.record(type_).owner
        else:
            parameter = self.tree.find(name).parameter
            declared_owner = parameter.owner if parameter.secret else ""
        if not owner or declared_owner != owner:
            raise NotPermitted(f"'{name[:100]}' is not a secret of {owner or 'the caller'}")
        if slash:
            if (type_, _id) not in state.records:
                raise NotFound(f"there is no {type_} '{_id[:100]}'")
            if name in state.secrets:
                await self.database.prepare_secrets()
            return json.dumps(records.unsealed(state, self.database.sealer, name))
        sealed = state.secrets.get(name)
        if sealed is None:
            return registry.find(name).parameter.default
        await self.database.prepare_secrets()
        text = self.database.sealer.unseal(name, sealed)
        return registry.find(name).parameter.default if text is None else text
