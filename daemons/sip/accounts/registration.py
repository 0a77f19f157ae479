"""How an account registers: tries, gives up, goes over to the secondary server and back (M-SIP-19, 21 to 23, 40).

The stack tries once when it is told of an account, and refreshes what it has; the rest is decided here. A server that
refuses is not asked again: that could lock the account. One that is away is, rarely, for it may come back. The primary
and the secondary server of an account are two accounts of the stack, so that the primary can be tried again while
calls come and go by the secondary.
"""

import re
from dataclasses import dataclass
from enum import Enum

SECONDARY = "/secondary"
"""What the stack's name for an account has at its end when it means the secondary server."""
FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0
LEAST_PAUSE_S = 60.0

_NOT_LET_IN = {401, 403, 407}
_UNKNOWN = {404, 410, 604}
_HOPELESS = _NOT_LET_IN | _UNKNOWN | {402, 405, 416}
"""The server has answered, and would answer the same again: trying on would only lock the account."""
_CERTIFICATE = re.compile("certificate", re.IGNORECASE)
_TLS = re.compile(r"\b(?:SSL|TLS)\b")
_NOT_FOUND = re.compile("host not found|gethostbyname|resolve", re.IGNORECASE)
_UNREACHED = re.compile("refused|reset|unreachable|no route|timed out", re.IGNORECASE)
_FOR_PROGRAMMERS = re.compile(r"\s*\((?:PJ|E)[A-Z_]+\)")
"""PJSIP's names of its errors."""
_AWAY = {408, 480}
"""Nobody was there, as with every 5xx: no word about the account."""


def account_id(stack_id: str) -> str:
    """Return the account that one of the stack's serves."""
    return stack_id.removesuffix(SECONDARY)


@dataclass(frozen=True)
class Plan:
    """What the settings say about registering."""

    tries: int
    """At a server, until it is given up."""
    failback_s: float
    interval_s: float
    """How often it registers, and looks for a server that did not answer."""
    secondary: bool
    """Whether there is another server."""


class Server(Enum):
    """Which of an account's two."""

    PRIMARY = ""
    SECONDARY = SECONDARY


@dataclass
class _Attempts:
    """How it goes with one server."""

    failures: int = 0
    active: bool = False
    code: int = 0
    text: str = ""
    retry_at: float | None = None

    def begin(self) -> None:
        self.failures, self.retry_at = 0, None

    def succeeded(self, code: int, text: str) -> None:
        self.active, self.code, self.text = True, code, text
        self.begin()

    def failed(self, code: int, text: str) -> None:
        self.active, self.code, self.text = False, code, text
        self.failures += 1

    @property
    def refused(self) -> bool:
        return self.code in _HOPELESS

    @property
    def away(self) -> bool:
        return self.code in _AWAY or 500 <= self.code < 600

    def given_up(self, tries: int) -> bool:
        return self.refused or self.failures >= tries


class Registration:
    """One account that registers."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._primary = _Attempts()
        self._secondary = _Attempts()
        self._failed_over = False
        self._probing = False
        self._failback_at: float | None = None

    # -- how it is --

    @property
    def in_use(self) -> Server:
        """By which server calls go."""
        return Server.SECONDARY if self._failed_over else Server.PRIMARY

    @property
    def servers(self) -> frozenset[Server]:
        """With which the stack is to register."""
        if not self._failed_over:
            return frozenset({Server.PRIMARY})
        return frozenset(Server) if self._probing else frozenset({Server.SECONDARY})

    @property
    def code(self) -> int:
        """The SIP status of the last registration; 0 while there was none."""
        return self._current.code

    @property
    def words(self) -> str:
        """The same for a person."""
        return status_words(self._current.code, self._current.text)

    @property
    def due(self) -> float | None:
        """When `expire` has something to do, by the monotonic clock."""
        moments = (self._primary.retry_at, self._secondary.retry_at, self._failback_at)
        return min((at for at in moments if at is not None), default=None)

    # -- what happens --

    def stack_started(self) -> None:
        """Another stack: it knows nothing, and tries what it is told of."""
        self._primary, self._secondary = _Attempts(), _Attempts()
        self._probing, self._failback_at = self._failed_over, None

    def result(self, server: Server, code: int, text: str, active: bool, now: float) -> None:
        """What became of a try, or of a refresh."""
        if not active and server not in self.servers:
            return  # it has unregistered from one that is not wanted any more
        attempts = self._primary if server is Server.PRIMARY else self._secondary
        if active:
            attempts.succeeded(code, text)
            if server is Server.PRIMARY and self._failed_over:
                self._return_to_primary()
            return
        attempts.failed(code, text)
        if attempts is self._primary and self._failed_over:
            self._fall_back_later(now)
            return
        if not attempts.given_up(self.plan.tries):
            wait_s = min(FIRST_RETRY_S * 2 ** (attempts.failures - 1), LAST_RETRY_S)
            attempts.retry_at = now + wait_s
        elif self.plan.secondary and not self._failed_over:
            self._fail_over(now)
        elif attempts.away:
            # It has given up, as far as anybody waits for it. But a server that was away for a night is found again
            # without a hand at the unit.
            attempts.retry_at = now + max(self.plan.interval_s, LEAST_PAUSE_S)

    def expire(self, now: float) -> frozenset[Server]:
        """Take note of the time; returns with which servers to try now."""
        found = set()
        if self._failback_at is not None and self._failback_at <= now:
            # The stack tries by itself when it is told of the account that is in `servers` from now on.
            self._failback_at, self._probing = None, True
        for server, attempts in (
            (Server.PRIMARY, self._primary),
            (Server.SECONDARY, self._secondary),
        ):
            if attempts.retry_at is not None and attempts.retry_at <= now:
                attempts.retry_at = None
                found.add(server)
        return frozenset(found & self.servers)

    def hurry(self, now: float) -> None:
        """Something has changed for the better, perhaps: the network is back."""
        current = self._current
        if not current.active:
            current.begin()
            current.retry_at = now
        if self._failed_over and not self._probing:
            self._failback_at = now

    # -- inside --

    @property
    def _current(self) -> _Attempts:
        return self._secondary if self._failed_over else self._primary

    def _fail_over(self, now: float) -> None:
        self._failed_over = True
        self._fall_back_later(now)
        self._primary.begin()
        self._secondary = _Attempts()

    def _fall_back_later(self, now: float) -> None:
        self._probing = False
        self._failback_at = None if self._primary.refused else now + self.plan.failback_s

    def _return_to_primary(self) -> None:
        self._failed_over, self._probing = False, False
        self._failback_at = None
        self._secondary = _Attempts()


def status_words(code: int, text: str) -> str:
    """Return what a registration's status means, for a person."""
    if code == 0:
        return "Registering"
    if code < 300:
        return "OK"
    text = _FOR_PROGRAMMERS.sub("", text)
    said = f"{code} {text}".strip()
    if code in _NOT_LET_IN:
        return f"The server does not accept the user ID, authentication ID or password ({said})"
    if code in _UNKNOWN:
        return f"The server does not know the account ({said})"
    if code == 408:
        return f"The server does not answer ({said})"
    if code == 503:
        return _away_words(text, said)
    return f"The server refuses ({said})"


def _away_words(text: str, said: str) -> str:
    """503 is also what the stack says when it did not get as far as to hear a status."""
    if _CERTIFICATE.search(text):
        return f"The server's certificate is not trusted ({text})"
    if _TLS.search(text):
        return f"The server and the unit do not agree on TLS ({text})"
    if _NOT_FOUND.search(text):
        return "The server's name is not found"
    if _UNREACHED.search(text):
        return f"The server is not reached ({text})"
    # A sentence of the stack's own says all there is.
    return text if text.startswith("The ") else f"The server is not ready ({said})"
