"""The private bus of the contract tests does what they rely on."""

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from common.bus.connection import Connection
from common.bus.suite import HTTP, PARAMS
from common.errors import Unavailable
from common.params.client import ParamsClient
from tests.contract.private_bus import PrivateBus, eventually


async def test_a_member_joins_and_others_see_it(bus: PrivateBus) -> None:
    """Names come and go on the bus as connections do."""
    async with bus.joined(PARAMS) as watcher:
        async with bus.joined(HTTP):
            await eventually(lambda: watcher.present(HTTP), "the other name")
        await eventually(lambda: not watcher.present(HTTP), "the other name is gone")


async def test_a_peer_that_appears_while_one_connects_is_seen(bus: PrivateBus) -> None:
    """The answer "nobody" is older than the signal behind it, though it is looked at later."""
    async with AsyncExitStack() as peers:

        class Slow(Connection):
            async def _ask_owner(self, name: str) -> str:
                answer = await super()._ask_owner(name)
                if name == PARAMS.bus_name and not answer:
                    await peers.enter_async_context(bus.joined(PARAMS))
                    await eventually(lambda: self.present(PARAMS), "the signal is handled")
                return answer

        connection = Slow(HTTP)
        async with asyncio.TaskGroup() as tasks, connection.opened(tasks, alive=lambda: None):
            assert connection.present(PARAMS)


async def test_a_call_to_nobody_is_unavailable(bus: PrivateBus) -> None:
    """A daemon that does not run is an error of the family, at once."""
    async with bus.joined(HTTP) as connection:
        with pytest.raises(Unavailable):
            await ParamsClient(connection).values(["Brand"])


async def test_a_daemon_that_ends_at_once_is_told_with_its_log(bus: PrivateBus) -> None:
    """A daemon that fails to start fails the test with the reason."""
    with pytest.raises(AssertionError, match="ended with"):
        await bus.start(PARAMS, module="common.no_such_module")


async def test_a_lost_bus_takes_no_descriptor_of_others(bus: PrivateBus) -> None:
    """The number of a lost connection's descriptor belongs to whoever got it since; their reading goes on."""
    loop = asyncio.get_running_loop()
    connection, answered = Connection(HTTP), asyncio.Event()
    async with asyncio.TaskGroup() as tasks, connection.opened(tasks, alive=answered.set):
        await answered.wait()  # from here on the next question to the broker is a second away
        before = _sockets()
        bus.stop_broker()
        freed = await eventually(
            lambda: before - _sockets(),
            "the lost connection's descriptor is closed",
        )
        taken = [os.eventfd(0, os.EFD_NONBLOCK) for _ in freed]
        assert freed & set(taken)
        heard: list[int] = []
        for descriptor in taken:
            loop.add_reader(descriptor, heard.append, descriptor)
        await eventually(lambda: not connection.connected, "the loss is noticed")
        for descriptor in taken:
            os.eventfd_write(descriptor, 1)
        await eventually(lambda: set(heard) == set(taken), "what came in is read")
        for descriptor in taken:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        bus.start_broker()
        await eventually(lambda: connection.connected, "the bus is back")


async def test_a_broker_that_dies_while_it_is_asked_is_not_waited_for(bus: PrivateBus) -> None:
    """Who connects at its last moment hears nothing any more; the watchdog's 8 s are too long to wait for that."""
    connection, answered = Connection(HTTP), asyncio.Event()
    async with asyncio.TaskGroup() as tasks, connection.opened(tasks, alive=answered.set):
        await answered.wait()
        bus.stop_broker()
        dying = bus.folder / "bus"
        dying.unlink(missing_ok=True)
        came: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        server = await asyncio.start_unix_server(lambda _, writer: came.put_nowait(writer), dying)
        async with asyncio.timeout(5):
            writer = await came.get()
        bus.start_broker()
        async with asyncio.timeout(3):
            while not connection.connected:
                await asyncio.sleep(0.05)
        writer.close()
        server.close()


def _sockets() -> set[int]:
    """Return the numbers of our descriptors that are sockets."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            if str(entry.readlink()).startswith("socket:"):
                found.add(int(entry.name))
    return found
