"""SSH accounts on the bus."""

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.ssh_accounts import SshAccountsInterface
from daemons.system.ssh_accounts.accounts import SshAccounts


class SshAccountsService(SshAccountsInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, accounts: SshAccounts) -> None:
        super().__init__()
        self.connection = connection
        self._accounts = accounts

    @exported
    async def accounts(self) -> str:
        """Return the accounts."""
        return msgspec.json.encode(await self._accounts.listed()).decode()

    @exported
    async def add(self, username: str, password: str, comment: str) -> None:
        """Add an account."""
        await self._accounts.add(username, password, comment)

    @exported
    async def update(self, username: str, changes: dict[str, str]) -> None:
        """Change an account."""
        await self._accounts.update(username, changes)

    @exported
    async def remove(self, username: str) -> None:
        """Delete an account."""
        await self._accounts.remove(username)
