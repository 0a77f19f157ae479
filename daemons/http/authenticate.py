"""Finds out who sent a request, and writes the challenge when that is not known."""

import asyncio
import logging
from collections.abc import Callable

from starlette.requests import Request

from daemons.http.auth import basic, digest
from daemons.http.auth.basic import Password
from daemons.http.auth.digest import Algorithm, DigestCredentials, NonceState
from daemons.http.auth.policy import Scheme, offered
from daemons.http.auth.session import COOKIE
from daemons.http.auth.throttle import Throttle
from daemons.http.auth.verifiers import AccountDirectory
from daemons.http.identity import Client, Identity, Proof
from daemons.http.problems import Problem, unauthorized
from daemons.http.settings import LiveSettings

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 1.0
WAITING = 16
"""How many may wait for a turn at once; the rest are told to come again."""
_WRONG = "The user name or the password is wrong."


class Authenticator:
    """Checks credentials against the accounts, at a pace that guessing does not like."""

    def __init__(
        self,
        accounts: AccountDirectory,
        settings: LiveSettings,
        throttle: Throttle,
        blocked: Callable[[str], None] = lambda _address: None,
    ) -> None:
        """`blocked` is told of each address that is shut out."""
        self._accounts = accounts
        self._blocked = blocked
        self._settings = settings
        self._throttle = throttle
        self._waiting = 0

    async def identify(self, request: Request, client: Client) -> Identity | None:
        """Return who sent `request`; None when it does not say. Raises when it says something wrong."""
        if self._accounts.unclaimed:
            return None  # there is no password that could be right or wrong
        header = request.headers.get("authorization")
        if header is None:
            return self._session(request)
        scheme, _, content = header.partition(" ")
        accepted = offered(self._settings.now.authentication, encrypted=client.encrypted)
        if scheme.lower() == "digest" and Scheme.DIGEST in accepted:
            return await self._digest(request, client, digest.parse(content, _target(request)))
        if scheme.lower() == "basic" and Scheme.BASIC in accepted:
            password = basic.parse(content)
            if password is not None:
                return await self.password(request.url.path, client, password, Proof.BASIC)
        raise unauthorized("This way to log in is not offered here.")

    async def password(self, page: str, client: Client, given: Password, proof: Proof) -> Identity:
        """Return whose name and password these are."""
        await self._take_turn(client)
        verifier, exists = self._accounts.find_or_nobody(given.username)
        if not given.proves(verifier, self._accounts.realm) or not exists:
            self._note_failure(client, given.username, page)
            raise unauthorized(_WRONG)
        self._note_success(client)
        return Identity(verifier.name, verifier.role, proof)

    def challenges(self, client: Client, *, stale: bool) -> list[str]:
        """Return the `WWW-Authenticate` fields for this transport.

        MD5 stands first because many clients look no further, older ones of cameras among them, which know nothing
        else; and last because others, like FFmpeg's, take the last. Who knows both picks SHA-256.
        """
        realm = self._accounts.realm
        fields: list[str] = []
        for scheme in offered(self._settings.now.authentication, encrypted=client.encrypted):
            if scheme is Scheme.BASIC:
                fields.append(f'Basic realm="{realm}"')
                continue
            nonce = self._accounts.keyed.nonces.issue()
            fields += [
                f'Digest realm="{realm}", nonce="{nonce}", algorithm={algorithm.value}, qop="auth"'
                + (", stale=true" if stale else "")
                for algorithm in (Algorithm.MD5, Algorithm.SHA256, Algorithm.MD5)
            ]
        return fields

    async def _digest(
        self, request: Request, client: Client, given: DigestCredentials | None
    ) -> Identity:
        if given is None:
            raise unauthorized("The Authorization header is malformed.")
        if given.qop is None and self._settings.now.qop_required:
            raise unauthorized("This way to log in is not offered here.")
        await self._take_turn(client)
        verifier, exists = self._accounts.find_or_nobody(given.username)
        right = given.proves(verifier, request.method) and given.realm == self._accounts.realm
        if not right or not exists or not self._names_this_request(request, given.uri):
            self._note_failure(client, given.username, request.url.path)
            raise unauthorized(_WRONG)
        if self._accounts.keyed.nonces.use(given) is NonceState.STALE:
            raise unauthorized("The nonce is too old.", stale=True)
        self._note_success(client)
        return Identity(verifier.name, verifier.role, Proof.DIGEST)

    def _session(self, request: Request) -> Identity | None:
        cookie = request.cookies.get(COOKIE)
        found = None if cookie is None else self._accounts.keyed.sessions.read(cookie)
        if found is None:
            return None
        session, signature = found
        verifier = self._accounts.find(session.username)
        if verifier is None or not self._accounts.keyed.sessions.holds(
            session, signature, verifier
        ):
            return None
        return Identity(verifier.name, verifier.role, Proof.SESSION, session)

    def _names_this_request(self, request: Request, uri: str) -> bool:
        """Whether the address in the answer is the one asked for, else it was made for another request."""
        target = _target(request)
        whole = (f"{scheme}://{request.url.netloc}{target}" for scheme in ("http", "https"))
        if uri.removesuffix("?") == target or uri in whole:
            return True
        header, word = self._settings.now.skip_digest_uri
        return bool(header) and word in request.headers.get(header, "")

    async def _take_turn(self, client: Client) -> None:
        """Let whoever may not try right now wait a moment, or send them away."""
        rules = self._settings.now.throttling
        wait = self._throttle.wait_s(client.address, rules)
        if 0.0 < wait <= LONGEST_WAIT_S and self._waiting < WAITING:
            self._waiting += 1
            try:
                await asyncio.sleep(wait)
            finally:
                self._waiting -= 1
            wait = self._throttle.wait_s(client.address, rules)
        if wait > 0.0:
            raise Problem(
                429,
                "too_many_failures",
                "Too many failed logins. Try again later.",
                headers={"Retry-After": str(max(1, round(wait)))},
            )

    def _note_failure(self, client: Client, account: str, page: str) -> None:
        rules = self._settings.now.throttling
        if self._throttle.failed(client.address, account, page, rules):
            log.warning(
                "too many failed logins from %s, shut out for %d s",
                client.address,
                rules.blocking_s,
            )
            self._blocked(client.address)

    def _note_success(self, client: Client) -> None:
        self._throttle.succeeded(client.address, self._settings.now.throttling)


def _target(request: Request) -> str:
    """Return the address asked for, as it was written."""
    raw: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")
