"""Accounts as they travel over the bus, and what the HTTP edge needs to check passwords.

`system` owns the accounts and answers `Accounts` with a JSON list of `Account`, `Verifiers` with one `Verifiers`.
"""

import re
from enum import Enum

import msgspec

from common.errors import InvalidValue
from common.params.kinds import Access

MAXIMUM_ACCOUNTS = 100
NAME_PATTERN = re.compile(r"[A-Za-z0-9]{1,14}")
PASSWORD_PATTERN = re.compile(r"[\x20-\x7e]{1,64}")


class Role(Enum):
    """What an account may do; each one includes those before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def access(self) -> Access:
        """The digit of VAPIX security levels that the role stands for."""
        return _ACCESS[self]


_ACCESS = {
    Role.VIEWER: Access.VIEWER,
    Role.OPERATOR: Access.OPERATOR,
    Role.ADMIN: Access.ADMIN,
}


class Account(msgspec.Struct, frozen=True):
    """One account, without anything secret."""

    name: str
    role: Role
    group: str = "users"
    """The primary group of `pwdgrp.cgi`: `users`, or `root` for the initial account."""
    ptz: bool = False
    """A flag that clients of cameras set and read back; it grants nothing on this product.

    `UpdateAccount` takes it as `ptz` = `yes` or `no`. An administrator is made with it, others without.
    """
    comment: str = ""


class Verifier(msgspec.Struct, frozen=True):
    """What the password of one account is checked against. Never logged, never shown."""

    name: str
    role: Role
    ha1_md5: str
    """MD5 of `name:realm:password` in hex (RFC 7616)."""
    ha1_sha256: str
    """SHA-256 of the same, in hex."""
    password_hash: str
    """Argon2id in its encoded form."""

    def __repr__(self) -> str:
        return f"Verifier(name={self.name!r}, role={self.role})"


class Verifiers(msgspec.Struct, frozen=True):
    """All of them, and the keys that outlive the HTTP edge. Never logged, never shown."""

    realm: str
    """`AXIS_` and the serial number in 12 upper-case hex digits."""
    session_key: str
    """What session cookies are signed with: 32 bytes in hex."""
    nonce_key: str
    """What Digest nonces are made with: 32 bytes in hex."""
    accounts: list[Verifier]

    def __repr__(self) -> str:
        return f"Verifiers(realm={self.realm!r}, accounts={len(self.accounts)})"


def check_name(name: str) -> str:
    """Return `name` if an account can be called so."""
    if not NAME_PATTERN.fullmatch(name):
        raise InvalidValue("an account name has 1 to 14 letters and digits (a-z, A-Z, 0-9)")
    return name


def check_password(password: str) -> str:
    """Return `password` if an account can have it; the refusal does not repeat it."""
    if not PASSWORD_PATTERN.fullmatch(password):
        raise InvalidValue("a password has 1 to 64 printable ASCII characters")
    return password
