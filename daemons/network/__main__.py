"""The network daemon: what happens to the unit's connections and addresses."""

import common.lean  # noqa: F401 - before all that loads what it keeps out

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.bus.suite import EVENTS, NETWORK
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.params.client import ParamsClient
from common.params.kinds import Reset
from common.resets import ResetMark
from common.systemd import SystemdServices
from common.topics import Event
from daemons.network.adapters.host_keys import read_host_keys
from daemons.network.adapters.remembered import Remembered
from daemons.network.adapters.watch import Watch
from daemons.network.addresses import GRACE_S, Addresses
from daemons.network.interfaces import Connections
from daemons.network.remote_access import PARAMETERS, Remote
from daemons.network.service import NetworkService
from daemons.network.telling import Telling
from hw.boards import load

INTERFACE_VARIABLE = "C8210_INTERFACE"
"""Names the interface of a simulated unit that has one of its own."""
GRACE_VARIABLE = "C8210_ADDRESS_GRACE_S"
"""For tests, which do not wait for a minute."""


@asynccontextmanager
async def network(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts. Nobody is waited for."""
    connection, tasks, clock = daemon.connection, daemon.tasks, SystemClock()
    board = load()
    interface = os.environ.get(INTERFACE_VARIABLE) or board.interface
    remembered = Remembered(daemon.state / "addresses.json")
    grace_s = float(os.environ.get(GRACE_VARIABLE, GRACE_S))
    addresses = Addresses(remembered.read(), clock.monotonic() + grace_s)
    connections = Connections()
    resets = ResetMark(daemon.state)
    params = ParamsClient(connection)
    remote = Remote(SystemdServices(connection), read_host_keys)

    def announce(event: Event, at: float) -> None:
        if export.current is not None:
            export.current.announce(event, at)

    def all_told() -> None:
        if addresses.known is not None:
            remembered.write(addresses.known)

    def connected(now: dict[str, bool]) -> None:
        changed, others = connections.take(now)
        for event in changed:
            announce(event, clock.time())
        if others and export.current is not None:
            export.current.states_changed.emit(None)

    def board_linked(up: bool) -> None:
        connected({interface or "eth0": up})

    async def follow_resets() -> None:
        await params.wait()
        generation, level = await params.bus.generation()
        if resets.missed(generation, level) is Reset.FACTORY_DEFAULT:
            remembered.forget()
            all_told()
        resets.followed(generation)

    async def follow_parameters() -> None:
        await params.wait()
        remote.take(await params.watch(PARAMETERS, lambda values, _removed: remote.take(values)))

    def events_listens() -> None:
        # The states are answered first: whoever asks has them before the pulses.
        loop.call_soon(lambda: telling.heard(listening=True))

    loop = asyncio.get_running_loop()
    telling = Telling(announce, all_told)
    export = connection.export(
        lambda: NetworkService(connection, connections, remote, events_listens)
    )
    connection.watch(EVENTS, lambda there: None if there else telling.heard(listening=False))
    watch = Watch(
        interface,
        addresses,
        connections,
        clock,
        moved=lambda events: telling.tell(events, clock.time()),
        links=None if board.link else connected,
    )
    if board.link is not None:
        # The board knows its cable best, that of the simulated world included.
        tasks.create_task(board.link(connection).run(board_linked), name="link")
    tasks.create_task(watch.run(), name="network")
    tasks.create_task(follow_resets(), name="resets")
    connection.on_reconnect(remote.wake)
    tasks.create_task(follow_parameters(), name="parameters")
    tasks.create_task(remote.run(), name="remote access")
    yield


if __name__ == "__main__":
    run(NETWORK, network)
