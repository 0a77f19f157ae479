"""Basic authentication (RFC 7617): a name and a password in the clear, so only where TLS or a parameter allows it."""

import binascii
import hashlib
import hmac
from base64 import b64decode
from dataclasses import dataclass, field

from common.accounts import Verifier

_LONGEST_HEADER = 512


@dataclass(frozen=True)
class Password:
    """A name and a password as a person or a client gave them."""

    username: str
    password: str = field(repr=False)

    def proves(self, verifier: Verifier, realm: str) -> bool:
        """Whether the password is the one behind `verifier`.

        It is checked against the SHA-256 HA1, which the edge holds for Digest anyway: a slow hash beside it would
        protect nothing, and would let strangers buy a lot of our time with little of theirs.
        """
        given = f"{self.username}:{realm}:{self.password}".encode("utf-8", "surrogatepass")
        return hmac.compare_digest(hashlib.sha256(given).hexdigest(), verifier.ha1_sha256)


def parse(header: str) -> Password | None:
    """Read what follows `Basic `; None when it is malformed."""
    if len(header) > _LONGEST_HEADER:
        return None
    try:
        decoded = b64decode(header.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    name, colon, password = decoded.partition(b":")
    if not colon:
        return None
    try:
        return Password(name.decode(), password.decode())
    except UnicodeDecodeError:
        return Password(name.decode("latin-1"), password.decode("latin-1"))
