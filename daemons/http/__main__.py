import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import msgspec

from common.accounts import Verifiers
from common.asgi import served
from common.boot import boot_id
from common.bus.audio import AudioInterface
from common.bus.certificates import CertificatesInterface
from common.bus.daemon import DaemonInterface
from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.mqtt import MqttInterface
from common.bus.multicast import MulticastInterface
from common.bus.network import NetworkInterface
from common.bus.params import ParamsInterface
from common.bus.rules import RulesInterface
from common.bus.sip import SipInterface
from common.bus.ssh_accounts import SshAccountsInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, IOPORTS, MQTT, NETWORK, PARAMS, SIP, SYSTEM
from common.bus.system import SystemInterface
from common.bus.update import UpdateInterface
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.errors import Unavailable
from common.params.client import ParamsClient
from common.paths import ETC, LIBRARY
from common.reload import asking
from daemons.http import pages, params
from daemons.http.adapters.nginx import Nginx
from daemons.http.auth.throttle import Throttle
from daemons.http.auth.tickets import Tickets
from daemons.http.auth.verifiers import AccountDirectory
from daemons.http.authenticate import Authenticator
from daemons.http.event_feed import EventFeed
from daemons.http.front import Place
from daemons.http.gate import Gate
from daemons.http.parameter_cache import ParameterCache
from daemons.http.port_watch import PortWatch
from daemons.http.routes import ROUTES
from daemons.http.service import HttpService
from daemons.http.settings import WATCHED, LiveSettings
from daemons.http.sockets import LARGEST_MESSAGE
from daemons.http.topics import BLOCKED_IP
from daemons.http.unit import Unit
from daemons.http.web_server import WebServer

log = logging.getLogger(__name__)

RETRY_S = 0.2
_FIXED_PORTS = {
    "C8210_HTTP_PORT": params.HTTP_PORT.name,
    "C8210_HTTPS_PORT": params.HTTPS_PORT.name,
}


@asynccontextmanager
async def body(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the edge: the gate on its socket, the web server's configuration, the bus on the other side."""
    clock = SystemClock()
    settings = LiveSettings(fixed=_fixed_ports())
    directory = AccountDirectory(clock, boot_id())
    system = daemon.connection.proxy(SystemInterface, SYSTEM)
    client = ParamsClient(daemon.connection)
    nginx = Nginx(_place(daemon), daemon.runtime / "nginx.conf", asking("configuration"))
    web_server = WebServer(nginx, settings)
    reading = ParameterCache(client.bus)
    ioports = daemon.connection.proxy(IoPortsInterface, IOPORTS)
    port_watch = PortWatch(ioports.ports)
    events = daemon.connection.proxy(EventsInterface, EVENTS)
    event_feed = EventFeed(events.current)
    accounts_changed = asyncio.Event()

    async def refresh_accounts() -> None:
        directory.replace(_VERIFIERS.decode(await system.verifiers()))

    async def follow_accounts() -> None:
        while True:
            accounts_changed.clear()
            try:
                await refresh_accounts()
            except Unavailable:
                await asyncio.sleep(RETRY_S)
            else:
                await accounts_changed.wait()

    async def accounts_were_changed() -> None:
        try:
            await refresh_accounts()
        except Unavailable:
            accounts_changed.set()  # the change is made: it counts a little later

    def parameters_changed(values: Mapping[str, str], _removed: frozenset[str]) -> None:
        if settings.update(values):
            web_server.settings_changed()

    def system_is_there(there: bool) -> None:
        if there:
            accounts_changed.set()

    def params_came_or_went(_there: bool) -> None:
        reading.forget()

    def anything_changed(*_what: object) -> None:
        reading.forget()

    def blocked(address: str) -> None:
        if export.current is not None:
            export.current.announce(BLOCKED_IP.event(data={"address": address}))

    unit = Unit(
        params=client.bus,
        reading=reading,
        audio=daemon.connection.proxy(AudioInterface, AUDIO),
        multicast=daemon.connection.proxy(MulticastInterface, AUDIO),
        ioports=ioports,
        port_watch=port_watch,
        events=events,
        event_feed=event_feed,
        rules=daemon.connection.proxy(RulesInterface, EVENTS),
        mqtt=daemon.connection.proxy(MqttInterface, MQTT),
        sip=daemon.connection.proxy(SipInterface, SIP),
        system=system,
        certificates=daemon.connection.proxy(CertificatesInterface, SYSTEM),
        update=daemon.connection.proxy(UpdateInterface, SYSTEM),
        ssh_accounts=daemon.connection.proxy(SshAccountsInterface, SYSTEM),
        network=daemon.connection.proxy(NetworkInterface, NETWORK),
        accounts=directory,
        authenticator=Authenticator(directory, settings, Throttle(clock), blocked),
        tickets=Tickets(clock),
        settings=settings,
        refresh_accounts=accounts_were_changed,
        uploads_folder=daemon.state,
    )
    export = daemon.connection.export(lambda: HttpService(daemon.connection, web_server.refused))
    await client.wait()
    settings.update(await client.watch(WATCHED, parameters_changed))
    await daemon.connection.subscribe(ParamsInterface.changed, PARAMS, anything_changed)
    await daemon.connection.subscribe(ParamsInterface.was_reset, PARAMS, anything_changed)
    daemon.connection.watch(PARAMS, params_came_or_went)
    await daemon.connection.subscribe(
        SystemInterface.verifiers_changed, SYSTEM, accounts_changed.set
    )
    daemon.connection.watch(SYSTEM, system_is_there)
    await daemon.connection.subscribe(DaemonInterface.event, IOPORTS, port_watch.happened)
    await daemon.connection.subscribe(
        DaemonInterface.states_changed, IOPORTS, port_watch.rearranged
    )
    daemon.connection.watch(IOPORTS, port_watch.came_or_went)
    await daemon.connection.subscribe(EventsInterface.happened, EVENTS, event_feed.happened)
    daemon.connection.watch(EVENTS, event_feed.came_or_went)
    gate = Gate(ROUTES, unit, unit.authenticator)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    async with served(
        gate, daemon.runtime / "http.sock", daemon.tasks, http="httptools", **_WEB_SOCKETS
    ):
        daemon.tasks.create_task(follow_accounts(), name="accounts")
        daemon.tasks.create_task(port_watch.run(), name="ports")
        daemon.tasks.create_task(event_feed.run(), name="events")
        daemon.tasks.create_task(web_server.follow(), name="web server")
        log.debug("%d modules declare %d paths", len(pages.DECLARED), len(list(ROUTES)))
        yield


def _fixed_ports() -> dict[str, str]:
    """Return the ports that the development supervisor decides instead of the parameters."""
    return {name: os.environ[key] for key, name in _FIXED_PORTS.items() if os.environ.get(key)}


def _place(daemon: Daemon) -> Place:
    tls = daemon.state.parent / "system" / "tls" / "nginx"
    return Place(
        etc=ETC,
        web=LIBRARY / "web" / "dist",
        runtime=daemon.runtime.parent,
        certificate=tls / "certificate.pem",
        key=tls / "key.pem",
        simulated=os.environ.get("C8210_BOARD") == "simulated",
        ipv6=_has_ipv6(),
        as_root=os.geteuid() == 0,
    )


def _has_ipv6() -> bool:
    """Say whether the kernel speaks IPv6; where our unit lets us have no network at all it does, as it is Debian's."""
    return _may_use(socket.AF_INET6) or not _may_use(socket.AF_INET)


def _may_use(family: socket.AddressFamily) -> bool:
    with suppress(OSError), socket.socket(family):
        return True
    return False


def _is_news(record: logging.LogRecord) -> bool:
    """Say whether uvicorn tells more than that a WebSocket was refused, which it takes for a mistake of ours."""
    return "without completing handshake" not in record.getMessage()


_WEB_SOCKETS = {
    "ws": "websockets-sansio",
    "ws_max_size": LARGEST_MESSAGE,
    "ws_per_message_deflate": False,
    "ws_ping_interval": 10.0,
    "ws_ping_timeout": 10.0,
    "log_level": "error",  # a line for each socket otherwise
}
_VERIFIERS = msgspec.json.Decoder(Verifiers)

run(HTTP, body)
