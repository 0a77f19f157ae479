"""How a daemon asks the params daemon, and hears of changes."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from common.bus.connection import Connection
from common.bus.params import ParamsInterface, ParamsSecretsInterface
from common.bus.suite import PARAMS
from common.errors import Unavailable
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
        prefixes = tuple(groups)

        def changed(_revision: int, values: dict[str, str], removed: list[str]) -> None:
            mine = {name: value for name, value in values.items() if _within(name, prefixes)}
            gone = frozenset(group for group in removed if _within(group, prefixes))
            if mine or gone:
                handler(mine, gone)

        await self._connection.subscribe(ParamsInterface.changed, PARAMS, changed)
        return await self.values(prefixes)

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


def _within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)
