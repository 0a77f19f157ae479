"""SSH accounts as a part of the system daemon: wired, offered, and kept in force."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from common.bus.connection import Connection
from common.bus.suite import PARAMS
from common.errors import ApplianceError
from common.params.client import ParamsClient
from common.params.kinds import Reset
from common.resets import ResetMark
from common.systemd import SystemdServices
from daemons.system.adapters.ssh_accounts import (
    LinuxAccounts,
    SshAccountRecords,
    belongs_to_system,
)
from daemons.system.adapters.yescrypt import hashed
from daemons.system.ssh_accounts.accounts import SshAccounts
from daemons.system.ssh_accounts.service import SshAccountsService

log = logging.getLogger(__name__)

RETRY_INTERVAL_S: Final = 5.0


class SshMaintenance:
    """The SSH accounts of the unit."""

    def __init__(
        self, connection: Connection, params: ParamsClient, state: Path, runtime: Path
    ) -> None:
        self._params = params
        folder = state / "ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._mark = ResetMark(folder)
        self._later = asyncio.Event()
        self._system = LinuxAccounts(
            SystemdServices(connection), folder, runtime, failed=self._later.set
        )
        self.accounts = SshAccounts(
            SshAccountRecords(params), hashed, belongs_to_system, self._system.apply
        )
        self._wake = asyncio.Event()
        connection.watch(PARAMS, lambda there: self._wake.set() if there else None)
        self._export = connection.export(lambda: SshAccountsService(connection, self.accounts))

    async def load(self) -> None:
        """Bring the system's accounts in line with the records, and follow resets that were missed."""
        generation, level = await self._params.bus.generation()
        if self._mark.missed(generation, level) is Reset.FACTORY_DEFAULT:
            self._system.new_era()
        self._mark.followed(generation)
        await self.accounts.load()

    async def run(self) -> None:
        """Do it again whenever records may have changed or it has failed, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_retries(), name="SSH accounts, once more")
            while True:
                await self._wake.wait()
                self._wake.clear()
                try:
                    await self.load()
                except ApplianceError as error:
                    log.debug("SSH accounts cannot be read now: %s", error.message)
                    self._later.set()

    async def _run_retries(self) -> None:
        while True:
            await self._later.wait()
            await asyncio.sleep(RETRY_INTERVAL_S)
            self._later.clear()
            self._wake.set()
