"""The settings of the unit, as an upgrade handles them."""

from collections.abc import Awaitable, Callable

from common.params.client import ParamsClient


class UnitSettings:
    """The params daemon, and what else a reset is for this one."""

    def __init__(self, params: ParamsClient, reset: Callable[[str, str], Awaitable[None]]) -> None:
        self._params = params
        self._reset = reset

    async def keep(self) -> None:
        """Keep them as they are."""
        await self._params.bus.keep()

    async def put_back(self) -> bool:
        """Have those that were kept put back at the next start."""
        return await self._params.bus.put_back()

    async def drop_kept(self) -> None:
        """Give up those that were kept."""
        await self._params.bus.drop_kept()

    async def reset(self, level: str, who: str) -> None:
        """Return what `level` covers to its default."""
        await self._reset(level, who)
