"""The network daemon's side of the bus."""

from collections.abc import Callable

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.network import NetworkInterface
from daemons.network.interfaces import Connections
from daemons.network.remote_access import Remote


class NetworkService(NetworkInterface):
    """Unpacks and delegates."""

    def __init__(
        self,
        connection: Connection,
        connections: Connections,
        remote: Remote,
        asked: Callable[[], None],
    ) -> None:
        """`asked` is called when the events daemon asks, which it does once it listens."""
        super().__init__()
        self.connection = connection
        self._connections = connections
        self._remote = remote
        self._asked = asked

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return whether each connection is lost."""
        self._asked()
        return [
            (event.topic, dict(event.source), dict(event.data))
            for event in self._connections.events()
        ]

    @exported
    async def remote_access(self) -> str:
        """Return how the SSH and FTP servers are."""
        return msgspec.json.encode(await self._remote.view()).decode()
