"""The system daemon's side of the bus."""

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.system import SystemInterface
from daemons.system.unit import Unit


class SystemService(SystemInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, unit: Unit) -> None:
        super().__init__()
        self.connection = connection
        self._unit = unit

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return whether the unit is ready."""
        event = self._unit.ready_event()
        return [(event.topic, dict(event.source), dict(event.data))]

    @exported
    async def device(self) -> str:
        """Return identity and state."""
        return msgspec.json.encode(await self._unit.device()).decode()

    @exported
    async def ready(self, timeout_s: float) -> bool:
        """Wait for every daemon."""
        return await self._unit.readiness.wait(timeout_s)

    @exported
    async def accounts(self) -> str:
        """Return the accounts."""
        return msgspec.json.encode(self._unit.accounts.listed()).decode()

    @exported
    async def add_account(
        self, name: str, password: str, role: str, group: str, comment: str
    ) -> None:
        """Add an account."""
        await self._unit.accounts.add(name, password, role, group, comment)

    @exported
    async def add_first_account(self, name: str, password: str) -> None:
        """Make the first administrator."""
        await self._unit.add_first_account(name, password)

    @exported
    async def update_account(self, name: str, changes: dict[str, str]) -> None:
        """Change an account."""
        await self._unit.accounts.update(name, changes)

    @exported
    async def remove_account(self, name: str) -> None:
        """Delete an account."""
        await self._unit.accounts.remove(name)

    @exported
    async def verifiers(self) -> str:
        """Return what passwords are checked against."""
        return msgspec.json.encode(self._unit.verifiers()).decode()

    @exported
    async def restart(self, who: str) -> None:
        """Restart the unit."""
        await self._unit.restart(who)

    @exported
    async def reset(self, level: str, who: str) -> None:
        """Restore or factory default."""
        await self._unit.power.reset(level, who)

    @exported
    async def locate(self, duration_s: float) -> None:
        """Make the unit seen and heard."""
        await self._unit.locator.locate(duration_s)
