"""Accounts and the three kinds of DTMF settings: each is got, set and removed in the same way, one or many.

Who asks for one hears when it is not there; unknown ids among many are ignored, and so is the removal of what is not
there (VAPIX sys-sip).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from common.params.kinds import Access
from common.sip import Account, AccountStatus, DtmfConfiguration, DtmfEvent, DtmfTrigger, Wire
from daemons.http.call import Call
from daemons.http.vapix.call import fields, wire
from daemons.http.vapix.call.endpoint import api
from daemons.http.vapix.service_api import not_found

_Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of entity; its ids are in the field `<name>Id`."""

    name: str
    words: str
    """What people call them."""
    shape: type[Wire]
    read: Callable[[Call], Awaitable[list[Any]]]
    """Returns all of them."""
    put: Callable[[Call, str], Awaitable[list[str]]]
    remove: Callable[[Call, list[str]], Awaitable[None]]
    reading: Access = Access.ADMIN
    formerly: Mapping[str, str] = field(default_factory=dict)
    """Fields by the names that they have in some clients."""

    @property
    def id(self) -> str:
        """The field of an id."""
        return f"{self.name}Id"


def _declare(kind: Kind) -> None:
    _declare_reading(kind)
    _declare_removal(kind)

    async def put(call: Call, given: list[dict[str, Any]]) -> list[str]:
        # What is left out stays as it is: two clients at once must not take the other's change back.
        async with call.unit.sip_changes:
            known = {one.id: one for one in await kind.read(call)}
            wanted = [_merged(kind, known, each) for each in given]
            return await kind.put(call, msgspec.json.encode(wanted).decode())

    async def set_one(call: Call, arguments: Mapping[str, Any]) -> _Answer:
        (id_,) = await put(call, [fields.structure(arguments, kind.name)])
        return {kind.id: id_}

    async def set_many(call: Call, arguments: Mapping[str, Any]) -> _Answer:
        return {kind.id: await put(call, fields.structures(arguments, kind.name))}

    set_one.__doc__ = f"Add one of the {kind.words}, or change the one that has its id."
    set_many.__doc__ = f"Add or change {kind.words}, all or none."
    api.command(f"Set{kind.name}", access=Access.ADMIN, changes=True)(set_one)
    api.command(f"Set{kind.name}s", access=Access.ADMIN, changes=True)(set_many)


def _declare_reading(kind: Kind) -> None:
    async def get_one(call: Call, arguments: Mapping[str, Any]) -> _Answer:
        id_ = fields.text(arguments, kind.id)
        return {kind.name: wire.shown(_one(await kind.read(call), "id", id_))}

    async def get_many(call: Call, arguments: Mapping[str, Any]) -> _Answer:
        ids = fields.optional_texts(arguments, kind.id)
        chosen = _chosen(await kind.read(call), "id", ids)
        return {kind.name: [wire.shown(one) for one in chosen]}

    get_one.__doc__ = f"Return one of the {kind.words}."
    get_many.__doc__ = f"Return {kind.words}: all, or those that are named."
    api.command(f"Get{kind.name}", access=kind.reading, changes=False)(get_one)
    api.command(f"Get{kind.name}s", access=kind.reading, changes=False)(get_many)


def _declare_removal(kind: Kind) -> None:
    async def remove_one(call: Call, arguments: Mapping[str, Any]) -> _Answer:
        await kind.remove(call, [fields.text(arguments, kind.id)])
        return {}

    async def remove_many(call: Call, arguments: Mapping[str, Any]) -> _Answer:
        await kind.remove(call, fields.texts(arguments, kind.id))
        return {}

    remove_one.__doc__ = f"Remove one of the {kind.words}."
    remove_many.__doc__ = f"Remove {kind.words}."
    api.command(f"Remove{kind.name}", access=Access.ADMIN, changes=True)(remove_one)
    api.command(f"Remove{kind.name}s", access=Access.ADMIN, changes=True)(remove_many)


def _merged(kind: Kind, known: Mapping[str, Any], given: Mapping[str, Any]) -> Wire:
    named = dict(given)
    for old, name in kind.formerly.items():
        if named.get(name) is None and old in named:
            named[name] = named[old]
    id_ = named.get("Id")
    now: Wire | None = known.get(id_) if isinstance(id_, str) else None
    return wire.merged(kind.shape, now, named)


def _one(entities: list[Any], attribute: str, id_: str) -> Any:
    for entity in entities:
        if getattr(entity, attribute) == id_:
            return entity
    raise not_found(f"Nothing has the id '{id_[:64]}'.")


def _chosen(entities: list[Any], attribute: str, ids: list[str]) -> list[Any]:
    wanted = frozenset(ids)
    return [one for one in entities if not ids or getattr(one, attribute) in wanted]


# -- accounts ----------------------------------------------------------------------------------

_ACCOUNTS: Final = msgspec.json.Decoder(list[Account])
_STATUSES: Final = msgspec.json.Decoder(list[AccountStatus])


async def _accounts(call: Call) -> list[Account]:
    return _ACCOUNTS.decode(await call.unit.sip.accounts())


async def _put_accounts(call: Call, accounts: str) -> list[str]:
    return await call.unit.sip.put_accounts(accounts)


async def _remove_accounts(call: Call, ids: list[str]) -> None:
    await call.unit.sip.remove_accounts(ids)


_declare(
    Kind(
        "SIPAccount",
        "accounts",
        Account,
        _accounts,
        _put_accounts,
        _remove_accounts,
        # Who calls chooses from which; the page of the test call shows them.
        reading=Access.OPERATOR,
        formerly={"Username": "UserId"},
    )
)


@api.command("GetSIPAccountStatus", access=Access.OPERATOR, changes=False)
async def get_account_status(call: Call, arguments: Mapping[str, Any]) -> _Answer:
    """Return whether an account is registered."""
    id_ = fields.text(arguments, "SIPAccountId")
    return {"SIPAccountStatus": _one(await _statuses(call), "sip_account_id", id_)}


@api.command("GetSIPAccountStatuses", access=Access.OPERATOR, changes=False)
async def get_account_statuses(call: Call, arguments: Mapping[str, Any]) -> _Answer:
    """Return whether accounts are registered: all, or those that are named."""
    ids = fields.optional_texts(arguments, "SIPAccountId")
    return {"SIPAccountStatus": _chosen(await _statuses(call), "sip_account_id", ids)}


async def _statuses(call: Call) -> list[AccountStatus]:
    return _STATUSES.decode(await call.unit.sip.account_statuses())


# -- DTMF --------------------------------------------------------------------------------------


def _declare_dtmf(place: int, kind: str, name: str, words: str, shape: type[Wire]) -> None:
    decoder = msgspec.json.Decoder(list[shape])  # type: ignore[valid-type]

    async def read(call: Call) -> list[Any]:
        return decoder.decode((await call.unit.sip.dtmf())[place])

    async def put(call: Call, entities: str) -> list[str]:
        return await call.unit.sip.put_dtmf(kind, entities)

    async def remove(call: Call, ids: list[str]) -> None:
        await call.unit.sip.remove_dtmf(kind, ids)

    _declare(Kind(name, words, shape, read, put, remove))


_declare_dtmf(0, "configuration", "DTMFConfiguration", "DTMF configurations", DtmfConfiguration)
_declare_dtmf(1, "event", "DTMFEvent", "DTMF events", DtmfEvent)
_declare_dtmf(2, "trigger", "DTMFTrigger", "DTMF sequences", DtmfTrigger)
