"""Secrets are sealed with a key of this unit, so that a copy of the database gives none of them away."""

import hmac
import logging
import secrets
from collections.abc import Callable

from common.aes_gcm import NONCE_LENGTH, AesGcm, NotGenuine

log = logging.getLogger(__name__)

_VERSION = b"\x01"


class Sealer:
    """AES-256-GCM with the name of the secret bound to it, so that no secret can pass for another."""

    def __init__(self, host_key: Callable[[], bytes]) -> None:
        self._host_key = host_key
        self._cipher: AesGcm | None = None

    def prepare(self) -> None:
        """Read the key and load the cipher; it reads files, so do it on a thread."""
        if self._cipher is None:
            self._cipher = AesGcm(hmac.digest(self._host_key(), b"c8210 parameters", "sha256"))

    def seal(self, name: str, text: str) -> bytes:
        """Return `text` as only this unit can read it."""
        nonce = secrets.token_bytes(NONCE_LENGTH)
        return _VERSION + nonce + self._ready().seal(nonce, text.encode(), name.encode())

    def unseal(self, name: str, sealed: bytes) -> str | None:
        """Return the text, or None when this unit's key does not open it."""
        body = sealed.removeprefix(_VERSION)
        try:
            opened = self._ready().open(body[:NONCE_LENGTH], body[NONCE_LENGTH:], name.encode())
        except NotGenuine:
            log.error("the secret '%s' does not open with this unit's key, using none", name)
            return None
        return opened.decode()

    def _ready(self) -> AesGcm:
        self.prepare()
        if self._cipher is None:
            raise RuntimeError("there is no cipher")
        return self._cipher
