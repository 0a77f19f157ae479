"""The settings on one side, the stack on the other: what it is told, and how SIP as a whole is."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from common.clock import Clock
from common.errors import Conflict, Unavailable
from common.sip import VMS_CALL, AccountStatus, State
from daemons.sip.accounts.accounts import Accounts
from daemons.sip.accounts.registration import account_id
from daemons.sip.accounts.stack_accounts import server_hosts, stack_settings
from daemons.sip.calls.conduct import Conduct
from daemons.sip.calls.policy import known_addresses
from daemons.sip.calls.registry import Call, Registry
from daemons.sip.calls.vms_calls import Vms
from daemons.sip.dtmf import Keys, sequences_of
from daemons.sip.endpoint import Installation, endpoint, listens_at
from daemons.sip.settings.book import Book
from daemons.sip.settings.checks import FACTORY_CODECS
from daemons.sip.stack import wire

log = logging.getLogger(__name__)

NOT_BUILT = "the SIP stack is not built on this machine: run `make pjsip`"
OFF = "SIP is off"
MOST_KNOWN = 256
"""Addresses and networks; servers go before listed callers."""
LOOK_S = 60.0
"""The unit's certificate may be another one; everything else tells of itself."""


class Stack(Protocol):
    """The stack, whichever process it is."""

    running: bool
    reason: str

    def follow(self, start: wire.Start | None, identity: object) -> None:
        """Have one run that was started like this; one with another identity is started anew."""
        ...

    def tell(self, order: wire.Order) -> None:
        """Give an order; raises `Unavailable` while it does not run."""
        ...


class Names(Protocol):
    """The addresses of hosts."""

    addresses: frozenset[str]

    def look_for(self, hosts: frozenset[str]) -> None:
        """Know these from now on."""
        ...

    def again(self) -> None:
        """The network is another one."""
        ...


@dataclass(frozen=True)
class Parts:
    """What the exchange connects."""

    stack: Stack
    book: Book
    registry: Registry
    accounts: Accounts
    conduct: Conduct
    vms: Vms
    keys: Keys
    names: Names
    clock: Clock
    installed: Callable[[], Installation]
    """What the unit brings along now."""
    built: Callable[[], bool]


class Exchange:
    """Fulfils the stack's listener."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._addresses: tuple[str, ...] = ()
        self._identity: object = None
        self._told: wire.Start | None = None
        self._ready: wire.Ready | None = None
        self._refused: dict[str, int] = {}
        self._waits_for_calls = False
        self._poked = asyncio.Event()

    # -- what somebody wants --

    def call(self, to: str, account: str) -> str:
        """Call somebody, or the video management system; returns the call's id."""
        parts = self._parts
        if to.strip() == VMS_CALL:
            parts.conduct.check_room()
            return parts.vms.call()
        if not parts.book.configuration.sip_enabled:
            raise Unavailable(OFF)
        try:
            return parts.conduct.call(to, account, self.own_host)
        finally:
            self.poke()

    def terminate(self, id_: str) -> None:
        """End a call in whatever state it is."""
        self._hang_up(self._parts.registry.existing(id_))

    def answer_calls(self) -> int:
        """Answer every call that rings, and return how many."""
        try:
            return self._parts.conduct.answer_all()
        finally:
            self.poke()

    def end_calls(self) -> int:
        """End every call, and return how many there were."""
        calls = list(self._parts.registry.under_way())
        if not calls:
            raise Conflict("there is no call")
        for call in calls:
            self._hang_up(call)
        return len(calls)

    def playback_stopped(self, id_: str) -> None:
        """Somebody has stopped what a call says."""
        call = self._parts.registry.get(id_)
        if call is not None:
            self._parts.conduct.hang_up(call, "Terminated", "its sound was stopped at the unit")
            self.poke()

    def _hang_up(self, call: Call) -> None:
        if call.kind == "VMS":
            self._parts.vms.hang_up(call)
        else:
            self._parts.conduct.hang_up(call)
        self.poke()

    # -- how it is --

    @property
    def own_host(self) -> str:
        """The address and port at which the unit is called."""
        port = self._parts.book.configuration.sip_port
        found = next(iter(self._addresses), "127.0.0.1")
        return f"[{found}]:{port}" if ":" in found else f"{found}:{port}"

    def state(self) -> State:
        """Return how SIP as a whole is."""
        parts, configuration = self._parts, self._parts.book.configuration
        built, ready = parts.built(), self._ready
        reason = "" if not configuration.sip_enabled else NOT_BUILT if not built else ""
        return State(
            enabled=configuration.sip_enabled,
            built=built,
            running=parts.stack.running,
            reason=reason or parts.stack.reason or (ready.trouble if ready else ""),
            waits_for_calls=self._waits_for_calls,
            upnp=ready.upnp if ready else "",
            addresses=listens_at(self._addresses, configuration.sip_port),
            refused=dict(self._refused),
        )

    def account_statuses(self) -> list[AccountStatus]:
        """Return how each account is."""
        return self._parts.accounts.statuses(
            enabled=self._parts.book.configuration.sip_enabled,
            running=self._parts.stack.running,
            own_host=self.own_host,
        )

    # -- what is another than before --

    def addresses_changed(self, addresses: tuple[str, ...]) -> None:
        """The unit has other addresses; the network may be back."""
        if addresses != self._addresses:
            self._addresses = addresses
            self._parts.names.again()
            self._parts.accounts.hurry()
            self.follow()

    def follow(self) -> None:
        """Have the stack live by what holds now."""
        parts, book = self._parts, self._parts.book
        configuration = book.configuration
        hosts = server_hosts(book.accounts)
        parts.names.look_for(hosts if configuration.sip_enabled else frozenset())
        known = [*sorted(parts.names.addresses), *known_addresses(configuration)][:MOST_KNOWN]
        parts.conduct.configuration, parts.conduct.known = configuration, known
        parts.vms.settings = book.vms
        parts.accounts.take(configuration, book.accounts)
        if configuration.sip_enabled and parts.built():
            installation = parts.installed()
            accounts = parts.accounts.stack_accounts(configuration, book.dtmf.of, self._in_calls())
            codecs = book.codecs or FACTORY_CODECS
            settings = stack_settings(configuration, codecs, accounts, known)
            wanted = wire.Start(endpoint(configuration, installation), settings)
            # A transport that stands is bound to the addresses there were.
            self._go_over_to(wanted, (wanted.endpoint, installation, self._addresses))
        else:
            self._end_all()
        self.poke()

    def _go_over_to(self, wanted: wire.Start, identity: object) -> None:
        stack = self._parts.stack
        busy = stack.running and bool(self._in_calls())
        self._waits_for_calls = busy and identity != self._identity
        if self._waits_for_calls and self._told is not None:
            wanted, identity = wire.Start(self._told.endpoint, wanted.settings), self._identity
        again = identity != self._identity
        other = self._told is None or wanted.settings != self._told.settings
        self._told, self._identity = wanted, identity
        stack.follow(wanted, identity)
        if other and not again and stack.running:
            self._tell(wire.Apply(wanted.settings))

    def _end_all(self) -> None:
        for call in self._parts.registry.under_way():
            if call.kind == "SIP":
                self._parts.conduct.hang_up(call, "Terminated", OFF)
        self._told, self._identity, self._waits_for_calls = None, None, False
        self._parts.stack.follow(None, None)

    def _in_calls(self) -> set[str]:
        return {call.account for call in self._parts.registry.under_way() if call.kind == "SIP"}

    # -- what the stack says --

    def heard(self, notice: wire.Notice) -> None:
        """Take a notice; what an order in answer to it cannot reach is lost with the stack."""
        try:
            self._take(notice)
        except Unavailable as error:
            log.debug("%s", error.message)
        if not isinstance(notice, wire.Alive):
            self.poke()

    def _take(self, notice: wire.Notice) -> None:
        parts = self._parts
        match notice:
            case wire.Ready():
                self._begin(notice)
            case wire.Registration():
                parts.accounts.result(notice)
                self.follow()
            case wire.Incoming():
                parts.conduct.incoming(notice)
            case wire.Changed():
                parts.conduct.changed(notice)
                if notice.state == "ended":
                    self._call_ended(notice.call)
            case wire.Transferred():
                parts.conduct.transferred(notice)
            case wire.Dtmf():
                self._pressed(notice)
            case wire.Alive():
                self._refused = notice.refused
            case wire.Failed():
                pass

    def lost(self) -> None:
        """The stack is gone."""
        self._ready, self._refused = None, {}
        for call in self._parts.registry.under_way():
            self._parts.keys.forget(call.id)
        self._parts.conduct.lost()
        self.follow()

    def _begin(self, ready: wire.Ready) -> None:
        self._ready = ready
        log.info("the SIP stack runs: %s", ready.version)
        if ready.trouble:
            log.warning("the SIP stack: %s", ready.trouble)
        self._parts.accounts.stack_started()
        if self._told is not None:
            # The settings may have changed since it was started.
            self._tell(wire.Apply(self._told.settings))
        self.follow()

    def _call_ended(self, id_: str) -> None:
        self._parts.keys.forget(id_)
        self.follow()  # an account may have waited for this, or all the stack

    def _pressed(self, notice: wire.Dtmf) -> None:
        parts = self._parts
        call = parts.registry.get(notice.call)
        if call is None or (call.incoming and not call.answered):
            return  # who is not let in opens nothing
        account = parts.accounts.find(account_id(call.account))
        if account is not None:
            dtmf = parts.book.dtmf
            sequences = sequences_of(dtmf.of(account), dtmf.triggers)
            parts.keys.pressed(notice.call, notice.digit, sequences, parts.clock.monotonic())

    def _tell(self, order: wire.Order) -> None:
        try:
            self._parts.stack.tell(order)
        except Unavailable as error:
            log.debug("%s", error.message)  # the next one is told of everything

    # -- time --

    def poke(self) -> None:
        """Something may be due at another time than before."""
        self._poked.set()

    async def keep_time(self) -> None:
        """Do what is due when it is, until cancelled."""
        parts = self._parts
        looked = parts.clock.monotonic()
        while True:
            self._poked.clear()
            now = parts.clock.monotonic()
            if now - looked >= LOOK_S:
                looked = now
                self.follow()
            self.expire()
            moments = (parts.conduct.due, parts.keys.due, parts.accounts.due, looked + LOOK_S)
            due = min(at for at in moments if at is not None)
            try:
                async with asyncio.timeout(max(due - parts.clock.monotonic(), 0.0)):
                    await self._poked.wait()
            except TimeoutError:
                continue

    def expire(self) -> None:
        """Do what is due."""
        parts = self._parts
        now, before = parts.clock.monotonic(), self._in_calls()
        parts.conduct.expire()
        parts.keys.expire(now)
        registering = parts.accounts.due is not None and parts.accounts.due <= now
        to_try = parts.accounts.expire()
        if registering or before != self._in_calls():
            self.follow()
        for account in to_try:
            self._tell(wire.Register(account))
