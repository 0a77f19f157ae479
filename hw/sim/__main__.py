import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.asgi import served
from common.bus.suite import SIM
from common.daemon import Daemon, run
from hw.sim.service import SimService
from hw.sim.sound_card import SoundCard
from hw.sim.web import SimWeb
from hw.sim.world import World, printed_serial_number


def cut_power() -> None:
    """Have whoever runs the unit take its power away for a moment."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.sendto(b"power-cut", os.environ["C8210_SUPERVISOR"])


@asynccontextmanager
async def body(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the world's parts."""
    world = World(printed_serial_number(daemon.state))
    card = SoundCard(daemon.runtime, daemon.state / "speaker.ring")
    web = SimWeb(world, card, daemon.tasks, cut_power)
    service = daemon.connection.export(lambda: SimService(daemon.connection, world))

    def tell(pressed: bool) -> None:
        if service.current is not None:
            service.current.button.emit(pressed)

    world.on_button = tell
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
