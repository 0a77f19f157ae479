"""The ioports daemon with its terminals for contract tests, and somebody who listens to every event."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from common.bus.connection import Connection
from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.suite import EVENTS, HTTP, IOPORTS, PARAMS
from common.errors import Unavailable
from common.params.client import ParamsClient
from common.params.kinds import Access
from tests.contract.private_bus import PrivateBus, RunningDaemon
from tests.contract.unit_at_work import WatchedWorld, simulated_world

IO = "tns1:Device/tnsaxis:IO/"
PORT, OUTPUT_PORT, SUPERVISED_PORT = f"{IO}Port", f"{IO}OutputPort", f"{IO}SupervisedPort"
DIGITAL_INPUT, RELAY = "tns1:Device/Trigger/DigitalInput", "tns1:Device/Trigger/Relay"


@dataclass(frozen=True)
class Heard:
    """An event as a subscriber of the events daemon hears it."""

    topic: str
    source: dict[str, str]
    data: dict[str, str]
    at: float


@dataclass
class Rig:
    """Ports at a simulated world, as the HTTP edge sees them."""

    bus: PrivateBus
    world: WatchedWorld
    http: Connection
    params: RunningDaemon
    events: RunningDaemon
    daemon: RunningDaemon
    heard: list[Heard] = field(default_factory=list)

    @property
    def ioports(self) -> IoPortsInterface:
        """The daemon as the HTTP edge calls it."""
        return self.http.proxy(IoPortsInterface, IOPORTS)

    async def port(self, number: int = 0) -> dict[str, Any]:
        """Return one port as the bus shows it."""
        port: dict[str, Any] = json.loads(await self.ioports.ports())[number]
        return port

    async def change(self, **change: object) -> dict[str, Any]:
        """Change one port (the first unless `port` is given); returns what came of it."""
        answer = await self.ioports.set_ports(json.dumps([{"port": 0, **change}]), "test")
        changed: dict[str, Any] = json.loads(answer)[0]
        return changed

    async def set(self, **parameters: object) -> None:
        """Change parameters of the first port as param.cgi would: `Input__Debounce=0`."""
        changes = {
            f"IOPort.I0.{name.replace('__', '.')}": str(value) for name, value in parameters.items()
        }
        _, refused = await ParamsClient(self.http).bus.update(
            changes, int(Access.ADMIN), "test", True
        )
        assert not refused, refused

    async def becomes(self, **wanted: object) -> dict[str, Any]:
        """Wait until the first port is as wanted; returns it."""
        async with asyncio.timeout(10):
            while True:
                port = await self.port()
                if {name: port[name] for name in wanted} == wanted:
                    return port
                await asyncio.sleep(0.01)

    async def start_again(self) -> None:
        """Start the daemon after it was killed."""
        self.daemon = await self.bus.start(IOPORTS)

    def terminal(self, number: int = 1) -> dict[str, Any]:
        """Return what a person sees at a terminal, counted from 1 as printed."""
        return self.world.terminals.describe()[number - 1]

    def states(self, topic: str, key: str = "state", port: int = 0) -> list[str]:
        """Return every value that was heard of one port on a topic, in order."""
        return [
            each.data[key]
            for each in self.heard
            if each.topic == topic and list(each.source.values()) == [str(port)]
        ]

    async def current(self, topic: str) -> dict[str, dict[str, str]]:
        """Return the present states of a topic: port -> data."""
        events = self.http.proxy(EventsInterface, EVENTS)
        found = json.loads(await events.current(topic))
        return {
            next(iter(each["source"].values())): each["data"]
            for each in found
            if each["topic"] == topic
        }


@asynccontextmanager
async def ports_rig(bus: PrivateBus) -> AsyncIterator[Rig]:
    """Run params, events and ioports before a simulated world; the ports are known when this yields."""
    async with simulated_world(bus) as world, bus.joined(HTTP) as http:
        params = await bus.start(PARAMS)
        events = await bus.start(EVENTS)
        rig = Rig(bus, world, http, params, events, await bus.start(IOPORTS))

        def happened(topic: str, source: dict[str, str], data: dict[str, str], at: float) -> None:
            rig.heard.append(Heard(topic, source, data, at))

        await http.subscribe(EventsInterface.happened, EVENTS, happened)
        await shown(rig, PORT, "-1", "0", "1")
        rig.heard.clear()
        yield rig


async def shown(rig: Rig, topic: str, *ports: str) -> None:
    """Wait until a topic has states of just these ports: the events daemon asks for all of them anew."""
    async with asyncio.timeout(10):
        while True:
            with suppress(Unavailable):
                if set(await rig.current(topic)) == set(ports):
                    return
            await asyncio.sleep(0.01)
