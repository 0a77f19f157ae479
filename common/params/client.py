"""How a daemon asks the params daemon, and hears of changes."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from common.bus.connection import Connection
from common.bus.params import ParamsInterface, ParamsSecretsInterface
from common.bus.suite import PARAMS
from common.errors import ApplianceError, Unavailable
from common.params.kinds import Access

RETRY_INTERVAL_S = 0.2

ChangeHandler = Callable[[Mapping[str, str], frozenset[str]], None]
"""Called with the new values of watched names, and the watched groups that were removed."""


class ParamsClient:
    """The parameters as one daemon sees them: asked for once, then kept current by signals."""

    def __init__(self, connection: Connection) -> None:
        self.bus = connection.proxy(ParamsInterface, PARAMS)
        self._secrets = connection.proxy(ParamsSecretsInterface, PARAMS)
        self._connection = connection

    async def wait(self) -> None:
        """Return when the params daemon answers; a daemon has nothing to do before."""
        while True:
            try:
                await self.bus.generation()
            except Unavailable:
                await asyncio.sleep(RETRY_INTERVAL_S)
            else:
                return

    async def values(self, groups: Iterable[str]) -> dict[str, str]:
        """Return name -> value of everything below `groups`."""
        found = await self.bus.select(list(groups), int(Access.INTERNAL))
        return {name: value for _known, pairs in found for name, value in pairs}

    async def watch(self, groups: Iterable[str], handler: ChangeHandler) -> dict[str, str]:
        """Return the present values below `groups` and call `handler` for every later change of them.

        When the params daemon comes back after an absence, `handler` gets everything again, since a change
        may have been missed.
        """
        watch = _Watch(tuple(groups), handler)
        await self._connection.subscribe(ParamsInterface.changed, PARAMS, watch.changed)

        def appeared(present: bool) -> None:
            if present and watch.begun:
                self._connection.start(self._again(watch), name="params are back")

        values = await self._current(watch)
        self._connection.watch(PARAMS, appeared)
        watch.begun = True
        return values

    async def _again(self, watch: "_Watch") -> None:
        while True:
            try:
                groups_before = set(watch.groups)
                values = await self._current(watch)
            except ApplianceError:
                await asyncio.sleep(RETRY_INTERVAL_S)
            else:
                watch.handler(values, frozenset(groups_before - watch.groups))
                return

    async def _current(self, watch: "_Watch") -> dict[str, str]:
        """Read what is watched; again when a signal overtook the answer."""
        while True:
            heard = watch.heard
            values = await self.values(watch.prefixes)
            if heard == watch.heard:
                watch.groups = {group for name in values if (group := _numbered_group(name))}
                return values

    async def publish(self, values: Mapping[str, str]) -> None:
        """Set read-only parameters this daemon owns."""
        await self.bus.publish(dict(values))

    async def secret(self, name: str) -> str:
        """Return a secret parameter this daemon owns."""
        return await self._secrets.get(name)

    async def record_secrets(self, type_: str, id_: str) -> dict[str, Any]:
        """Return the secret fields of a record this daemon owns."""
        fields: dict[str, Any] = json.loads(await self._secrets.get(f"{type_}/{id_}"))
        return fields


class _Watch:
    def __init__(self, prefixes: tuple[str, ...], handler: ChangeHandler) -> None:
        self.prefixes = prefixes
        self.handler = handler
        self.begun = False
        self.heard = 0
        self.groups: set[str] = set()
        """The numbered groups known to exist."""

    def changed(self, _revision: int, values: dict[str, str], removed: list[str]) -> None:
        mine = {name: value for name, value in values.items() if _within(name, self.prefixes)}
        gone = frozenset(group for group in removed if _within(group, self.prefixes))
        if mine or gone:
            self.heard += 1
            self.groups |= {group for name in mine if (group := _numbered_group(name))}
            self.groups -= gone
            self.handler(mine, gone)


def _numbered_group(name: str) -> str:
    match = re.match(r"(.+?\.[A-Z][0-9]+)\.", name)
    return match[1] if match else ""


def _within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)
