"""Session cookies of the web UI, and the token that shows that a request comes from its own pages.

A session is signed, not stored: an HTTP edge that was killed logs nobody out. The signature covers the account's
verifier, so a new password or a deleted account ends its sessions. Time is that since the start of the unit, which
no change of the clock moves; a restart of the unit ends all sessions.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass

from common.accounts import Verifier
from common.clock import Clock

COOKIE = "c8210_session"
SESSION_LIFE_S = 12 * 3600
_REMEMBERED_ENDED = 1024
_FORM = re.compile(r"([A-Za-z0-9]{1,14})\.([0-9a-f]{16})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Session:
    """A login of a person at a browser."""

    username: str
    id: str
    ends: int
    """Seconds since the start of the unit."""


class Sessions:
    """Makes and checks session cookies."""

    def __init__(self, key: bytes, boot_id: str, clock: Clock) -> None:
        self._key = hmac.digest(key, f"session {boot_id}".encode(), "sha256")
        self._clock = clock
        self._ended: OrderedDict[str, None] = OrderedDict()

    def start(self, verifier: Verifier) -> tuple[Session, str]:
        """Return a new session and its cookie."""
        ends = int(self._clock.monotonic()) + SESSION_LIFE_S
        session = Session(verifier.name, secrets.token_hex(8), ends)
        return session, f"{_body(session)}.{self._sign('cookie', session, verifier)}"

    def read(self, cookie: str) -> tuple[Session, str] | None:
        """Return the session that `cookie` claims to be, and its signature; None when it is none."""
        match = _FORM.fullmatch(cookie)
        if match is None:
            return None
        return Session(match[1], match[2], int(match[3])), match[4]

    def holds(self, session: Session, signature: str, verifier: Verifier) -> bool:
        """Whether a session that was read is one of ours and has not ended."""
        ours = hmac.compare_digest(signature, self._sign("cookie", session, verifier))
        return ours and self.left_s(session) > 0.0

    def left_s(self, session: Session) -> float:
        """Return how long a session that is one of ours goes on; 0 when it has ended."""
        if session.id in self._ended:
            return 0.0
        return max(0.0, session.ends - self._clock.monotonic())

    def end(self, session: Session) -> None:
        """Let a session hold no longer."""
        self._ended[session.id] = None
        while len(self._ended) > _REMEMBERED_ENDED:
            self._ended.popitem(last=False)

    def token(self, session: Session, verifier: Verifier) -> str:
        """Return the token that requests of this session which change something carry."""
        return self._sign("token", session, verifier)

    def token_holds(self, token: str, session: Session, verifier: Verifier) -> bool:
        """Whether `token` is that of this session."""
        return hmac.compare_digest(token.encode(), self.token(session, verifier).encode())

    def _sign(self, purpose: str, session: Session, verifier: Verifier) -> str:
        text = f"{purpose}\n{_body(session)}\n{verifier.ha1_sha256}"
        mac = hmac.digest(self._key, text.encode(), "sha256")
        return urlsafe_b64encode(mac).decode().rstrip("=")


def _body(session: Session) -> str:
    return f"{session.username}.{session.id}.{session.ends}"
