"""What a password is checked against: Argon2id for us, HA1 for Digest."""

import asyncio
import hashlib

from common.accounts import Account, Verifier

ARGON2_PASSES = 2
ARGON2_MEMORY_KIB = 8 * 1024
"""Modest on purpose: the HTTP edge checks with the same cost, on a small computer with several at once."""


def verifier(account: Account, password: str, realm: str) -> Verifier:
    """Return the verifier of `password` in `realm` (RFC 7616 section 3.4.2, RFC 9106)."""
    from argon2 import PasswordHasher  # at first use: most starts never hash

    hasher = PasswordHasher(ARGON2_PASSES, ARGON2_MEMORY_KIB, parallelism=1)
    secret = f"{account.name}:{realm}:{password}".encode()
    return Verifier(
        name=account.name,
        role=account.role,
        ha1_md5=hashlib.md5(secret, usedforsecurity=False).hexdigest(),
        ha1_sha256=hashlib.sha256(secret).hexdigest(),
        password_hash=hasher.hash(password),
    )


class RealmHasher:
    """Makes verifiers for one realm, beside the event loop."""

    def __init__(self, realm: str) -> None:
        self._realm = realm

    async def __call__(self, account: Account, password: str) -> Verifier:
        """Return the verifier of `password`."""
        return await asyncio.to_thread(verifier, account, password, self._realm)
