"""The accounts as the edge knows them: verifiers and keys that `system` handed out, in memory only."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from common.accounts import Role, Verifier, Verifiers
from common.clock import Clock
from daemons.http.auth.digest import Nonces
from daemons.http.auth.session import Session, Sessions


@dataclass(frozen=True)
class Keyed:
    """What is made with the unit's keys."""

    keys: tuple[str, str]
    nonces: Nonces
    sessions: Sessions


class AccountDirectory:
    """Who can log in. Before `system` has answered for the first time nobody can, and nothing is claimed."""

    def __init__(self, clock: Clock, boot_id: str) -> None:
        self._clock = clock
        self._boot_id = boot_id
        self._by_name: dict[str, Verifier] = {}
        self._nobody = Verifier(
            "", Role.VIEWER, secrets.token_hex(16), secrets.token_hex(32), password_hash=""
        )
        self._known = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self.realm = "AXIS_000000000000"
        self.keyed = self._make(secrets.token_hex(32), secrets.token_hex(32))

    @property
    def unclaimed(self) -> bool:
        """Whether it is known that there is no account yet."""
        return self._known.is_set() and not self._by_name

    def replace(self, verifiers: Verifiers) -> None:
        """Take over the accounts of this moment."""
        self.realm = verifiers.realm
        self._by_name = {verifier.name: verifier for verifier in verifiers.accounts}
        if self.keyed.keys != (verifiers.nonce_key, verifiers.session_key):
            self.keyed = self._make(verifiers.nonce_key, verifiers.session_key)
        self._known.set()
        self._tell()

    def end(self, session: Session) -> None:
        """Let a session hold no longer."""
        self.keyed.sessions.end(session)
        self._tell()

    @contextmanager
    def watched(self, changed: Callable[[], None]) -> Iterator[None]:
        """Have `changed` called after each change of accounts or sessions as long as the block lasts."""
        self._watchers.append(changed)
        try:
            yield
        finally:
            self._watchers.remove(changed)

    async def wait_known(self, timeout_s: float) -> bool:
        """Wait for the first answer of `system`; returns whether it has come."""
        if self._known.is_set():
            return True
        try:
            async with asyncio.timeout(timeout_s):
                await self._known.wait()
        except TimeoutError:
            return False
        return True

    def find(self, name: str) -> Verifier | None:
        """Return the verifier of an account."""
        return self._by_name.get(name)

    def find_or_nobody(self, name: str) -> tuple[Verifier, bool]:
        """Return a verifier and whether there is such an account.

        Where there is none the caller goes through the same work with one that no password fits, so that time does
        not tell which names exist.
        """
        found = self._by_name.get(name)
        return (self._nobody, False) if found is None else (found, True)

    def _tell(self) -> None:
        for changed in list(self._watchers):
            changed()

    def _make(self, nonce_key: str, session_key: str) -> Keyed:
        nonces = Nonces(bytes.fromhex(nonce_key), self._clock, self._boot_id)
        sessions = Sessions(bytes.fromhex(session_key), self._boot_id, self._clock)
        return Keyed((nonce_key, session_key), nonces, sessions)
