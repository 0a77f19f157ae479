"""The unit as a whole: its parts, and what only all of them together can answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from common import product
from common.accounts import Verifiers
from common.clock import Clock
from common.device import DaemonState, Device
from common.errors import Conflict
from common.topics import Event
from daemons.system.accounts import Accounts
from daemons.system.certificates.store import Certificates
from daemons.system.identity import Identity
from daemons.system.locate import Locator
from daemons.system.ports import Addresses, Boot, Keys
from daemons.system.power import Power
from daemons.system.readiness import Readiness
from daemons.system.topics import SYSTEM_READY

SERIAL_NUMBER = "Properties.System.SerialNumber"
HOST_NAME = "Network.HostName"
DOMAIN_NAME = "Network.DomainName"
PRODUCT = "Brand.ProdFullName"
VERSION = "Properties.Firmware.Version"
PARAMETERS_READ = (HOST_NAME, DOMAIN_NAME, PRODUCT)


async def _nothing() -> None:
    pass


@dataclass
class Unit:
    """The parts, and the facts that change while it runs."""

    board: str
    identity: Identity
    boot: Boot
    clock: Clock
    accounts: Accounts
    certificates: Certificates
    readiness: Readiness
    locator: Locator
    power: Power
    realtime: Callable[[], Awaitable[bool]]
    keys: Keys
    before_restart: Callable[[], Awaitable[None]] = _nothing
    """What else there is to do for a restart that somebody asks for."""
    version: str = product.VERSION
    """The version of the firmware that runs."""
    addresses: Addresses = field(default_factory=lambda: Addresses(()))
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def host_name(self) -> str:
        """The name somebody gave the unit, else its own."""
        return self.parameters.get(HOST_NAME) or self.identity.host_name

    async def restart(self, who: str) -> None:
        """Restart the unit, as somebody asks for; returns before that happens."""
        await self.before_restart()
        await self.power.restart(who)

    async def device(self) -> Device:
        """Return identity and state."""
        return Device(
            product=self.parameters.get(PRODUCT, ""),
            version=self.version,
            serial_number=self.identity.serial_number,
            board=self.board,
            host_name=self.host_name,
            addresses=list(self.addresses.all),
            uptime_s=self.boot.uptime_s(self.clock.monotonic()),
            boot_id=self.boot.id,
            needs_setup=not self.accounts,
            realtime=await self.realtime(),
            daemons=[DaemonState(name, there) for name, there in self.readiness.daemons().items()],
        )

    async def add_first_account(self, name: str, password: str) -> None:
        """Make the first administrator, unless the unit is on its way down."""
        if self.power.going_down:
            raise Conflict("the unit is restarting")
        await self.accounts.add_first(name, password)

    def verifiers(self) -> Verifiers:
        """Return what passwords, cookies and nonces are checked against."""
        return Verifiers(
            self.identity.realm, self.keys.session, self.keys.nonce, self.accounts.verifiers()
        )

    def ready_event(self) -> Event:
        """Return whether the unit is ready, as the event topic says it."""
        return SYSTEM_READY.event(data={"ready": self.readiness.ready})

    def published(self) -> Mapping[str, str]:
        """Return the read-only parameters that follow from what the unit is now."""
        return {
            SERIAL_NUMBER: self.identity.serial_number,
            VERSION: self.version,
            "Network.VolatileHostName.HostName": self.host_name,
            "Network.eth0.MACAddress": self.identity.mac_address,
            "Network.eth0.IPAddress": self.addresses.address,
            "Network.eth0.SubnetMask": self.addresses.netmask,
            "Network.eth0.Broadcast": self.addresses.broadcast,
            "Network.eth0.IPv6.IPAddresses": ",".join(self.addresses.ipv6),
            "System.RootPwdSet": "yes" if self.accounts else "no",
        }
