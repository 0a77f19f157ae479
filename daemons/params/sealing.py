"""Secrets are sealed with a key of this unit, so that a copy of the database gives none of them away."""

import hmac
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = logging.getLogger(__name__)

_VERSION = b"\x01"
_NONCE_LENGTH = 12


class Sealer:
    """AES-256-GCM with the name of the secret bound to it, so that no secret can pass for another."""

    def __init__(self, host_key: Callable[[], bytes]) -> None:
        self._host_key = host_key
        self._cipher: AESGCM | None = None

    def prepare(self) -> None:
        """Read the key and load the cipher; slow the first time, so do it on a thread."""
        if self._cipher is None:
            # Most units hold no secret for most of their life: the library costs memory only where one does.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._cipher = AESGCM(hmac.digest(self._host_key(), b"c8210 parameters", "sha256"))

    def seal(self, name: str, text: str) -> bytes:
        """Return `text` as only this unit can read it."""
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        sealed = self._ready().encrypt(nonce, text.encode(), name.encode())
        return _VERSION + nonce + sealed

    def unseal(self, name: str, sealed: bytes) -> str | None:
        """Return the text, or None when this unit's key does not open it."""
        from cryptography.exceptions import InvalidTag

        body = sealed.removeprefix(_VERSION)
        try:
            opened = self._ready().decrypt(
                body[:_NONCE_LENGTH], body[_NONCE_LENGTH:], name.encode()
            )
        except (InvalidTag, ValueError):
            log.error("the secret '%s' does not open with this unit's key, using none", name)
            return None
        return opened.decode()

    def _ready(self) -> "AESGCM":
        self.prepare()
        if self._cipher is None:
            raise RuntimeError("there is no cipher")
        return self._cipher
