"""The key of this unit: from systemd where it keeps credentials, else a file that only we can read."""

import os
import secrets
from pathlib import Path

from common.files import replace_file

CREDENTIAL = "c8210.key"
FILE = "host.key"
_LENGTH = 32
_SHORTEST = 16


def host_key(state: Path) -> bytes:
    """Return the key, made on first use."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (credential := Path(credentials) / CREDENTIAL).is_file():
        return _checked(credential)
    path = state / FILE
    if not path.exists():
        replace_file(path, secrets.token_bytes(_LENGTH))
    return _checked(path)


def _checked(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) < _SHORTEST:
        raise RuntimeError(f"{path} holds no key")
    return key
