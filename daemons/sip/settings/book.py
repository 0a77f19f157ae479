"""The settings in force: changed one at a time, and on disk before anybody goes by them."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeVar

import msgspec

from common.errors import Conflict
from common.sip import Account, AudioCodec, Configuration, VmsCalls
from daemons.sip.records import Dtmf, Settings
from daemons.sip.settings import accounts, dtmf
from daemons.sip.settings.checks import checked_codecs, checked_configuration
from daemons.sip.settings.passwords import (
    hide,
    in_account,
    in_configuration,
    kept_in_configuration,
)
from daemons.sip.settings.shapes import read, with_changes

_TRIES = 3

_Result = TypeVar("_Result")


class Store(Protocol):
    """Where settings are kept; when a method returns, they are on disk."""

    async def load(self) -> tuple[int, Settings]:
        """Return what is kept, and its revision: 0 when nothing is."""
        ...

    async def save(self, revision: int, settings: Settings) -> int:
        """Keep the settings and return their revision; `Conflict` when `revision` is not that of what is kept."""
        ...


class Book:
    """The settings, with their passwords."""

    def __init__(self, store: Store, changed: Callable[[], None]) -> None:
        """`changed` is called after each change, also by a reset."""
        self._store = store
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()
        self._settings = Settings()
        self._revision = 0
        self._doubtful = True
        """What is kept may be other than what is here: nothing was read yet, or a write was not answered."""

    async def load(self) -> None:
        """Go by what is on disk: at the start, after a reset, and when the params daemon is back."""
        async with self._one_at_a_time:
            await self._load()

    # -- what there is --

    @property
    def configuration(self) -> Configuration:
        """The settings of all of SIP."""
        return self._settings.configuration

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The peer-to-peer one first, then in order of their numbers; exactly one is the default."""
        return self._settings.accounts

    @property
    def codecs(self) -> tuple[AudioCodec, ...]:
        """Those chosen, in their order; empty for those of the factory (`FACTORY_CODECS`)."""
        return self._settings.codecs

    @property
    def dtmf(self) -> Dtmf:
        """What keys do."""
        return self._settings.dtmf

    @property
    def vms(self) -> VmsCalls:
        """When a video management system has answered."""
        return self._settings.vms

    def shown_configuration(self) -> Configuration:
        """Return the configuration without secrets."""
        return in_configuration(self.configuration, hide)

    def shown_accounts(self) -> tuple[Account, ...]:
        """Return the accounts without secrets."""
        return tuple(in_account(account, hide) for account in self.accounts)

    # -- changes --

    async def configure(self, changes: str, keep_current: bool) -> None:
        """Take fields of a configuration; those not sent stay, or get their default."""

        def plan(settings: Settings) -> tuple[Settings, None]:
            before = settings.configuration
            sent = with_changes(before if keep_current else Configuration(), changes)
            whole = kept_in_configuration(checked_configuration(sent), before)
            return msgspec.structs.replace(settings, configuration=whole), None

        await self._change(plan)

    async def choose_codecs(self, codecs: Sequence[AudioCodec]) -> None:
        """Use these in their order."""
        chosen = checked_codecs(codecs)
        await self._change(
            lambda settings: (msgspec.structs.replace(settings, codecs=chosen), None)
        )

    async def configure_vms(self, vms: VmsCalls) -> None:
        """Take other settings for calls to a video management system."""
        await self._change(lambda settings: (msgspec.structs.replace(settings, vms=vms), None))

    async def put_accounts(self, given: Sequence[Account]) -> list[str]:
        """Take accounts, all or none, and return their ids."""

        def plan(settings: Settings) -> tuple[Settings, list[str]]:
            whole, ids, number = accounts.put(
                settings.accounts, given, settings.dtmf, settings.numbers.get(accounts.PREFIX, 0)
            )
            numbers = _counted(settings, accounts.PREFIX, number)
            return msgspec.structs.replace(settings, accounts=whole, numbers=numbers), ids

        return await self._change(plan)

    async def remove_accounts(self, ids: Collection[str]) -> None:
        """Remove accounts, and the DTMF configurations that no other has."""

        def plan(settings: Settings) -> tuple[Settings, None]:
            left = accounts.removed(settings.accounts, ids)
            unused = accounts.of_nobody(settings.accounts, left)
            keys = dtmf.removed(settings.dtmf, dtmf.kind_of("configuration"), unused)
            return msgspec.structs.replace(settings, accounts=left, dtmf=keys), None

        await self._change(plan)

    async def put_dtmf(self, kind: str, entities: str) -> list[str]:
        """Take configurations, events or triggers, all or none, and return their ids."""
        known = dtmf.kind_of(kind)
        given = read(entities, known.entities)

        def plan(settings: Settings) -> tuple[Settings, list[str]]:
            whole, ids, number = dtmf.put(
                settings.dtmf, known, given, settings.numbers.get(known.prefix, 0)
            )
            numbers = _counted(settings, known.prefix, number)
            return msgspec.structs.replace(settings, dtmf=whole, numbers=numbers), ids

        return await self._change(plan)

    async def remove_dtmf(self, kind: str, ids: Collection[str]) -> None:
        """Remove configurations, events or triggers; what named them forgets them."""
        known = dtmf.kind_of(kind)

        def plan(settings: Settings) -> tuple[Settings, None]:
            left = dtmf.removed(settings.dtmf, known, ids)
            forgetful = accounts.without_configuration(settings.accounts, left)
            return msgspec.structs.replace(settings, dtmf=left, accounts=forgetful), None

        await self._change(plan)

    async def _change(self, plan: Callable[[Settings], tuple[Settings, _Result]]) -> _Result:
        """Do one change; where what is kept was another, the change is worked out anew from that."""
        async with self._one_at_a_time:
            for _try in range(_TRIES):
                if self._doubtful:
                    await self._load()
                wanted, result = plan(self._settings)
                if wanted == self._settings:
                    return result
                self._doubtful = True
                try:
                    self._revision = await self._store.save(self._revision, wanted)
                except Conflict:
                    continue
                self._doubtful = False
                self._settings = wanted
                self._changed()
                return result
        raise Conflict("the settings of SIP are being changed by somebody else, try again")

    async def _load(self) -> None:
        self._doubtful = True
        self._revision, settings = await self._store.load()
        self._doubtful = False
        if settings != self._settings:
            self._settings = settings
            self._changed()


def _counted(settings: Settings, prefix: str, number: int) -> dict[str, int]:
    return settings.numbers | ({prefix: number} if number else {})
