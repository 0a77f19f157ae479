"""The events daemon: every topic of the suite, and the present state of each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.bus.suite import DAEMONS, EVENTS
from common.clock import SystemClock
from common.daemon import Daemon, run
from daemons.events.adapters.source import Source
from daemons.events.declarations import declared
from daemons.events.service import EventsService
from daemons.events.states import Happened, States


@asynccontextmanager
async def events(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts."""
    connection = daemon.connection
    declarations = declared(DAEMONS)
    states = States(declarations, SystemClock())
    export = connection.export(lambda: EventsService(connection, declarations, states))

    def tell(happened: Happened) -> None:
        if export.current is not None:
            export.current.tell(happened)

    for member in DAEMONS:
        if member is not EVENTS:
            source = Source(connection, member, states, tell)
            daemon.tasks.create_task(source.run(), name=f"events of {member.name}")
    yield


if __name__ == "__main__":
    run(EVENTS, events)
