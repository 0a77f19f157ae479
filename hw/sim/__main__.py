import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.asgi import served
from common.bus.suite import IOPORTS, SIM
from common.daemon import Daemon, run
from hw.sim.service import SimService
from hw.sim.sound_card import SoundCard
from hw.sim.web import SimWeb
from hw.sim.world import World, printed_serial_number

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the others waiting: edges and sound have threads, and signals go out in the loop's."""


def cut_power() -> None:
    """Have whoever runs the unit take its power away for a moment."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.sendto(b"power-cut", os.environ["C8210_SUPERVISOR"])


@asynccontextmanager
async def body(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the world's parts."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    world = World(printed_serial_number(daemon.state))
    card = SoundCard(daemon.runtime, daemon.state / "speaker.ring", amplifier=world.amplifier)
    web = SimWeb(world, card, daemon.tasks, cut_power)
    service = daemon.connection.export(lambda: SimService(daemon.connection, world))

    def tell(pressed: bool) -> None:
        if service.current is not None:
            service.current.button.emit(pressed)

    def tell_link(linked: bool) -> None:
        if service.current is not None:
            service.current.link.emit(linked)

    def tell_protection(protection: str) -> None:
        if service.current is not None:
            service.current.protection.emit(protection)

    def tripped_or_reset() -> None:  # in the card's thread, or here
        # As it is now: a reset that trips again at once was a reset all the same.
        loop.call_soon_threadsafe(tell_protection, world.amplifier.protection)

    def tell_level(port: int, closed: bool, monotonic_ns: int) -> None:
        if service.current is not None:
            service.current.terminal.emit((port, closed, monotonic_ns))

    def level_changed(port: int, closed: bool, monotonic_ns: int) -> None:  # in any thread
        loop.call_soon_threadsafe(tell_level, port, closed, monotonic_ns)

    loop = asyncio.get_running_loop()
    world.on_button = tell
    world.on_link = tell_link
    world.amplifier.on_protection = tripped_or_reset
    world.terminals.on_level = level_changed
    daemon.connection.watch(IOPORTS, world.driver_present)
    card.start()
    daemon.tasks.create_task(card.watch(), name="sound card")
    try:
        async with served(
            web.app(), daemon.runtime / "http.sock", daemon.tasks, ws="websockets-sansio"
        ):
            yield
    finally:
        await asyncio.to_thread(card.close)


run(SIM, body)
