import common.lean  # noqa: F401 - before all that loads what it keeps out

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.bus.suite import PARAMS
from common.clock import SystemClock
from common.daemon import Daemon, run
from daemons.params.adapters.hostkey import host_key
from daemons.params.adapters.owners import BusOwners
from daemons.params.adapters.sqlite import SqliteStore
from daemons.params.database import Database
from daemons.params.declarations import declared
from daemons.params.parameters import Parameters
from daemons.params.sealing import Sealer
from daemons.params.service import Announcer, ParamsService, SecretsService
from daemons.params.topics import SETTINGS_LOST


@asynccontextmanager
async def live(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts and run them."""
    connection = daemon.connection
    database = Database(
        declared(),
        SqliteStore(daemon.state, first_generation=int(time.time())),
        Sealer(lambda: host_key(daemon.state)),
        SystemClock(),
    )
    parameters = Parameters(database, BusOwners(connection))
    async with database.running(daemon.tasks):
        connection.export(lambda: SecretsService(connection, parameters))
        service = connection.export(lambda: ParamsService(connection, parameters))
        database.listen(Announcer(service))
        if database.loaded.lost and service.current is not None:
            service.current.announce(
                SETTINGS_LOST.event(data={"lost": True, "recovered": database.loaded.recovered})
            )
        yield


if __name__ == "__main__":
    run(PARAMS, live)
