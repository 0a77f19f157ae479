"""The stack at work: orders to PJSIP, PJSIP to notices, in one thread."""

import gc
import logging
import os
import time
from typing import Final, NamedTuple

import pjsua2 as pj

from daemons.sip.stack import wire
from daemons.sip.stack.accounts import Account, Accounts, Servers
from daemons.sip.stack.calls import Calls
from daemons.sip.stack.endpoint import CannotStart, Endpoint
from daemons.sip.stack.guard import Guard, GuardFailed, StackNotBuilt
from daemons.sip.stack.messages import Link
from daemons.sip.stack.names import Found, LookUp, Names

__all__ = ["CannotStart", "Stack"]

_IDLE_MS: Final = 100
"""How long to wait for something to do: orders and packets are no later for it, they wake."""
_BUSY_MS: Final = 10
"""The same while other threads may have something to do for this one: those of media, and those that look names up."""
_ALIVE_EVERY_S: Final = 1.0
_LAST_WORDS_S: Final = 1.5
"""For BYE, CANCEL and the end of registrations to be answered."""
_NO_ACCOUNT: Final = "There is no such account"

log = logging.getLogger(__name__)


class _Way(NamedTuple):
    """Whom a request passes on its way, and who else speaks for the account."""

    servers: Servers
    target: str | None
    """None: the registrar."""

    @property
    def _hops(self) -> tuple[str, ...]:
        last = self.servers.registrar if self.target is None else (self.target,)
        return self.servers.proxies or last

    @property
    def hosts(self) -> frozenset[str]:
        """All whose addresses have to be known."""
        return frozenset({*self.servers.proxies, *self.servers.registrar, *self._hops})

    def leads_on(self, found: Found) -> bool:
        """Whether what comes next has an address."""
        return all(found[hop] for hop in self._hops)

    def trusted(self, found: Found) -> frozenset[str]:
        """Return the addresses of the account's servers."""
        servers = {*self.servers.proxies, *self.servers.registrar}
        return frozenset().union(*(found[server] for server in servers))


class Stack:
    """PJSIP with everything around it."""

    def __init__(self, start: wire.Start, link: Link) -> None:
        self._link = link
        self._alive_at = 0.0
        self._names = Names()
        self._looking: list[tuple[LookUp, _Way, wire.Dial | wire.Register]] = []
        self._guard = _guard()
        self._endpoint = Endpoint(start.endpoint, self._guard.slots)
        self._endpoint.create()
        self._guard.install()
        self._endpoint.wake_on(link.descriptor)
        self._calls = Calls(self._tell, start.endpoint)
        self._accounts = Accounts(self._endpoint, self._calls.incoming, self._tell)
        self._endpoint.choose_accounts(self._accounts.called)
        self._endpoint.start()
        self._calls.rest()
        self._apply(start.settings)
        self._tell(
            wire.Ready(
                self._endpoint.version,
                self._endpoint.codecs(),
                self._endpoint.has_tls,
                self._endpoint.upnp,
                "; ".join(self._endpoint.trouble),
            )
        )

    def step(self) -> bool:
        """Do what there is to do; returns False when the daemon wants it to end."""
        busy = self._looking or len(self._calls)
        self._endpoint.handle_events(_BUSY_MS if busy else _IDLE_MS)
        for order, descriptor in self._link.orders():
            if isinstance(order, wire.Stop):
                return False
            try:
                self._obey(order, descriptor)
            except (pj.Error, ValueError, KeyError, OSError) as error:
                reason = error.reason if isinstance(error, pj.Error) else repr(error)
                log.warning("%s was not possible: %s", type(order).__name__, reason)
        self._looked_up()
        self._calls.catch_up()
        self._calls.sweep()
        self._accounts.sweep()
        now = time.monotonic()
        if now >= self._alive_at:
            self._alive_at = now + _ALIVE_EVERY_S
            self._link.send(wire.Alive(_refused(self._guard.counters())))
        self._link.flush()
        return True

    def hang_up_all(self) -> None:
        """Say goodbye to everybody on a call, and wait for nobody."""
        self._endpoint.hang_up_all()

    def stop(self) -> None:
        """End all calls, unregister, and end PJSIP."""
        until = time.monotonic() + _LAST_WORDS_S
        self._calls.end_all()
        self._accounts.unregister()
        while time.monotonic() < until and (self._endpoint.calls or self._accounts.registered):
            self._endpoint.handle_events(_BUSY_MS)
            self._calls.catch_up()
            self._calls.sweep()
        self._endpoint.close_ports()
        self._link.flush()
        self._accounts.shut_down()
        self._calls.sweep()
        gc.unfreeze()
        gc.collect()
        self._endpoint.destroy()

    def _tell(self, notice: wire.Notice) -> None:
        self._link.send(notice)

    # -- orders --------------------------------------------------------------------------------

    def _obey(self, order: wire.Order, descriptor: int | None) -> None:
        match order:
            case wire.Apply(settings):
                self._apply(settings)
            case wire.Register() | wire.Dial():
                self._with_name(order)
            case wire.Ring(call):
                self._calls.ring(call)
            case wire.Answer(call):
                self._calls.answer(call)
            case wire.HangUp(call, code):
                self._take_back(call)
                self._calls.hang_up(call, code)
            case wire.Playback(call) if descriptor is not None:
                if not self._calls.play_to(call, descriptor):
                    os.close(descriptor)
            case wire.Capture(call) if descriptor is not None:
                if not self._calls.capture_from(call, descriptor):
                    os.close(descriptor)
            case _:
                log.warning("%s makes no sense now", type(order).__name__)

    def _apply(self, settings: wire.Settings) -> None:
        self._endpoint.choose_codecs(settings.codecs)
        self._calls.settings = settings
        try:
            self._guard.know(settings.known)
        except GuardFailed as error:
            log.warning("%s", error)
        for account in self._accounts.apply(settings.accounts):
            self._with_name(wire.Register(account.wanted.id))

    # -- names ---------------------------------------------------------------------------------

    def _with_name(self, order: wire.Dial | wire.Register) -> None:
        """Have the name server asked by another thread first: PJSIP itself would keep all calls waiting for it."""
        account = self._accounts.get(order.account)
        if account is None:
            self._impossible(order, 404, _NO_ACCOUNT)
            return
        try:
            target = account.next_hop(order.to).host if isinstance(order, wire.Dial) else None
        except ValueError as error:
            self._impossible(order, 400, str(error))
            return
        way = _Way(account.servers, target)
        look_up = self._names.look_up(way.hosts, at_once=isinstance(order, wire.Dial))
        self._looking.append((look_up, way, order))

    def _looked_up(self) -> None:
        for entry in [entry for entry in self._looking if entry[0].done]:
            self._looking.remove(entry)
            look_up, way, order = entry
            found = look_up.found
            account = self._accounts.get(order.account)
            if account is None:
                self._impossible(order, 404, _NO_ACCOUNT)
            elif not way.leads_on(found):
                self._impossible(order, 503, "Host not found")
            else:
                account.trusted = way.trusted(found)
                self._carry_out(order, account)

    def _take_back(self, call: str) -> None:
        """Place a call no more that waits for a name."""
        for entry in list(self._looking):
            order = entry[-1]
            if isinstance(order, wire.Dial) and order.call == call:
                self._looking.remove(entry)
                self._impossible(order, 487, "Request Terminated")

    def _impossible(self, order: wire.Dial | wire.Register, code: int, text: str) -> None:
        if isinstance(order, wire.Dial):
            self._tell(wire.Changed(order.call, "ended", code, text))
        else:
            self._tell(wire.Registration(order.account, code, text, active=False))

    def _carry_out(self, order: wire.Dial | wire.Register, account: Account) -> None:
        if isinstance(order, wire.Dial):
            self._calls.dial(order, account)
        else:
            account.register()


def _refused(counters: dict[str, int]) -> dict[str, int]:
    return {rule: number for rule, number in counters.items() if number and rule != "passed"}


def _guard() -> Guard:
    try:
        return Guard()
    except StackNotBuilt as error:
        raise CannotStart(str(error)) from error
