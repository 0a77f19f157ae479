"""The keys behind session cookies and Digest nonces: made once, so that a restart logs nobody out."""

import logging
import secrets
from pathlib import Path

from common.files import remove_file, replace_file
from daemons.system.ports import Keys

log = logging.getLogger(__name__)

KEY_BYTES = 32


class KeyFiles:
    """Keeps the keys in two files that only this daemon may read."""

    def __init__(self, state: Path) -> None:
        self._session = state / "session.key"
        self._nonce = state / "nonce.key"

    def read_or_make(self) -> Keys:
        """Return the keys; what is missing or damaged is made anew."""
        return Keys(_read_or_make(self._session), _read_or_make(self._nonce))

    def wipe(self) -> None:
        """Forget the keys: every session ends."""
        remove_file(self._session)
        remove_file(self._nonce)


def _read_or_make(path: Path) -> str:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = b""
    if len(key) != KEY_BYTES:
        if key:
            log.warning("%s is damaged, making a new key", path.name)
        key = secrets.token_bytes(KEY_BYTES)
        replace_file(path, key)
    return key.hex()
