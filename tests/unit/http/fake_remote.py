"""Remote access as the edge calls it: the SSH accounts of system, with its own rules, and the servers of network."""

from collections.abc import Sequence

import msgspec

from common.errors import Unavailable
from common.remote_access import HostKey, RemoteAccess, Server, ServerState
from daemons.system.ssh_accounts.accounts import KeptAccount, SshAccounts


class _Memory:
    async def load(self) -> Sequence[KeptAccount]:
        return []

    async def save(self, account: KeptAccount) -> int:
        return account.revision + 1

    async def delete(self, account: KeptAccount) -> None:
        """Forget nothing, for nothing is kept."""


class FakeRemote:
    """Both daemons in one."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.away = False
        self._accounts = SshAccounts(
            _Memory(), self._hash, lambda name: name == "daemon", self._applied
        )

    async def _hash(self, password: str) -> str:
        return f"hash of {password}"

    async def _applied(self, accounts: Sequence[KeptAccount]) -> None:
        self.passwords = {one.name: one.hash.removeprefix("hash of ") for one in accounts}

    async def accounts(self) -> str:
        """Return the accounts."""
        if self.away:
            raise Unavailable("the system daemon does not answer now")
        return msgspec.json.encode(await self._accounts.listed()).decode()

    async def add(self, username: str, password: str, comment: str) -> None:
        """Add an account."""
        await self._accounts.add(username, password, comment)

    async def update(self, username: str, changes: dict[str, str]) -> None:
        """Change an account."""
        await self._accounts.update(username, changes)

    async def remove(self, username: str) -> None:
        """Delete an account."""
        await self._accounts.remove(username)

    async def remote_access(self) -> str:
        """Return servers of which one runs."""
        ssh = Server(True, ServerState.RUNNING)
        ftp = Server(False, ServerState.STOPPED)
        keys = [HostKey("ssh-ed25519", "SHA256:" + "a" * 43)]
        return msgspec.json.encode(RemoteAccess(ssh, ftp, keys)).decode()
