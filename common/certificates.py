"""The certificates of the unit, as the system daemon, its edges and those who use them pass them on, as JSON."""

from typing import Annotated, Literal

import msgspec

MOST = 100
"""Certificates of both kinds together; the documents name no limit."""
LONGEST_ALIAS = 64
LONGEST_TEXT = 64 * 1024
"""Characters of a certificate with its chain, of a key, of a container."""
OWN = "Default(self-signed)"
"""The alias of the certificate that the unit has made itself, for its web server (as recorded)."""
KEYSTORE = "SOFTWARE0"
"""The only keystore: the unit's own store, in which keys are sealed."""

Kind = Literal["client", "authority"]
"""A client/server certificate has a private key; one of an authority says whom to believe."""
KeyType = Literal["EC-P256", "EC-P384", "EC-P521", "RSA-2048", "RSA-3072", "RSA-4096"]

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
Name = Annotated[str, msgspec.Meta(max_length=1024)]
Names = Annotated[
    tuple[Annotated[str, msgspec.Meta(max_length=300)], ...], msgspec.Meta(max_length=64)
]
Moment = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""In seconds since 1970."""


class Details(msgspec.Struct, frozen=True):
    """What a certificate says of itself."""

    subject: str
    """RFC 4514, as the issuer."""
    issuer: str
    serial_number: str
    """Hexadecimal digits."""
    valid_from: int
    """In seconds since 1970, as `valid_to`."""
    valid_to: int
    key: str
    """`EC-P256`, `RSA-2048`"""
    names: tuple[str, ...]
    """Subject alternative names: `DNS:unit.local`, `IP:192.0.2.7`"""
    fingerprint: str
    """SHA-256, hexadecimal digits."""
    self_signed: bool
    authority: bool
    """Whether it may sign others (RFC 5280, basic constraints)."""
    chain: int = 1
    """How many certificates there are, the issuers' included that stand behind it."""


class Certificate(msgspec.Struct, frozen=True):
    """A certificate that is installed. A private key is in no answer."""

    alias: str
    kind: Kind
    certificate: str
    """PEM, with its chain."""
    details: Details
    removable: bool = True
    """False for the one that the unit has made itself, and for those it came with."""
    used_by: tuple[str, ...] = ()
    """Who would miss it, in words."""


class NewKey(msgspec.Struct, frozen=True):
    """A key to be made, with a certificate that it signs itself (VAPIX cert v1, create_certificate)."""

    alias: str
    subject: Name
    """RFC 4514: `CN=unit,O=Example`"""
    key_type: KeyType = "EC-P256"
    subject_alt_names: Names = ()
    valid_from: Moment | None = None
    """None: the beginning of today."""
    valid_to: Moment | None = None
    """None: a year later."""
