"""The sip daemon's side of the bus."""

from collections.abc import Awaitable, Callable

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.sip import SipInterface
from common.sip import AudioCodec, Codecs, VmsCalls
from daemons.sip.calls.registry import Registry
from daemons.sip.exchange import Exchange
from daemons.sip.settings.book import Book
from daemons.sip.settings.checks import FACTORY_CODECS, SUPPORTED_CODECS
from daemons.sip.settings.shapes import read, read_accounts
from daemons.sip.topics import state_event


class SipService(SipInterface):
    """Unpacks and delegates."""

    def __init__(
        self,
        connection: Connection,
        book: Book,
        exchange: Exchange,
        registry: Registry,
        check_certificate: Callable[[str], Awaitable[None]],
    ) -> None:
        """`check_certificate` raises `InvalidValue` for an alias that no account can have."""
        super().__init__()
        self.connection = connection
        self._book = book
        self._check_certificate = check_certificate
        self._exchange = exchange
        self._registry = registry

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return the state of all calls."""
        event = state_event(self._registry.state)
        return [(event.topic, dict(event.source), dict(event.data))]

    # -- settings --

    @exported
    async def state(self) -> str:
        """Return how SIP as a whole is."""
        return _json(self._exchange.state())

    @exported
    async def configuration(self) -> str:
        """Return the settings of all of SIP, without secrets."""
        return _json(self._book.shown_configuration())

    @exported
    async def configure(self, changes: str, keep_current: bool) -> None:
        """Take other settings."""
        await self._book.configure(changes, keep_current)

    @exported
    async def codecs(self) -> str:
        """Return the codecs there are and those chosen."""
        chosen = self._book.codecs or FACTORY_CODECS
        return _json(Codecs(SUPPORTED_CODECS, FACTORY_CODECS, chosen))

    @exported
    async def choose_codecs(self, codecs: str) -> None:
        """Use codecs in this order."""
        await self._book.choose_codecs(read(codecs, list[AudioCodec]))

    @exported
    async def vms_calls(self) -> str:
        """Return when a video management system has answered."""
        return _json(self._book.vms)

    @exported
    async def configure_vms_calls(self, vms_calls: str) -> None:
        """Take other settings for calls to a video management system."""
        await self._book.configure_vms(read(vms_calls, VmsCalls))

    # -- accounts --

    @exported
    async def accounts(self) -> str:
        """Return the accounts, without secrets."""
        return _json(self._book.shown_accounts())

    @exported
    async def put_accounts(self, accounts: str) -> list[str]:
        """Take accounts, all or none."""
        wanted = read_accounts(accounts)
        for account in wanted:
            await self._check_certificate(account.certificate)
        return await self._book.put_accounts(wanted)

    @exported
    async def remove_accounts(self, ids: list[str]) -> None:
        """Remove accounts."""
        await self._book.remove_accounts(ids)

    @exported
    async def account_statuses(self) -> str:
        """Return how each account is."""
        return _json(self._exchange.account_statuses())

    # -- DTMF --

    @exported
    async def dtmf(self) -> tuple[str, str, str]:
        """Return what keys do."""
        dtmf = self._book.dtmf
        return _json(dtmf.configurations), _json(dtmf.events), _json(dtmf.triggers)

    @exported
    async def put_dtmf(self, kind: str, entities: str) -> list[str]:
        """Take entities of a kind, all or none."""
        return await self._book.put_dtmf(kind, entities)

    @exported
    async def remove_dtmf(self, kind: str, ids: list[str]) -> None:
        """Remove entities of a kind."""
        await self._book.remove_dtmf(kind, ids)

    # -- calls --

    @exported
    async def call(self, to: str, account: str) -> str:
        """Call somebody."""
        return self._exchange.call(to, account)

    @exported
    async def terminate(self, call: str) -> None:
        """End a call."""
        self._exchange.terminate(call)

    @exported
    async def calls(self) -> str:
        """Return the calls there are and were."""
        return _json(self._registry.statuses())

    @exported
    async def answer_calls(self) -> int:
        """Answer every call that rings."""
        return self._exchange.answer_calls()

    @exported
    async def end_calls(self) -> int:
        """End every call."""
        return self._exchange.end_calls()


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()
