"""What is done about calls: who is taken, what is answered, and when it ends."""

import logging
from collections.abc import Callable, Collection
from typing import Protocol

from common.clock import Clock
from common.errors import Conflict, Unavailable
from common.sip import Account, Configuration, Direction, Reason
from daemons.sip.accounts.accounts import Accounts
from daemons.sip.calls.outcomes import outcome, progress, words
from daemons.sip.calls.policy import Load, Refusal, refusal
from daemons.sip.calls.registry import Call, Registry
from daemons.sip.calls.timing import limit
from daemons.sip.calls.uri import bare, callee, parse, plain
from daemons.sip.stack import wire

log = logging.getLogger(__name__)

REFUSALS_LOGGED_EVERY_S = 10.0
"""Strangers may call as often as they like."""
_GOES_ON = frozenset({"Idle", "Calling", "Ringing", "Active"})


class Sound(Protocol):
    """What is heard and said in calls."""

    def flow(self, call: str, who: str, direction: Direction) -> None:
        """A call has sound from now on."""
        ...

    def stop(self, call: str) -> None:
        """It has none any more."""
        ...


class Conduct:
    """The calls of the stack."""

    def __init__(
        self,
        registry: Registry,
        accounts: Accounts,
        sound: Sound,
        tell: Callable[[wire.Order], None],
        clock: Clock,
    ) -> None:
        """`tell` gives the stack an order, and raises `Unavailable` while it does not run."""
        self._registry = registry
        self._accounts = accounts
        self._sound = sound
        self._tell = tell
        self._clock = clock
        self._refused = 0
        self._logged_at: float | None = None
        self.configuration = Configuration()
        self.known: Collection[str] = ()
        """The addresses and networks of servers and listed callers."""

    # -- what somebody wants --

    def call(self, to: str, account: str, own_host: str) -> str:
        """Call somebody; returns the call's id."""
        uri = callee(to)
        by, device_uri = self._accounts.for_call(account, own_host)
        self.check_room()
        id_ = self._registry.new_id()
        self._tell(wire.Dial(id_, by, uri))
        self._registry.placed(id_, by, device_uri, uri)
        log.info("call %s to '%s' by %s", id_, uri, by)
        return id_

    def check_room(self) -> None:
        """Raise `Conflict` when as many calls are up as there may be."""
        most = self.configuration.attributes.max_calls
        if len(self._registry) >= most:
            raise Conflict(f"{most} calls are up already, more are not allowed")

    def hang_up(
        self, call: Call, reason: Reason = "Terminated", text: str = "", code: int = 0
    ) -> None:
        """End a call in whatever state it is."""
        if call.state not in _GOES_ON:
            return
        if call.incoming and not call.answered and reason == "Terminated":
            reason = "Denied"
        self._registry.ending(call, reason, text)
        self._sound.stop(call.id)
        try:
            self._tell(wire.HangUp(call.id, code if call.incoming and not call.answered else 0))
        except Unavailable:
            self._end(call, reason, text)

    def answer_all(self) -> int:
        """Answer every call that rings; returns how many."""
        ringing = [call for call in self._registry.under_way() if self._rings(call)]
        if not ringing:
            raise Conflict("no call rings")
        for call in ringing:
            self._answer(call)
        return len(ringing)

    @staticmethod
    def _rings(call: Call) -> bool:
        return call.state == "Ringing" and not call.answered

    def _answer(self, call: Call) -> None:
        self._tell(wire.Answer(call.id))
        self._registry.answer(call)

    # -- what happens --

    def incoming(self, notice: wire.Incoming) -> None:
        """Somebody calls."""
        account = self._accounts.find(notice.account)
        refused = refusal(
            self.configuration,
            *(notice.remote_uri, notice.source, self._load(notice.source), self.known),
        )
        if refused is not None:
            self._refuse(notice, refused)
        elif account is None or not account.enabled:
            self._refuse(notice, Refusal(404, "nobody has this account"))
        else:
            self._take(notice, account)

    def _take(self, notice: wire.Incoming, account: Account) -> None:
        call = self._registry.came(
            *(notice.call, notice.account, bare(notice.device_uri), bare(notice.remote_uri)),
            notice.source,
        )
        if account.attributes.answer_automatically:
            self._answer(call)
        else:
            self._tell(wire.Ring(call.id))
            self._registry.rings(call)
        # The caller waits for the above, and for nothing else.
        call.name = plain(parse(notice.remote_uri).name)
        log.info("call %s from '%s' at %s", call.id, call.remote_uri, call.source)

    def _refuse(self, notice: wire.Incoming, refused: Refusal) -> None:
        self._tell(wire.HangUp(notice.call, refused.code))
        self._refused += 1
        now = self._clock.monotonic()
        if self._logged_at is None or now - self._logged_at >= REFUSALS_LOGGED_EVERY_S:
            log.warning(
                "refused a call from '%s' at %s: %s; %d refused since the last such line",
                *(bare(notice.remote_uri), notice.source, refused.why, self._refused),
            )
            self._refused, self._logged_at = 0, now

    def _load(self, source: str) -> Load:
        calls = list(self._registry.under_way())
        return Load(
            len(calls),
            sum(self._rings(call) or call.unconfirmed for call in calls),
            sum(call.unconfirmed and call.source == source for call in calls),
        )

    def changed(self, notice: wire.Changed) -> None:
        """A call is in another state."""
        call = self._registry.get(notice.call)
        if call is None:
            if notice.state != "ended":
                # It was given up here while the other side said nothing. It must not go on unseen.
                self._tell(wire.HangUp(notice.call))
            return
        if notice.state == "ended":
            self._end(call, outcome(call, notice.code), words(notice.code, notice.text))
            return
        self._registry.detail(call, codec=notice.codec, held=notice.held)
        if call.state == "Calling" and notice.state == "ringing":
            call.text = progress(notice.code, notice.media) or call.text
        if notice.state == "active" and call.state not in ("Active", "Terminating"):
            self._registry.active(call)
            log.info("call %s is answered", call.id)
        # Nobody is heard here, nor hears this room, before somebody or the account's setting has answered him.
        refused = call.state == "Terminating" or (call.incoming and not call.answered)
        if notice.media and not refused:
            who = call.name or parse(call.remote_uri).shown
            self._sound.flow(call.id, who, self.configuration.attributes.audio_direction)
        else:
            self._sound.stop(call.id)

    def transferred(self, notice: wire.Transferred) -> None:
        """A call leads to another one, or to somebody else."""
        call = self._registry.get(notice.by)
        if notice.by == notice.call:
            if call is not None:
                call.remote_uri = bare(notice.to)
            return
        device_uri = call.device_uri if call else ""
        led_to = self._registry.placed(notice.call, notice.account, device_uri, bare(notice.to))
        led_to.let_in_at = call.let_in_at if call else None
        log.info("call %s, by a transfer of %s, to '%s'", notice.call, notice.by, notice.to)

    def lost(self) -> None:
        """The stack is gone, and all calls with it."""
        for call in self._registry.under_way():
            if call.kind == "SIP":
                self._end(call, "Failed", "the SIP stack has ended")

    def _end(self, call: Call, reason: Reason, text: str) -> None:
        self._sound.stop(call.id)
        self._registry.ended(call, reason, text)
        log.info("call %s has ended: %s %s", call.id, call.reason, call.text)

    # -- time --

    @property
    def due(self) -> float | None:
        """When `expire` has something to do, by the monotonic clock."""
        limits = (limit(call, self.configuration) for call in self._registry.under_way())
        return min((each.at for each in limits if each is not None), default=None)

    def expire(self) -> None:
        """End what has lasted for as long as it may."""
        now = self._clock.monotonic()
        for call in self._registry.under_way():
            over = limit(call, self.configuration)
            if over is None or over.at > now:
                continue
            if over.over:
                self._end(call, over.reason, over.text)
            else:
                self.hang_up(call, over.reason, over.text, over.code)
