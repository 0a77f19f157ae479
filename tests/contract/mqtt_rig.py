"""A real broker, ways to it that can be watched and cut, and the daemons that speak with it."""

import asyncio
import base64
import contextlib
import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from common.bus.connection import Connection, Export
from common.bus.daemon import exported
from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.mqtt import MqttInterface
from common.bus.suite import EVENTS, HTTP, IOPORTS, MQTT, PARAMS, SYSTEM
from common.mqtt import View
from common.params.client import ParamsClient
from common.topics import Event
from daemons.ioports.topics import CONTROL_BUTTON_GESTURE
from tests.contract.private_bus import PrivateBus, RunningDaemon, eventually
from tests.suite import free_port

SERIAL = "ACCC8E012345"
PREFIX = f"axis/{SERIAL}"
USER, PASSWORD = "joe", "Marker-mqtt-4711"
PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
"""Debian keeps it in a folder that an ordinary user's PATH does not name."""
PROTOCOLS = ("tcp", "ssl", "ws", "wss")
BUTTON = "onvif:Device/axis:IO/ControlButton"


def make_certificates(folder: Path) -> None:
    """Make a certificate authority of this test's own, and by it a certificate for localhost."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl(
        *("req", "-x509", *key, "-days", "2", "-subj", "/CN=test", "-keyout", "ca.key"),
        *("-addext", "keyUsage=critical,keyCertSign", "-out", "ca.pem"),
    )
    openssl("req", *key, "-subj", "/CN=localhost", "-keyout", "own.key", "-out", "own.csr")
    openssl(
        *("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2"),
        *("-CAcreateserial", "-extfile", "names", "-out", "own.pem"),
    )


class Broker:
    """Mosquitto, listening in each of the four ways; the fifth port asks for a login."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in (*PROTOCOLS, "login")}
        self.log_file = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        make_certificates(folder)
        passwords = folder / "passwords"
        passwords.touch()
        subprocess.run(
            ["mosquitto_passwd", "-b", str(passwords), USER, PASSWORD],
            check=True,
            capture_output=True,
        )
        lines = ["per_listener_settings true", "log_type all", "max_queued_messages 0"]
        lines += ["persistence true", f"persistence_location {folder}/"]
        for name, port in self.ports.items():
            lines.append(f"listener {port} 127.0.0.1")
            if name == "login":
                lines += ["allow_anonymous false", f"password_file {passwords}"]
            else:
                lines.append("allow_anonymous true")
            if name in ("ws", "wss"):
                lines.append("protocol websockets")
            if name in ("ssl", "wss"):
                lines += [f"certfile {folder}/own.pem", f"keyfile {folder}/own.key"]
        (folder / "mosquitto.conf").write_text("\n".join([*lines, "user root", ""]))

    def start(self) -> None:
        """Start it; returns when it listens."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-c", str(self.folder / "mosquitto.conf"), "-v"],
                stdout=log,
                stderr=log,
            )
        with Watcher(self.ports["tcp"], ()):
            return

    def kill(self) -> None:
        """End it as a power cut would: what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it politely: it keeps what its clients have not got yet."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    @property
    def log(self) -> str:
        """What it has logged."""
        return self.log_file.read_text()


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """Run a broker."""
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@dataclass(frozen=True)
class Seen:
    """A message as another client of the broker gets it."""

    topic: str
    payload: bytes
    qos: int
    retain: bool

    @property
    def content(self) -> Any:
        """The payload, as JSON."""
        return json.loads(self.payload)


class Watcher:
    """Another client of the broker, in a thread of its own, which comes back when the broker does."""

    def __init__(
        self,
        port: int,
        topics: tuple[str, ...] = ("#",),
        *,
        name: str = "",
        retained: bool = False,
    ) -> None:
        """One with a `name` has a session that the broker keeps; what was retained is `seen` if wanted."""
        self.seen: list[Seen] = []
        self._topics = topics
        self._retained = retained
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name, clean_session=not name
        )
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._received
        self._client.reconnect_delay_set(1, 1)
        self._client.connect_async("127.0.0.1", port)

    def _connected(self, client: paho.Client, *_rest: object) -> None:
        if self._topics:
            client.subscribe([(topic, 2) for topic in self._topics])
        else:
            self._subscribed.set()

    def _received(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        if self._retained or not message.retain:
            self.seen.append(
                Seen(message.topic, bytes(message.payload), message.qos, bool(message.retain))
            )

    def publish(self, topic: str, payload: str | bytes, qos: int = 0, retain: bool = False) -> None:
        """Publish as somebody else."""
        self._client.publish(topic, payload, qos, retain)

    def on(self, part: str) -> list[Seen]:
        """Return what came on topics with `part` in them."""
        return [seen for seen in self.seen if part in seen.topic]

    def __enter__(self) -> "Watcher":
        self._client.loop_start()
        assert self._subscribed.wait(15), "no connection to the broker"
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Relay:
    """Stands between the unit and the broker: as a proxy, with TLS of its own, or just to be cut."""

    def __init__(self, target: int, *, login: str = "", tls: ssl.SSLContext | None = None) -> None:
        """`login` makes it a proxy that asks for one; `-` one that asks for none."""
        self.target = target
        self.login = login
        self.requests: list[str] = []
        self.protocols: list[str | None] = []
        self.connections = 0
        self.frozen = False
        self._ended = asyncio.Event()
        self._tls = tls
        self._port = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        """Relay until the block ends."""
        taking: set[asyncio.Task[None]] = set()

        async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            taking.add(task)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._relay(reader, writer)
            writer.transport.abort()

        server = await asyncio.start_server(taken, "127.0.0.1", 0, ssl=self._tls)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._ended.set()
            await asyncio.gather(*taking)
            await asyncio.sleep(0)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._tls is not None:
            self.protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        if self.login and not await self._welcome(reader, writer):
            return
        out, into = await asyncio.open_connection("127.0.0.1", self.target)
        ways = [
            asyncio.get_running_loop().create_task(way, name="way")
            for way in (self._carry(reader, into), self._carry(out, writer), self._ended.wait())
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        into.transport.abort()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(request)
        wanted = base64.b64encode(self.login.encode()).decode()
        good = self.login == "-" or f"Proxy-Authorization: Basic {wanted}\r\n" in request
        answer = "200 Connection established" if good else "407 Proxy Authentication Required"
        writer.write(f"HTTP/1.1 {answer}\r\nX-Odd: yes\r\n\r\n".encode())
        await writer.drain()
        return good

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not self.frozen:
                    writer.write(data)
                    await writer.drain()


class Ports(IoPortsInterface):
    """Stands in for the ioports daemon, as far as events go."""

    def __init__(self, connection: Connection, states: list[Event]) -> None:
        super().__init__()
        self.connection = connection
        self._states = states

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        return [(event.topic, dict(event.source), dict(event.data)) for event in self._states]


@dataclass
class MqttUnit:
    """The daemons, as the HTTP edge sees them."""

    bus: PrivateBus
    daemon: RunningDaemon
    events_daemon: RunningDaemon
    http: Connection
    mqtt: MqttInterface
    ports: Export[Ports]
    happened: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    async def view(self) -> View:
        """Return how the client is."""
        return msgspec.json.decode(await self.mqtt.client(), type=View)

    async def configure(self, port: int, protocol: str = "tcp", **fields: Any) -> None:
        """Configure the client for a port of this machine."""
        server = {"host": "localhost", "port": port, "protocol": protocol}
        server |= fields.pop("server", {})
        await self.mqtt.configure_client(json.dumps({"server": server, **fields}))

    async def connect(self, port: int, protocol: str = "tcp", **fields: Any) -> None:
        """Configure the client, activate it and wait until it is connected."""
        await self.configure(port, protocol, **fields)
        await self.mqtt.activate()
        await self.until(lambda view: view.status.connected)

    async def until(self, holds: Callable[[View], bool], timeout_s: float = 15.0) -> View:
        """Wait until the client is so."""
        view = await self.view()
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(view):
                    await asyncio.sleep(0.02)
                    view = await self.view()
        except TimeoutError:
            raise AssertionError(f"still {view.status}\n{self.daemon.log}") from None
        return view

    async def until_told(self, words: str) -> None:
        """Wait until it says why it is not connected."""
        await self.until(lambda view: words in view.status.reason)

    async def publish_events(self, *filters: dict[str, Any], **settings: Any) -> None:
        """Publish what these filters mean."""
        config = {"eventFilterList": list(filters), **settings}
        await self.mqtt.configure_publication(json.dumps(config))

    async def subscribe(self, *filters: dict[str, Any]) -> None:
        """Subscribe to these."""
        await self.mqtt.configure_subscriptions(json.dumps({"mqttFilterList": list(filters)}))

    def say(self, event: Event, at: float = 0.0) -> None:
        """Let something happen at the ports."""
        assert self.ports.current is not None
        self.ports.current.announce(event, at)

    def pulse(self, at: float = 0.0) -> None:
        """Let something happen that has no state."""
        self.say(CONTROL_BUTTON_GESTURE.event(data={"gesture": "cloud_connect"}), at)

    def said(self, payload: str) -> bool:
        """Whether a message with this payload became an event."""
        return any(data.get("mqtt-payload") == payload for _, _, data in self.happened)

    async def start_again(self) -> None:
        """Start a killed daemon."""
        self.daemon = await self.bus.start(MQTT, **self.environment)


@asynccontextmanager
async def mqtt_unit(bus: PrivateBus, broker: Broker, *states: Event) -> AsyncIterator[MqttUnit]:
    """Run params, events and mqtt, which trust the broker's authority, and be the rest."""
    environment = {"SSL_CERT_FILE": str(broker.folder / "ca.pem")}
    await bus.start(PARAMS)
    async with bus.joined(SYSTEM) as system:
        await ParamsClient(system).publish({"Properties.System.SerialNumber": SERIAL})
    async with bus.joined(IOPORTS) as ioports, bus.joined(HTTP) as http:
        ports = ioports.export(lambda: Ports(ioports, list(states)))
        events = await bus.start(EVENTS)
        daemon = await bus.start(MQTT, **environment)
        unit = MqttUnit(
            bus,
            daemon,
            events,
            http,
            http.proxy(MqttInterface, MQTT),
            ports,
            environment=environment,
        )

        def happened(topic: str, source: dict[str, str], data: dict[str, str], _at: float) -> None:
            unit.happened.append((topic, source, data))

        await http.subscribe(EventsInterface.happened, EVENTS, happened)
        await eventually(lambda: http.present(MQTT), "mqtt on the bus")
        yield unit
        # Nobody connects any more to what the test has put around this.
        unit.daemon.kill()
