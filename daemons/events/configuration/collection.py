"""Records of one type: what is kept of them in the params daemon, and a copy in memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

import msgspec

from common.errors import Unavailable
from common.params.client import ParamsClient
from common.params.registry import RecordType

Record = TypeVar("Record", bound=msgspec.Struct)


class Collection(Generic[Record]):
    """Every record of a type by its id. A change is made on disk first, then in memory."""

    def __init__(self, params: ParamsClient, type_: RecordType, shape: type[Record]) -> None:
        self._params = params
        self._type = type_
        self._shape = shape
        self._revisions: dict[str, int] = {}
        self.records: dict[str, Record] = {}
        self._doubtful = False
        """A write was not answered: nobody here knows whether it was done."""

    @property
    def revisions(self) -> Mapping[str, int]:
        """The revision of each: another one after each change, those of secrets included."""
        return self._revisions

    async def load(self) -> None:
        """Read everything anew."""
        answer = await self._params.bus.records(self._type.name)
        self._revisions = {id_: revision for id_, revision, _content in answer}
        self.records = {
            id_: msgspec.json.decode(content, type=self._shape)
            for id_, _revision, content in answer
        }
        self._doubtful = False

    async def put(self, id_: str, record: Record) -> None:
        """Write a record, a new one or in place of the present one."""
        await self._look_again()
        content = msgspec.json.encode(record).decode()
        with self._perhaps():
            revision = await self._params.bus.put_record(
                self._type.name, id_, self._revisions.get(id_, 0), content
            )
        self._revisions[id_] = revision
        self.records[id_] = _without(record, self._type.secret_fields)

    async def delete(self, id_: str) -> None:
        """Delete a record that there is, or was when somebody last looked."""
        await self._look_again()
        if id_ not in self._revisions:
            return
        with self._perhaps():
            await self._params.bus.delete_record(self._type.name, id_, self._revisions[id_])
        del self._revisions[id_]
        del self.records[id_]

    async def secrets(self, id_: str) -> dict[str, str]:
        """Return the field `secrets` of a record that has one, {} when nothing is kept."""
        kept = await self._params.record_secrets(self._type.name, id_)
        return dict(kept.get("secrets", {}))

    async def _look_again(self) -> None:
        if self._doubtful:
            await self.load()

    @contextmanager
    def _perhaps(self) -> Iterator[None]:
        try:
            yield
        except Unavailable:
            self._doubtful = True
            raise


def _without(record: Record, secret: frozenset[str]) -> Record:
    """Return a record as a listing has it: secrets do not stay in memory."""
    return (
        msgspec.structs.replace(record, **dict.fromkeys(secret, msgspec.UNSET))
        if secret
        else record
    )
