"""The ioports daemon: the LEDs and the control button."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.bus.suite import IOPORTS
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.params.kept import KeptParameters
from daemons.ioports.adapters.link import Link
from daemons.ioports.button import Button
from daemons.ioports.front import Front
from daemons.ioports.lamps import Lamps
from daemons.ioports.service import IoPortsService
from daemons.ioports.status_led import GROUP, normal_pattern_of
from hw.boards import load


@asynccontextmanager
async def ioports(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts. Nobody is waited for: the lamps must tell of trouble when little else runs."""
    connection, tasks = daemon.connection, daemon.tasks
    board = load()
    clock = SystemClock()
    front = Front(Lamps(clock), board.leds(connection) if board.leds else None)
    parameters = KeptParameters(
        connection,
        (GROUP,),
        daemon.state / "parameters.json",
        lambda values: front.set_normal(normal_pattern_of(values)),
    )

    def moved(pressed: bool, at: float) -> None:
        if button is not None and export.current is not None:
            export.current.button.emit((pressed, at))
            export.current.announce(button.event())

    def linked(connected: bool) -> None:
        if connected:
            front.clear("network_lost")
        else:
            front.raise_("network_lost", 0)

    button = Button(clock, moved) if board.button else None
    export = connection.export(lambda: IoPortsService(connection, front, button))
    tasks.create_task(front.run(), name="front")
    tasks.create_task(parameters.run(), name="parameters")
    if board.button is not None and button is not None:
        tasks.create_task(board.button(connection).run(button.feel), name="button")
    if board.interface is not None:
        tasks.create_task(Link(board.interface).run(linked), name="link")
    yield


if __name__ == "__main__":
    run(IOPORTS, ioports)
