"""Whether the servers for maintenance run: SSH and FTP, each as its parameter says."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from common.errors import ApplianceError, NotSupported
from common.remote_access import HostKey, RemoteAccess, Server, ServerState
from common.systemd import Services, ServiceState

log = logging.getLogger(__name__)

RETRY_INTERVAL_S: Final = 10.0


@dataclass(frozen=True)
class Managed:
    """A server that a parameter switches."""

    parameter: str
    unit: str


SSH: Final = Managed("Network.SSH.Enabled", "ssh.service")
FTP: Final = Managed("Network.FTP.Enabled", "vsftpd.service")
SERVERS: Final = (SSH, FTP)
PARAMETERS: Final = tuple(server.parameter for server in SERVERS)

_STATES: Final = {
    "active": ServerState.RUNNING,
    "reloading": ServerState.RUNNING,
    "activating": ServerState.STARTING,
    "deactivating": ServerState.STOPPING,
    "failed": ServerState.FAILED,
}


class Remote:
    """Brings the servers in line with the parameters; systemd keeps those alive that were started."""

    def __init__(self, services: Services, host_keys: Callable[[], Sequence[HostKey]]) -> None:
        self._services = services
        self._host_keys = host_keys
        self._wanted: dict[str, bool] = {}
        self._wake = asyncio.Event()

    def take(self, values: Mapping[str, str]) -> None:
        """Take parameters; until their values are known, servers stay as they are."""
        self._wanted.update(
            {name: value == "yes" for name, value in values.items() if name in PARAMETERS}
        )
        self.wake()

    def wake(self) -> None:
        """Look again soon."""
        self._wake.set()

    async def run(self, retry_interval_s: float = RETRY_INTERVAL_S) -> None:
        """Keep them in line, until cancelled; what went wrong is tried again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            # All of them, whatever went wrong with the one before.
            outcomes = [await self._aligned(server) for server in SERVERS]
            if not all(outcomes):
                try:
                    async with asyncio.timeout(retry_interval_s):
                        await self._wake.wait()
                except TimeoutError:
                    self._wake.set()

    async def _aligned(self, server: Managed) -> bool:
        wanted = self._wanted.get(server.parameter)
        if wanted is None:
            return True
        try:
            state = await self._services.state(server.unit)
            if wanted and not state.up:
                log.info("%s is started", server.unit)
                await self._services.start(server.unit)
            elif not wanted and state.up:
                log.info("%s is stopped", server.unit)
                await self._services.stop(server.unit)
        except NotSupported as error:
            log.debug("%s stays as it is: %s", server.unit, error.message)
            return False
        except ApplianceError as error:
            log.warning("%s cannot be switched: %s", server.unit, error.message)
            return False
        return True

    async def view(self) -> RemoteAccess:
        """Return how the servers are at this moment."""
        ssh, ftp = [await self._server(server) for server in SERVERS]
        return RemoteAccess(ssh, ftp, list(await asyncio.to_thread(self._host_keys)))

    async def _server(self, server: Managed) -> Server:
        enabled = self._wanted.get(server.parameter, False)
        try:
            state = await self._services.state(server.unit)
        except NotSupported as error:
            return Server(enabled, ServerState.UNMANAGED, error.message)
        except ApplianceError as error:
            return Server(enabled, ServerState.FAILED, error.message)
        return Server(enabled, _STATES.get(state.active, ServerState.STOPPED), _detail(state))


def _detail(state: ServiceState) -> str:
    if state.active != "failed" and state.result in ("", "success"):
        return ""
    return f"the server ended: {state.result}"
