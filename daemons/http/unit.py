"""The rest of the suite, as handlers call it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from common.bus.audio import AudioInterface
from common.bus.certificates import CertificatesInterface
from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.mqtt import MqttInterface
from common.bus.multicast import MulticastInterface
from common.bus.network import NetworkInterface
from common.bus.params import ParamsInterface
from common.bus.rules import RulesInterface
from common.bus.sip import SipInterface
from common.bus.ssh_accounts import SshAccountsInterface
from common.bus.system import SystemInterface
from common.bus.update import UpdateInterface
from daemons.http.auth.tickets import Tickets
from daemons.http.auth.verifiers import AccountDirectory
from daemons.http.authenticate import Authenticator
from daemons.http.event_feed import EventFeed
from daemons.http.parameter_cache import ParameterCache
from daemons.http.port_watch import PortWatch
from daemons.http.settings import LiveSettings

LONG_POLLS = 32
"""How many may wait for the unit to become ready; more hear the state of this moment."""
UPLOADS = 4
"""How many uploads there can be at once."""


@dataclass(frozen=True)
class Unit:
    """Proxies of the daemons, and what the edge keeps in memory."""

    params: ParamsInterface
    reading: ParameterCache
    audio: AudioInterface
    multicast: MulticastInterface
    ioports: IoPortsInterface
    port_watch: PortWatch
    events: EventsInterface
    event_feed: EventFeed
    rules: RulesInterface
    mqtt: MqttInterface
    sip: SipInterface
    system: SystemInterface
    certificates: CertificatesInterface
    update: UpdateInterface
    ssh_accounts: SshAccountsInterface
    network: NetworkInterface
    accounts: AccountDirectory
    authenticator: Authenticator
    tickets: Tickets
    settings: LiveSettings
    refresh_accounts: Callable[[], Awaitable[None]]
    """Asks for the accounts again, so that a change counts before it is answered."""
    uploads_folder: Path
    """Where bodies too large for memory lie, without a name, while they arrive."""
    long_polls: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LONG_POLLS))
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS))
    sip_changes: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by who reads settings of SIP to write them back with changes."""
