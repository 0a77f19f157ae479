"""Multicast as the audio daemon runs it: the controller and the pages in one."""

import asyncio
from collections.abc import Callable, Mapping

from common.bus.connection import Connection
from common.bus.params import ParamsInterface
from common.bus.suite import PARAMS
from common.params.client import ParamsClient
from common.params.registry import PARAMETERS
from common.topics import Event
from daemons.audio.clips.store import ClipStore
from daemons.audio.engine import Engine
from daemons.audio.live.settings import LiveSettings
from daemons.audio.multicast.controller import MulticastController
from daemons.audio.multicast.kept_list import KeptList
from daemons.audio.multicast.pages import OpenInput, Pages, PageSettings
from daemons.audio.multicast.service import MulticastService
from daemons.audio.player import Player


class Multicast:
    """Multicast audio, in and out."""

    def __init__(
        self,
        connection: Connection,
        engine: Engine,
        player: Player,
        store: ClipStore,
        open_input: OpenInput,
        tasks: asyncio.TaskGroup,
        announce: Callable[[Event], None],
    ) -> None:
        self._connection = connection
        kept = KeptList(ParamsClient(connection))
        self._controller = MulticastController(engine, player, kept, announce)
        self._pages = Pages(store, player, open_input, tasks)

    def take(self, values: Mapping[str, str]) -> None:
        """Live by other parameters from now on."""
        defaults = {each.name: each.default for each in PARAMETERS}
        settings = PageSettings.of({**defaults, **values})
        self._controller.take(settings.interface, LiveSettings.of(values).levelling)
        self._pages.take(settings)

    def states(self) -> list[Event]:
        """Return the present state of each topic of multicast."""
        return self._controller.states()

    async def talk(self, group: str, port: int, codec: str, what: str) -> tuple[int, str]:
        """Begin a live page: (descriptor for its sound, id of the page)."""
        return await self._pages.talk(group, port, codec, what)

    async def run(self) -> None:
        """Offer it on the bus, receive and send, until cancelled."""
        self._connection.export(
            lambda: MulticastService(self._connection, self._controller, self._pages)
        )
        stale = self._controller.records_changed
        await self._connection.subscribe(ParamsInterface.was_reset, PARAMS, lambda *_: stale())
        self._connection.watch(PARAMS, lambda there: stale() if there else None)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._controller.run(), name="multicast controller")
                tasks.create_task(self._pages.run(), name="audio input to a multicast group")
        finally:
            await self._pages.close()
