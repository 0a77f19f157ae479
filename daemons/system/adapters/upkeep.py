"""Keeps what the unit says about itself true: published parameters and the certificates' names."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from common.errors import ApplianceError, Unavailable
from common.params.client import ParamsClient
from daemons.system.adapters.addresses import address_changes, read_addresses
from daemons.system.adapters.certificate import OwnCertificate
from daemons.system.certificate_names import CertificateNames, names_of_unit
from daemons.system.unit import DOMAIN_NAME, PARAMETERS_READ, SERIAL_NUMBER, Unit

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.5


class Upkeep:
    """Brings parameters and certificate up to date, each time something they depend on has changed."""

    def __init__(
        self,
        unit: Unit,
        params: ParamsClient,
        certificates: Sequence[OwnCertificate],
        interface: str | None,
        machine_name: str,
    ) -> None:
        self._unit = unit
        self._params = params
        self._certificates = certificates
        self._interface = interface
        self._machine_name = machine_name
        self._wake = asyncio.Event()
        self._published: dict[str, str] = {}
        self._missed = True
        self._heard = 0

    def wake(self) -> None:
        """Look again soon."""
        self._wake.set()

    def start_anew(self) -> None:
        """Read and publish everything again: the params daemon is back, and changes may have been missed."""
        self._missed = True
        self.wake()

    async def start(self) -> None:
        """Bring everything up to date for the first time."""
        await self._params.watch(PARAMETERS_READ, self._parameters_changed)
        while not await self._refreshed():
            await asyncio.sleep(RETRY_INTERVAL_S)

    async def run(self) -> None:
        """Keep everything up to date, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self._refreshed():
                await asyncio.sleep(RETRY_INTERVAL_S)
                self._wake.set()

    async def run_addresses(self) -> None:
        """Look again after each change of an address, until cancelled."""
        async for _change in address_changes():
            self.wake()

    def _parameters_changed(self, values: Mapping[str, str], _removed: frozenset[str]) -> None:
        self._heard += 1
        self._unit.parameters.update(values)
        self.wake()

    async def _refreshed(self) -> bool:
        try:
            await self._read()
            await self._certify()
            await self._publish()
        except ApplianceError as error:
            log.log(
                logging.DEBUG if isinstance(error, Unavailable) else logging.ERROR,
                "what the unit says about itself is not up to date: %s",
                error,
            )
            return False
        return True

    async def _read(self) -> None:
        self._unit.addresses = await asyncio.to_thread(read_addresses, self._interface)
        if self._missed:
            # First, because defaults such as the host name are made of it.
            await self._params.publish({SERIAL_NUMBER: self._unit.identity.serial_number})
            await self._read_parameters()
            await self._unit.accounts.load()
            await self._unit.certificates.load()
            self._published = {}
            self._missed = False

    async def _read_parameters(self) -> None:
        heard = -1
        while heard != self._heard:  # a signal sent after the answer may be handled before it
            heard = self._heard
            values = await self._params.values(PARAMETERS_READ)
            self._unit.parameters.update(values)

    async def _certify(self) -> None:
        unit = self._unit
        names = names_of_unit(
            unit.host_name,
            unit.addresses,
            domain=unit.parameters.get(DOMAIN_NAME, ""),
            machine_name=self._machine_name,
        )
        # At once: the first start of a unit waits for all of them.
        async with asyncio.TaskGroup() as makers:
            for certificate in self._certificates:
                makers.create_task(_made(certificate, names), name="certificate")

    async def _publish(self) -> None:
        wanted = self._unit.published()
        changed = {
            name: value for name, value in wanted.items() if self._published.get(name) != value
        }
        if changed:
            await self._params.publish(changed)
            self._published.update(changed)


async def _made(certificate: OwnCertificate, names: CertificateNames) -> None:
    try:
        await certificate.ensure(names)
    except (ApplianceError, OSError):
        log.exception("no new certificate could be made, going on without")
