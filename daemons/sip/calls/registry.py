"""The calls there are and were, and what is told of them (VAPIX sys-sip).

Outgoing: Idle, (Initiated) Calling, (AcceptedByRemote) Active, (Terminated) Idle.
Incoming, answered at once: Idle, (AcceptedByDevice) Active, (Terminated) Idle.
Incoming, rung: Idle, (Initiated) Ringing, (AcceptedByDevice) Active, (Terminated) Idle.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from common.clock import Clock
from common.errors import NotFound
from common.sip import SOURCE, CallState, CallStatus, Reason

MOST_ENDED = 50
ENDED_KEPT_S = 3600.0

Kind = Literal["SIP", "VMS"]
# With several calls the state is the most telling one; no document says which. Somebody who rings wants something to
# be done, who talks is heard, who is called may still answer.
_MOST_TELLING: tuple[CallState, ...] = ("Ringing", "Active", "Calling")


@dataclass
class Call:
    """One call; only the registry changes it."""

    id: str
    kind: Kind
    incoming: bool
    account: str
    """The stack's name for the account: that of its servers in use."""
    device_uri: str
    remote_uri: str
    """Without a name: what can be dialled."""
    source: str
    """The address an incoming one came from."""
    started: float
    """By the wall clock, as `stopped`."""
    since: float
    """When it came into its present state, by the monotonic clock."""
    state: CallState = "Idle"
    reason: Reason = "Initiated"
    name: str = ""
    """What the other party calls himself."""
    before_ending: CallState = "Idle"
    """Its state until somebody wanted it to end."""
    ends_as: Reason | None = None
    """Why it is being ended."""
    answered: bool = False
    """Whether we have answered it."""
    let_in_at: float | None = None
    """When the incoming call became active that it is, or that has led to it; by the monotonic clock."""
    stopped: float | None = None
    codec: str = ""
    text: str = ""
    """How far one of ours has come that nobody has answered, or why one has ended."""
    held: bool = False

    @property
    def shown_state(self) -> CallState:
        """How it counts in the state of all: as before, until it has ended."""
        return self.before_ending if self.state == "Terminating" else self.state

    @property
    def unconfirmed(self) -> bool:
        """Whether we have answered, and the caller has not acknowledged."""
        return self.incoming and self.answered and self.state in ("Idle", "Ringing")


class Told(Protocol):
    """Who hears of calls."""

    def state(self, state: CallState) -> None:
        """All calls together are in another state."""
        ...

    def change(self, call: Call) -> None:
        """A call's state has changed, for its reason."""
        ...


@dataclass
class Registry:
    """All calls by id."""

    clock: Clock
    told: Told
    account_name: Callable[[str], str] = lambda account: account
    """The account that a stack's account serves."""
    _calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    _ended: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    _placed: int = 0
    _state: CallState = "Idle"

    # -- what there is --

    @property
    def state(self) -> CallState:
        """The state of all together."""
        return self._state

    def under_way(self) -> Iterator[Call]:
        """Yield the calls that have not ended, the oldest first."""
        yield from list(self._calls.values())

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, id_: str) -> Call | None:
        """Return a call that is under way."""
        return self._calls.get(id_)

    def existing(self, id_: str) -> Call:
        """Return a call, be it under way or ended; raises `NotFound`."""
        call = self._calls.get(id_) or self._ended.get(id_)
        if call is None:
            raise NotFound(f"there is no call '{id_}'")
        return call

    def statuses(self) -> list[CallStatus]:
        """Return all, the newest first."""
        self._forget_old()
        calls = [*self._ended.values(), *self._calls.values()]
        calls.sort(key=lambda call: call.started, reverse=True)
        return [self._status(call) for call in calls]

    # -- what happens --

    def new_id(self) -> str:
        """Return an id for an outgoing call, as recorded: `Out-0-1401964712.117694-gIRuBDTzh7BDKXw-5mDFKF`."""
        number, self._placed = self._placed, self._placed + 1
        return f"Out-{number}-{self.clock.time():.6f}-{secrets.token_urlsafe(16)}"

    def placed(
        self, id_: str, account: str, device_uri: str, remote_uri: str, kind: Kind = "SIP"
    ) -> Call:
        """We call somebody."""
        call = self._add(id_, kind, False, account, device_uri, remote_uri, "")
        self._enter(call, "Calling", "Initiated")
        return call

    def came(self, id_: str, account: str, device_uri: str, remote_uri: str, source: str) -> Call:
        """Somebody calls us; nothing is told before it rings or is answered."""
        call = self._add(id_, "SIP", True, account, device_uri, remote_uri, source)
        call.let_in_at = call.since
        return call

    def rings(self, call: Call) -> None:
        """An incoming call waits for somebody to answer it."""
        self._enter(call, "Ringing", "Initiated")

    def answer(self, call: Call) -> None:
        """We answer; it is active when the caller has acknowledged."""
        call.answered = True
        call.since = self.clock.monotonic()

    def active(self, call: Call) -> None:
        """Both talk."""
        if call.state not in ("Active", "Terminating"):
            call.text = ""
            self._enter(call, "Active", "AcceptedByDevice" if call.incoming else "AcceptedByRemote")
            if call.incoming:
                call.let_in_at = call.since

    def ending(self, call: Call, reason: Reason, text: str = "") -> None:
        """It is being ended by us."""
        if call.state != "Terminating":
            call.before_ending, call.state = call.state, "Terminating"
            call.ends_as, call.text = reason, text
            call.since = self.clock.monotonic()

    def ended(self, call: Call, reason: Reason, text: str = "") -> None:
        """It is over; why it was being ended goes before `reason`."""
        if self._calls.pop(call.id, None) is None:
            return
        call.reason = call.ends_as or reason
        call.text = text if call.ends_as is None else call.text or text
        call.state, call.held = "Terminated", False
        call.stopped = self.clock.time()
        self._ended[call.id] = call
        self._forget_old()
        self._tell(call)

    def detail(self, call: Call, *, codec: str, held: bool) -> None:
        """Learn how its sound goes."""
        call.codec, call.held = codec or call.codec, held

    # -- inside --

    def _add(
        self,
        id_: str,
        kind: Kind,
        incoming: bool,
        account: str,
        device_uri: str,
        remote_uri: str,
        source: str,
    ) -> Call:
        clock = self.clock
        call = Call(
            *(id_, kind, incoming, account, device_uri, remote_uri, source),
            *(clock.time(), clock.monotonic()),
        )
        self._calls[id_] = call
        return call

    def _enter(self, call: Call, state: CallState, reason: Reason) -> None:
        call.state, call.reason, call.since = state, reason, self.clock.monotonic()
        self._tell(call)

    def _tell(self, call: Call) -> None:
        """Tell why, then how it is: as the sequences of the document have it."""
        self.told.change(call)
        shown = {each.shown_state for each in self._calls.values()}
        state: CallState = next((each for each in _MOST_TELLING if each in shown), "Idle")
        if state != self._state:
            self._state = state
            self.told.state(state)

    def _forget_old(self) -> None:
        before = self.clock.time() - ENDED_KEPT_S
        while self._ended:
            oldest = next(iter(self._ended.values()))
            if len(self._ended) <= MOST_ENDED and (oldest.stopped or 0.0) >= before:
                return
            del self._ended[oldest.id]

    def _status(self, call: Call) -> CallStatus:
        return CallStatus(
            call_id=call.id,
            source=SOURCE,
            call_state=call.state,
            call_state_reason=call.reason,
            start_time=_utc(call.started),
            direction="Incoming" if call.incoming else "Outgoing",
            device_uri=call.device_uri,
            remote_uri=call.remote_uri,
            call_type=call.kind,
            stop_time="" if call.stopped is None else _utc(call.stopped),
            audio_codec=call.codec,
            sip_account_id=self.account_name(call.account),
            status_text=call.text,
            on_hold=call.held,
        )


def _utc(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
