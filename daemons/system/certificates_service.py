"""The system daemon's side of the bus, as far as certificates go."""

import os

import msgspec

from common.bus.certificates import CertificatesInterface
from common.bus.connection import Connection
from common.bus.daemon import exported, handed_over
from common.certificates import NewKey
from common.errors import InvalidValue
from daemons.system.certificates.store import Certificates


class CertificatesService(CertificatesInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, certificates: Certificates) -> None:
        super().__init__()
        self.connection = connection
        self._certificates = certificates

    @exported
    async def certificates(self) -> str:
        """Return what is installed, and the unit's own."""
        return msgspec.json.encode(await self._certificates.listed()).decode()

    @exported
    async def preinstalled(self) -> str:
        """Return the authorities that the unit came with."""
        return msgspec.json.encode(await self._certificates.preinstalled()).decode()

    @exported
    async def aliases(self) -> dict[str, str]:
        """Return what settings may name."""
        return self._certificates.aliases()

    @exported
    async def add(self, alias: str, certificate: str, private_key: str, passphrase: str) -> None:
        """Install a client/server certificate."""
        await self._certificates.add(alias, certificate, private_key, passphrase)

    @exported
    async def add_authority(self, alias: str, certificate: str) -> None:
        """Install the certificate of an authority."""
        await self._certificates.add_authority(alias, certificate)

    @exported
    async def add_container(self, alias: str, container: str, passphrase: str) -> None:
        """Install a client/server certificate from PKCS #12."""
        await self._certificates.add_container(alias, container, passphrase)

    @exported
    async def replace(self, alias: str, certificate: str) -> None:
        """Put another certificate in the place of one."""
        await self._certificates.replace(alias, certificate)

    @exported
    async def create(self, new: str) -> None:
        """Make a key and a self-signed certificate."""
        try:
            wanted = msgspec.json.decode(new, type=NewKey)
        except msgspec.ValidationError as error:
            raise InvalidValue(f"{error}") from None
        await self._certificates.create(wanted)

    @exported
    async def request(self, alias: str, subject: str, names: list[str]) -> str:
        """Return a certificate signing request."""
        return await self._certificates.request(alias, subject, names)

    @exported
    async def remove(self, alias: str) -> None:
        """Delete a certificate."""
        await self._certificates.remove(alias)

    @exported
    async def use(self, who: str, uses: dict[str, str]) -> None:
        """Know what a daemon uses."""
        self._certificates.use(who, uses)

    @exported
    async def open_key_pair(self, alias: str) -> int:
        """Hand over a certificate with its key."""
        return handed_over(_file(await self._certificates.key_pair(alias)))

    @exported
    async def open_authorities(self, alias: str) -> int:
        """Hand over whom to believe."""
        return handed_over(_file(await self._certificates.authorities(alias)))


def _file(content: str) -> int:
    """Return a file in memory without a name, at its beginning."""
    descriptor = os.memfd_create("certificates", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content.encode())
        os.lseek(descriptor, 0, os.SEEK_SET)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
