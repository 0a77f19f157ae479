"""SSH accounts as records of the params daemon, and as a list for who makes Linux accounts of them."""

import grp
import logging
import pwd
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from common.errors import ApplianceError, NotFound, NotSupported
from common.files import remove_file, replace_file
from common.params.client import ParamsClient
from common.systemd import SystemdServices
from daemons.system.records import SSH_ACCOUNT, SshAccountRecord
from daemons.system.ssh_accounts.accounts import UIDS, KeptAccount

log = logging.getLogger(__name__)

UNIT: Final = "c8210-ssh-accounts.service"
WITHIN_S: Final = 15.0
LOCKED: Final = "!"


class SshAccountRecords:
    """Keeps each account as a record of its name, the hash sealed."""

    def __init__(self, params: ParamsClient) -> None:
        self._params = params

    async def load(self) -> Sequence[KeptAccount]:
        """Return every account; one that is deleted meanwhile is left out."""
        found = []
        for _id, revision, content in await self._params.bus.records(SSH_ACCOUNT.name):
            record = msgspec.json.decode(content, type=SshAccountRecord)
            try:
                sealed = await self._params.record_secrets(SSH_ACCOUNT.name, record.name)
            except NotFound:
                continue
            password_hash = sealed.get("password_hash")
            if not isinstance(password_hash, str):
                # Its home stays; nobody gets in until an administrator gives it another password.
                log.error("the password of SSH account '%s' cannot be read", record.name)
                password_hash = LOCKED
            found.append(
                KeptAccount(record.name, record.uid, record.comment, password_hash, revision)
            )
        return found

    async def save(self, account: KeptAccount) -> int:
        """Write an account; a hash that could not be read stays as it is."""
        known = account.hash != LOCKED
        record = SshAccountRecord(
            account.name,
            account.uid,
            account.comment,
            password_hash=account.hash if known else msgspec.UNSET,
        )
        content = msgspec.json.encode(record).decode()
        return await self._params.bus.put_record(
            SSH_ACCOUNT.name, account.name, account.revision, content
        )

    async def delete(self, account: KeptAccount) -> None:
        """Delete an account."""
        await self._params.bus.delete_record(SSH_ACCOUNT.name, account.name, account.revision)


def belongs_to_system(name: str) -> bool:
    """Tell whether a user or group of the system is called so."""
    try:
        return pwd.getpwnam(name).pw_uid not in UIDS
    except KeyError:
        pass
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


class LinuxAccounts:
    """Hands the accounts over to root's part (`units/privileged/ssh_accounts.py`), which lies in memory only."""

    def __init__(
        self, services: SystemdServices, state: Path, runtime: Path, failed: Callable[[], None]
    ) -> None:
        """`failed` is called when they have to be handed over again."""
        self._services = services
        self._era = state / "ssh_era"
        self._list = runtime / "ssh-accounts.json"
        self._failed = failed

    async def apply(self, accounts: Sequence[KeptAccount]) -> None:
        """Make the system's accounts these; what fails is tried again, since the accounts are kept already."""
        wanted = {
            "era": self._read_or_make_era(),
            "accounts": [
                {"name": one.name, "uid": one.uid, "hash": one.hash, "comment": one.comment}
                for one in accounts
            ],
        }
        try:
            replace_file(self._list, msgspec.json.encode(wanted))
            await self._services.run_once(UNIT, WITHIN_S)
        except NotSupported as error:
            log.debug("SSH accounts are kept, and nobody can log in: %s", error.message)
        except (ApplianceError, OSError) as error:
            log.warning("SSH accounts are not in force yet: %s", error)
            self._failed()

    def new_era(self) -> None:
        """Begin anew, as a factory default does: the SSH server gets other host keys."""
        remove_file(self._era)

    def _read_or_make_era(self) -> str:
        try:
            era = self._era.read_text()
        except FileNotFoundError:
            era = ""
        if len(era) != 32:
            era = secrets.token_hex(16)
            replace_file(self._era, era.encode())
        return era
