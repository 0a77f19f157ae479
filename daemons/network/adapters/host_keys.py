"""The SSH server's host keys, as far as everybody may know them."""

import base64
import binascii
import hashlib
import logging
from pathlib import Path
from typing import Final

from common.remote_access import HostKey

log = logging.getLogger(__name__)

FOLDER: Final = Path("/var/lib/c8210/ssh")
NAMES: Final = ("ssh_host_ed25519_key.pub", "ssh_host_rsa_key.pub")


def read_host_keys(folder: Path = FOLDER) -> list[HostKey]:
    """Return the keys that were made; none before the SSH server was on for the first time."""
    found = []
    for name in NAMES:
        try:
            kind, blob = (folder / name).read_text().split()[:2]
            digest = hashlib.sha256(base64.b64decode(blob, validate=True)).digest()
        except FileNotFoundError:
            continue
        except (OSError, ValueError, binascii.Error) as error:
            log.warning("%s cannot be read: %s", name, error)
            continue
        text = base64.b64encode(digest).decode().rstrip("=")
        found.append(HostKey(kind, f"SHA256:{text}"))
    return found
