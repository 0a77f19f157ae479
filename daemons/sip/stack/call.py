"""One call, as PJSIP tells of it."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Final, Protocol

import pjsua2 as pj

from common.sip import Direction
from daemons.sip.stack import sdp, wire
from daemons.sip.stack.accounts import Account
from daemons.sip.stack.keypad import Keypad
from daemons.sip.stack.media import Pool, Port
from daemons.sip.stack.safely import safely
from daemons.sip.stack.silence import Packets, Silence

_DIRECTIONS: Final = {
    "SendReceive": pj.PJMEDIA_DIR_ENCODING_DECODING,
    "Send": pj.PJMEDIA_DIR_ENCODING,
    "Receive": pj.PJMEDIA_DIR_DECODING,
}
_STATES: Final = {
    pj.PJSIP_INV_STATE_CALLING: "calling",
    pj.PJSIP_INV_STATE_INCOMING: "ringing",
    pj.PJSIP_INV_STATE_EARLY: "ringing",
    pj.PJSIP_INV_STATE_CONNECTING: "ringing",  # accepted, but nobody has acknowledged it yet
    pj.PJSIP_INV_STATE_CONFIRMED: "active",
    pj.PJSIP_INV_STATE_DISCONNECTED: "ended",
}
_MOST_REDIRECTIONS: Final = 5
_DECLINE: Final = 603
_NO_ANSWER: Final = 408
_GONE: Final = (_NO_ANSWER, 481)
"""As RFC 3261, section 12.2.1.2, has it: nobody is there, or nobody who knows of the call."""

log = logging.getLogger(__name__)


def parameters(direction: Direction, code: int = 0) -> pj.CallOpParam:
    """Return what a call is placed or answered with, to be changed: one audio stream, no video, no text."""
    given = pj.CallOpParam(True)
    given.opt.audioCount = 1
    given.opt.videoCount = 0
    given.opt.textCount = 0
    set_direction(given.opt, direction)
    given.statusCode = code
    return given


@cache
def answering(direction: Direction, code: int) -> pj.CallOpParam:
    """Return what a call is answered with, made once: it takes as long as everything else of an answer."""
    return parameters(direction, code)


def set_direction(setting: pj.CallSetting, direction: Direction) -> None:
    """Have the one stream flow as it may."""
    setting.textCount = setting.videoCount = 0
    setting.flag |= pj.PJSUA_CALL_SET_MEDIA_DIR
    setting.mediaDir = pj.IntVector([_DIRECTIONS[direction]])


class Policy(Protocol):
    """What a call asks its surroundings."""

    settings: wire.Settings
    event_payload: int
    silence_s: int

    tell: Callable[[wire.Notice], None]
    """Pass a notice to the daemon."""

    def follow(self, by: "Call", to: str) -> "Call | None":
        """Return the call that `by` leads to, or None when that is not wanted."""

    def ended(self, call: "Call") -> None:
        """Forget a call."""


class Call(pj.Call):  # type: ignore[misc]
    """One call. PJSIP runs its callbacks in the one thread that handles events."""

    def __init__(
        self,
        name: str,
        account: Account,
        policy: Policy,
        pool: Pool,
        number: int = pj.INVALID_ID,
        outgoing: bool = False,
    ) -> None:
        super().__init__(account, number)
        self.name = name
        self.account = account
        self.outgoing = outgoing
        self.taken = outgoing
        """Whether the daemon has said what shall become of it."""
        self.source = ""
        """The address that it came from; empty for one of ours."""
        self._policy = policy
        self._pool = pool
        self._port: Port | None = None
        self._told: wire.Changed | None = None
        self._redirections = 0
        self._cause: tuple[int, str] | None = None
        """What ended it, where PJSIP says something else."""
        self._over = self._confirmed = False
        self._changed = self._media_changed = False
        """What `catch_up` has to look at."""
        self._silent = False
        self._keypad = Keypad()
        self._silence: Silence | None = None
        """Since it is active."""
        account.calls += 1

    @property
    def port(self) -> Port | None:
        """Its port, while sound flows."""
        return self._port

    def end(self, code: int = 0) -> None:
        """Hang up, take back, or refuse."""
        if self._over:
            return
        self.taken = True
        given = pj.CallOpParam()
        given.statusCode = code
        try:
            self.hangup(given)
        except pj.Error as error:
            self.forget(code or 500, error.reason)

    def refuse(self, code: int) -> None:
        """Refuse a call that the daemon does not hear of, while PJSIP is telling of it."""
        self._silent = True
        self.answer(answering(self._policy.settings.direction, code))

    @safely(None)
    def catch_up(self) -> None:
        """Connect what flows now and tell how the call is, if that may have changed.

        PJSIP tells of a change while its answer to the other party waits for it to be told.
        """
        if self._over or not self._changed:
            return
        info = self.getInfo()
        if self._media_changed:
            self._connect(_audio(info))
        self._changed = self._media_changed = False
        if info.state in _STATES and (self.outgoing or self.taken):
            self._tell_state(info)

    def _connect(self, medium: pj.CallMediaInfo | None) -> None:
        if medium is None or medium.audioConfSlot == pj.INVALID_ID:
            return
        self._port = self._port or self._pool.borrow()
        if self._port is None:
            log.error("no port is left for a call")
            return
        self._pool.connect(
            self.getAudioMedia(medium.index),
            self._port,
            sends=bool(medium.dir & pj.PJMEDIA_DIR_ENCODING),
            receives=bool(medium.dir & pj.PJMEDIA_DIR_DECODING),
        )

    def listen(self, now: float) -> None:
        """Ask whether the other party is there when nothing comes from it; when it does not answer, PJSIP hangs up.

        A muted phone may send neither RTP nor RTCP, but answers SIP.
        """
        if self._over or self._told is None or self._told.state != "active":
            return
        self._silence = self._silence or Silence(self._policy.silence_s, now)
        if self._silence.too_long(self._packets(), now):
            question = pj.CallSendRequestParam()
            question.method = "OPTIONS"
            with suppress(pj.Error):  # it is just ending
                self.sendRequest(question)

    def _packets(self) -> Packets:
        medium = _audio(self.getInfo())
        try:
            came = self.getStreamStat(medium.index).rtcp if medium is not None else None
        except pj.Error:  # nothing flows
            came = None
        # Of RTCP those count that report on what we have sent.
        return (came.rxStat.pkt, came.txStat.updateCount) if came is not None else ()

    def forget(self, code: int, text: str) -> None:
        """Be over, whatever PJSIP thinks."""
        if self._over:
            return
        self._over = True
        self._tell(wire.Changed(self.name, "ended", code, text))
        if self._port:
            self._pool.give_back(self._port)
            self._port = None
        self.account.calls -= 1
        self._policy.ended(self)

    # -- PJSIP's callbacks ---------------------------------------------------------------------

    @safely(None)
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        """Take note of a new state; of the end at once, as nothing is left to be asked about it then."""
        self._changed = True
        info = self.getInfo()
        self._confirmed |= info.state == pj.PJSIP_INV_STATE_CONFIRMED
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            if self._confirmed and (self._told is None or self._told.state != "active"):
                self._tell(wire.Changed(self.name, "active", 200, "OK"))  # ended as it began
            self.forget(*(self._cause or (info.lastStatusCode, info.lastReason)))

    @safely(None)
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802
        """Note why PJSIP is about to hang up: nobody has answered whether he is there."""
        transaction = prm.e.body.tsxState.tsx
        ours = transaction.role == pj.PJSIP_ROLE_UAC and transaction.method == "OPTIONS"
        if ours and transaction.statusCode in _GONE:
            self._cause = _NO_ANSWER, f"No sound came for {self._policy.silence_s} s"

    @safely(None)
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        """Take note that something else flows now."""
        self._changed = self._media_changed = True

    @safely(None)
    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:  # noqa: N802
        """Offer telephone events under the payload type that was set; an answer keeps the offer's."""
        if not prm.remSdp.wholeSdp:
            prm.sdp.wholeSdp = sdp.with_event_payload(prm.sdp.wholeSdp, self._policy.event_payload)

    @safely(None)
    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802
        """Tell a key, if the account listens to this method, and if it is no echo of one."""
        methods = {
            pj.PJSUA_DTMF_METHOD_RFC2833: self.account.wanted.rfc2833,
            pj.PJSUA_DTMF_METHOD_SIP_INFO: self.account.wanted.rfc2976,
        }
        if not methods.get(prm.method) or self._over:
            return
        if self._keypad.pressed(prm.digit.upper(), prm.method, time.monotonic()):
            self._policy.tell(wire.Dtmf(self.name, prm.digit.upper()))

    @safely(None)
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        """Follow a REFER, or decline it."""
        obeys = not self.source or self.account.obeys(
            self.source, self._policy.settings.peers_transfer
        )
        call = self._policy.follow(self, prm.dstUri) if obeys else None
        if call is None:
            prm.statusCode = _DECLINE
            return
        set_direction(prm.opt, self._policy.settings.direction)
        prm.newCall = call

    @safely(None)
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802
        """Let a call take this one's place (the end of an attended transfer), or decline it."""
        settings = self._policy.settings
        call = self._policy.follow(self, "") if settings.allow_incoming else None
        if call is None:
            prm.statusCode = _DECLINE
            return
        set_direction(prm.opt, settings.direction)
        prm.newCall = call

    @safely(pj.PJSIP_REDIRECT_STOP)
    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:  # noqa: N802
        """Follow a 3xx; the call stays the same."""
        self._redirections += 1
        if (
            not self._policy.settings.follow_redirects
            or self._redirections > _MOST_REDIRECTIONS
            or self._over
        ):
            answer = prm.e.body.tsxState.tsx
            self._cause = answer.statusCode, answer.statusText
            return int(pj.PJSIP_REDIRECT_STOP)
        self._policy.tell(
            wire.Transferred(self.name, self.name, self.account.wanted.id, prm.targetUri)
        )
        return int(pj.PJSIP_REDIRECT_ACCEPT_REPLACE)

    # -- telling -------------------------------------------------------------------------------

    def _tell_state(self, info: pj.CallInfo) -> None:
        medium = _audio(info)
        flows = medium is not None and medium.audioConfSlot != pj.INVALID_ID
        codec, encrypted = (
            self._stream(medium.index) if flows and medium is not None else ("", False)
        )
        self._tell(
            wire.Changed(
                self.name,
                _STATES[info.state],
                info.lastStatusCode,
                info.lastReason,
                codec,
                held=medium is not None
                and medium.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
                and self._policy.settings.direction != "Receive",
                encrypted=encrypted,
                media=flows,
            )
        )

    def _stream(self, index: int) -> tuple[str, bool]:
        try:
            stream = self.getStreamInfo(index)
        except pj.Error:  # it has just been stopped
            return "", False
        # Best effort encrypts under the plain profile, so that the profile says nothing.
        encrypted = "SRTP status: Active" in self.dump(True, "")
        return f"{stream.codecName}/{stream.codecClockRate}", encrypted

    def _tell(self, change: wire.Changed) -> None:
        if change != self._told and not self._silent:
            self._told = change
            self._policy.tell(change)


def _audio(info: pj.CallInfo) -> pj.CallMediaInfo | None:
    return next((medium for medium in info.media if medium.type == pj.PJMEDIA_TYPE_AUDIO), None)
