"""What the system daemon offers of certificates.

What is a `str` of JSON is of the types in `common.certificates`. A certificate may be given as PEM, or as the base64 of
DER, PEM or PKCS #12. A change is on disk when its method returns; what is no certificate, or does not fit, is
`InvalidValue`, an unknown alias `NotFound`, one that is taken or in use `Conflict`. No method returns a private key but
`open_key_pair`, which only those may call who show the certificate to others.
"""

from collections.abc import Mapping
from typing import ClassVar

from sdbus import DbusInterfaceCommonAsync, dbus_signal_async

from common.bus.contract import dbus_method


class CertificatesInterface(DbusInterfaceCommonAsync, interface_name="org.c8210.Certificates1"):
    """The certificates of the unit."""

    call_timeouts_s: ClassVar[Mapping[str, float]] = {
        "Certificates": 40.0,
        "Preinstalled": 40.0,
        "Add": 40.0,
        "AddAuthority": 40.0,
        "AddContainer": 40.0,
        "Replace": 40.0,
        "Create": 40.0,
        "Request": 40.0,
    }
    """A slow board has to start a process that loads a library, and to find primes."""

    @dbus_method("", "s")
    async def certificates(self) -> str:
        """Return [Certificate] that somebody has installed, and the unit's own, in order of their aliases."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def preinstalled(self) -> str:
        """Return [Certificate] of the authorities that the unit came with."""
        raise NotImplementedError

    @dbus_method("", "a{ss}")
    async def aliases(self) -> dict[str, str]:
        """Return alias -> kind of what somebody has installed: what settings may name."""
        raise NotImplementedError

    @dbus_method("ssss", "")
    async def add(self, alias: str, certificate: str, private_key: str, passphrase: str) -> None:
        """Install a client/server certificate with its key; `passphrase` opens the key, if it is encrypted."""
        raise NotImplementedError

    @dbus_method("ss", "")
    async def add_authority(self, alias: str, certificate: str) -> None:
        """Install the certificate of an authority."""
        raise NotImplementedError

    @dbus_method("sss", "")
    async def add_container(self, alias: str, container: str, passphrase: str) -> None:
        """Install a client/server certificate from PKCS #12; the authorities in it are its chain."""
        raise NotImplementedError

    @dbus_method("ss", "")
    async def replace(self, alias: str, certificate: str) -> None:
        """Put another certificate in the place of one; that of a client/server must fit the same key."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def create(self, new: str) -> None:
        """Make a key and a self-signed certificate (`NewKey`)."""
        raise NotImplementedError

    @dbus_method("ssas", "s")
    async def request(self, alias: str, subject: str, names: list[str]) -> str:
        """Return a certificate signing request (PKCS #10, PEM) by the key of a certificate.

        Without a subject or names it has those of the certificate.
        """
        raise NotImplementedError

    @dbus_method("s", "")
    async def remove(self, alias: str) -> None:
        """Delete a certificate, and its key; Conflict while somebody uses it, who is named."""
        raise NotImplementedError

    @dbus_method("sa{ss}", "")
    async def use(self, who: str, uses: dict[str, str]) -> None:
        """Say which certificates a daemon uses, each with words for by what: they cannot be deleted.

        It holds until the same daemon says something else; who uses none says nothing, or an empty table.
        """
        raise NotImplementedError

    @dbus_method("s", "h")
    async def open_key_pair(self, alias: str) -> int:
        """Return a file without a name with a certificate, its chain and its private key, as PEM."""
        raise NotImplementedError

    @dbus_method("s", "h")
    async def open_authorities(self, alias: str) -> int:
        """Return a file without a name with the certificate of an authority, as PEM; of all installed if empty."""
        raise NotImplementedError

    @dbus_signal_async("")
    def changed(self) -> None:
        """Other certificates are installed than before: ask again."""
        raise NotImplementedError
