"""Numbers for new things. None is given twice, for clients remember them (VAPIX events page 5)."""

import asyncio

from common.params.client import ParamsClient
from daemons.events.configuration.collection import Collection
from daemons.events.records import NUMBERS, NumbersRecord

_ID = "last"


class Numbers:
    """The last number of each kind; it is on disk before the number is used."""

    def __init__(self, params: ParamsClient) -> None:
        self._kept = Collection(params, NUMBERS, NumbersRecord)
        self._giving = asyncio.Lock()

    async def load(self) -> None:
        """Read what was given so far."""
        async with self._giving:
            await self._kept.load()

    @property
    def begun(self) -> bool:
        """Whether the factory's things were stored since the last reset."""
        return _ID in self._kept.records

    async def begin(self, last: dict[str, int]) -> None:
        """Note the numbers that the factory's things have."""
        await self._kept.put(_ID, NumbersRecord(last))

    async def next(self, kind: str) -> int:
        """Return a number that nothing of that kind had before."""
        async with self._giving:  # rules and schedules are stored at the same time
            last = dict(self._kept.records[_ID].last) if self.begun else {}
            last[kind] = last.get(kind, 0) + 1
            await self._kept.put(_ID, NumbersRecord(last))
            return last[kind]
