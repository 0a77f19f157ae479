"""Accounts as records of the params daemon."""

import logging
import secrets
from collections.abc import Sequence

import msgspec

from common.accounts import Account, Verifier
from common.errors import NotFound
from common.params.client import ParamsClient
from daemons.system.ports import Hasher, StoredAccount
from daemons.system.records import ACCOUNT, AccountRecord

log = logging.getLogger(__name__)


class AccountRecords:
    """Keeps each account as a record of its name."""

    def __init__(self, params: ParamsClient, hasher: Hasher) -> None:
        self._params = params
        self._hash = hasher

    async def load(self) -> Sequence[StoredAccount]:
        """Return every account; one that is deleted meanwhile is left out."""
        found = []
        for _id, revision, content in await self._params.bus.records(ACCOUNT.name):
            record = msgspec.json.decode(content, type=AccountRecord)
            account = Account(record.name, record.role, record.group, record.ptz, record.comment)
            try:
                verifier = await self._verifier(account)
            except NotFound:
                continue
            found.append(StoredAccount(account, verifier, revision))
        return found

    async def _verifier(self, account: Account) -> Verifier:
        sealed = await self._params.record_secrets(ACCOUNT.name, account.name)
        try:
            return msgspec.convert(
                {**sealed, "name": account.name, "role": account.role.value}, Verifier
            )
        except msgspec.ValidationError:
            # Nobody knows this password. Leaving the account out could make the unit look as if it had none,
            # and then anybody could make the first administrator.
            log.error(
                "the password of account '%s' cannot be read: it has to be set anew", account.name
            )
            return await self._hash(account, secrets.token_urlsafe(32))

    async def save(self, account: Account, verifier: Verifier | None, revision: int) -> int:
        """Write an account; the secret fields of a known one stay unless there is a new verifier."""
        record = AccountRecord(
            account.name,
            account.role,
            account.group,
            account.ptz,
            account.comment,
            password_hash=verifier.password_hash if verifier else msgspec.UNSET,
            ha1_md5=verifier.ha1_md5 if verifier else msgspec.UNSET,
            ha1_sha256=verifier.ha1_sha256 if verifier else msgspec.UNSET,
        )
        content = msgspec.json.encode(record).decode()
        return await self._params.bus.put_record(ACCOUNT.name, account.name, revision, content)

    async def delete(self, name: str, revision: int) -> None:
        """Delete an account."""
        await self._params.bus.delete_record(ACCOUNT.name, name, revision)
