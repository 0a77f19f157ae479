"""The bus interface of the HTTP edge: unpack, delegate."""

from collections.abc import Awaitable, Callable

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.http import HttpInterface

Check = Callable[[dict[str, str]], Awaitable[dict[str, str]]]


class HttpService(HttpInterface):
    """The HTTP edge on the bus."""

    def __init__(self, connection: Connection, check: Check) -> None:
        super().__init__()
        self.connection = connection
        self._check = check

    @exported
    async def check_parameters(self, changes: dict[str, str]) -> dict[str, str]:
        """Try a web server configuration with `changes`; return what is refused, name -> reason."""
        return await self._check(changes)

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return nothing: what the edge tells of has no state."""
        return []
