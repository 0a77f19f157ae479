"""The certificates of a unit, as the edge and those who use them call them."""

import asyncio
import os

import msgspec

from common.bus.certificates import CertificatesInterface
from common.bus.connection import Connection
from common.bus.suite import SYSTEM
from common.certificates import Certificate


def certificates_of(connection: Connection) -> CertificatesInterface:
    """Return the certificates as one member of the suite calls them."""
    return connection.proxy(CertificatesInterface, SYSTEM)


async def listed(certificates: CertificatesInterface) -> dict[str, Certificate]:
    """Return what is installed, by alias."""
    text = await certificates.certificates()
    found = msgspec.json.decode(text, type=list[Certificate])
    return {each.alias: each for each in found}


def content_of(descriptor: int) -> str:
    """Return what a file that was handed over holds."""
    with os.fdopen(descriptor) as file:
        return file.read()


async def until_used(certificates: CertificatesInterface, alias: str, *, used: bool = True) -> None:
    """Wait until somebody says that a certificate is used, or nobody says so any more."""
    async with asyncio.timeout(15):
        while bool((await listed(certificates))[alias].used_by) is not used:
            await asyncio.sleep(0.02)
