"""Multicast audio on the bus."""

import json

from common.bus.connection import Connection
from common.bus.daemon import exported, handed_over
from common.bus.multicast import MulticastInterface
from daemons.audio.multicast.controller import MulticastController
from daemons.audio.multicast.pages import Pages


class MulticastService(MulticastInterface):
    """Unpacks and delegates."""

    def __init__(
        self, connection: Connection, controller: MulticastController, pages: Pages
    ) -> None:
        super().__init__()
        self.connection = connection
        self._controller = controller
        self._pages = pages

    @exported
    async def controller(self) -> str:
        """Return the controller."""
        return json.dumps(self._controller.describe())

    @exported
    async def change_controller(self, changes: str) -> None:
        """Change what holds for all sources."""
        await self._controller.change(changes)

    @exported
    async def add_source(self, source: str) -> str:
        """Add a source."""
        return json.dumps(await self._controller.add(source))

    @exported
    async def change_source(self, id_: str, changes: str) -> None:
        """Change a source."""
        await self._controller.change_source(id_, changes)

    @exported
    async def remove_source(self, id_: str) -> None:
        """Remove a source."""
        await self._controller.remove(id_)

    @exported
    async def state(self) -> str:
        """Say how reception goes."""
        return json.dumps(self._controller.state())

    @exported
    async def page_clip(self, clip: int, group: str, port: int, codec: str) -> str:
        """Send a clip."""
        return await self._pages.send_clip(clip, group, port, codec)

    @exported
    async def open_page(self, group: str, port: int, codec: str, what: str) -> tuple[int, str]:
        """Start a live page."""
        descriptor, id_ = await self._pages.talk(group, port, codec, what)
        return handed_over(descriptor), id_

    @exported
    async def pages(self) -> str:
        """Say what is being sent."""
        return json.dumps(self._pages.describe())

    @exported
    async def stop_page(self, id_: str) -> None:
        """Stop sending."""
        await self._pages.stop(id_)
