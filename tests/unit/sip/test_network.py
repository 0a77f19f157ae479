"""The addresses of servers that are known by name."""

import asyncio

from daemons.sip.adapters.network import Names


async def test_servers_are_known_by_their_addresses() -> None:
    """One that is not found is none; another set of them is looked up at once."""
    told = asyncio.Event()
    names = Names(told.set)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(names.run(), name="names")
        names.look_for({"192.0.2.1", "2001:db8::1", "no..name"})
        await told.wait()
        assert names.addresses == {"192.0.2.1", "2001:db8::1"}
        told.clear()
        names.look_for(set())
        await told.wait()
        assert names.addresses == frozenset()
        running.cancel()
