"""All calls: which there are, how many there may be, and what the daemon orders them to do."""

import itertools
import logging
import secrets
import time
from collections.abc import Callable
from typing import Final

import pjsua2 as pj

from daemons.sip.stack import addresses, wire
from daemons.sip.stack.accounts import Account
from daemons.sip.stack.call import Call, answering, parameters
from daemons.sip.stack.media import Pool, Port

_BAD_REQUEST: Final = 400
_BUSY: Final = 486
_FORBIDDEN: Final = 403
_RINGING: Final = 180
_OK: Final = 200
_TAKEN_WITHIN_S: Final = 10.0
"""The daemon says within this time what shall become of a call, or it is refused."""
_PLACED_WITHIN_S: Final = 1.0
"""PJSIP places the call that another one leads to at once, or says nothing when it cannot."""
_LISTENS_EVERY: Final = 0.1
"""Of the time that silence may last."""

log = logging.getLogger(__name__)


class Calls:
    """The calls that are up."""

    def __init__(self, tell: Callable[[wire.Notice], None], endpoint: wire.Endpoint) -> None:
        self.tell = tell
        self.event_payload = endpoint.dtmf_payload_type
        self.silence_s = endpoint.silence_s
        self.settings = wire.Settings()
        self._pool = Pool()
        self._all: dict[str, Call] = {}
        self._untaken: dict[str, float] = {}
        self._unplaced: dict[str, float] = {}
        self._refused: dict[str, Call] = {}
        self._over: list[Call] = []
        self._numbers = itertools.count()
        self._listens_at = 0.0

    def __len__(self) -> int:
        return len(self._all)

    def rest(self) -> None:
        """Cost nothing until there is a call."""
        self._pool.rest()

    # -- orders --------------------------------------------------------------------------------

    def dial(self, order: wire.Dial, account: Account) -> None:
        """Place a call."""
        call = Call(order.call, account, self, self._pool, outgoing=True)
        self._all[order.call] = call
        given = parameters(self.settings.direction)
        try:
            given.txOption.localUri = account.caller(order.to)
            given.txOption.targetUri = account.next_hop(order.to).uri
            call.makeCall(account.target(order.to), given)
        except (pj.Error, ValueError) as error:
            reason = error.reason if isinstance(error, pj.Error) else str(error)
            call.forget(503 if isinstance(error, pj.Error) else _BAD_REQUEST, reason)

    def ring(self, name: str) -> None:
        """Tell the caller that it rings."""
        self._answer(name, _RINGING)

    def answer(self, name: str) -> None:
        """Accept a call."""
        self._answer(name, _OK)

    def hang_up(self, name: str, code: int = 0) -> None:
        """End a call; one that is over already is fine."""
        if call := self._all.get(name):
            call.end(code)

    def play_to(self, name: str, descriptor: int) -> bool:
        """Send what a call says to a PCM connection; returns whether it was taken."""
        port = self._port(name)
        if port:
            port.play_to(descriptor)
        return port is not None

    def capture_from(self, name: str, descriptor: int) -> bool:
        """Say into a call what comes from a PCM connection; returns whether it was taken."""
        port = self._port(name)
        if port:
            port.capture_from(descriptor)
        return port is not None

    # -- what PJSIP brings ---------------------------------------------------------------------

    def incoming(self, account: Account, prm: pj.OnIncomingCallParam) -> None:
        """Tell a call that came, or refuse it where it cannot be."""
        name = f"In-{next(self._numbers)}-{time.time():.6f}-{secrets.token_urlsafe(12)}"
        call = Call(name, account, self, self._pool, prm.callId)
        if not self.settings.allow_incoming or len(self._all) >= self.settings.max_calls:
            self._refused[name] = call
            call.refuse(_FORBIDDEN if not self.settings.allow_incoming else _BUSY)
            return
        info = call.getInfo()
        self._all[name] = call
        self._untaken[name] = time.monotonic() + _TAKEN_WITHIN_S
        call.source = source = addresses.source(prm.rdata.srcAddress)
        self.tell(wire.Incoming(name, account.wanted.id, info.remoteUri, info.localUri, source))

    def follow(self, by: Call, to: str) -> Call | None:
        """Make the call that another one leads to; one more than there may be, as that one is about to end."""
        if not self.settings.follow_transfers or len(self._all) > self.settings.max_calls:
            return None
        name = f"Out-{next(self._numbers)}-{time.time():.6f}-{secrets.token_urlsafe(12)}"
        call = Call(name, by.account, self, self._pool, outgoing=True)
        self._all[name] = call
        self._unplaced[name] = time.monotonic() + _PLACED_WITHIN_S
        self.tell(
            wire.Transferred(by.name, name, by.account.wanted.id, to or by.getInfo().remoteUri)
        )
        return call

    def ended(self, call: Call) -> None:
        """Forget a call; the object stays until PJSIP has come back from it."""
        self._all.pop(call.name, None)
        self._refused.pop(call.name, None)
        self._untaken.pop(call.name, None)
        self._over.append(call)

    # -- time ----------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Connect and tell what has changed while PJSIP had the word."""
        for call in list(self._all.values()):
            call.catch_up()

    def sweep(self) -> None:
        """Do what time brings: refuse what nobody takes, let go of what is over or never was."""
        self._over.clear()
        now = time.monotonic()
        for name in [name for name, until in self._untaken.items() if until < now]:
            del self._untaken[name]
            log.warning("the daemon has not taken a call")
            self.hang_up(name, _BUSY)
        for name in [name for name, until in self._unplaced.items() if until < now]:
            del self._unplaced[name]
            led = self._all.get(name)
            if led is not None and led.getId() == pj.INVALID_ID:
                led.forget(_BAD_REQUEST, "This cannot be called")
        if now >= self._listens_at:
            self._listens_at = now + self.silence_s * _LISTENS_EVERY
            for call in list(self._all.values()):
                call.listen(now)

    def end_all(self) -> None:
        """End all of them."""
        for call in list(self._all.values()):
            call.end()

    def _answer(self, name: str, code: int) -> None:
        call = self._all.get(name)
        if call is None or call.outgoing:
            return
        self._untaken.pop(name, None)
        call.taken = True
        try:
            call.answer(answering(self.settings.direction, code))
        except pj.Error as error:
            log.info("a call was not answered: %s", error.reason)
            call.end(500)

    def _port(self, name: str) -> Port | None:
        call = self._all.get(name)
        return call.port if call else None
