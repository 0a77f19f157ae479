"""Who may log in over SSH: the rules for these accounts, and the accounts themselves."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from common.errors import Conflict, InvalidValue, NotFound
from common.remote_access import MOST_SSH_ACCOUNTS, SshAccount

ROOT: Final = "root"
OURS: Final = ("c8210-", "systemd-")
"""How names of the system begin, also those that a later version has."""
UIDS: Final = range(5000, 5000 + MOST_SSH_ACCOUNTS)
"""Uids that no package and no daemon has; `units/privileged/ssh_accounts.py` takes no others."""
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,30}")
"""What systemd takes as the name of a user (systemd.io, User/Group Name Syntax): one character less than VAPIX has."""
PASSWORD: Final = re.compile(r"[\x20-\x7e]*")
LONGEST_PASSWORD: Final = 64
"""The manual's row (M-ACC-11); the reference's 256 would let passwords in that the manual forbids."""
COMMENT: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029:]*")
LONGEST_COMMENT: Final = 256
CHANGEABLE: Final = ("password", "comment")


@dataclass(frozen=True)
class KeptAccount:
    """An account as it is kept, and the revision at which it was read."""

    name: str
    uid: int
    comment: str
    hash: str = field(repr=False)
    """Of the password, by crypt(5); `!` when it cannot be read, which no password fits."""
    revision: int = 0

    @property
    def shown(self) -> SshAccount:
        """What everybody may see who may see accounts."""
        return SshAccount(self.name, self.comment)


class Store(Protocol):
    """Where accounts are kept."""

    async def load(self) -> Sequence[KeptAccount]:
        """Return every account."""
        ...

    async def save(self, account: KeptAccount) -> int:
        """Write an account read at its revision (0: a new one) and return the new one; Conflict when that is stale."""
        ...

    async def delete(self, account: KeptAccount) -> None:
        """Delete an account."""
        ...


class SshAccounts:
    """The SSH accounts, in memory, in the store and in the system. Changes come one at a time."""

    def __init__(
        self,
        store: Store,
        hasher: Callable[[str], Awaitable[str]],
        taken: Callable[[str], bool],
        apply: Callable[[Sequence[KeptAccount]], Awaitable[None]],
    ) -> None:
        """`taken` tells the names of the system; `apply` makes accounts of the system's out of these."""
        self._store = store
        self._hash = hasher
        self._taken = taken
        self._apply = apply
        self._kept: dict[str, KeptAccount] | None = None
        """None while it is not known for certain."""
        self._turn = asyncio.Lock()

    async def listed(self) -> list[SshAccount]:
        """Return every account by name."""
        async with self._turn:
            return [kept.shown for _name, kept in sorted((await self._known()).items())]

    async def load(self) -> None:
        """Read everything anew, and apply it."""
        async with self._turn:
            self._kept = None
            await self._apply(list((await self._known()).values()))

    async def add(self, name: str, password: str, comment: str) -> None:
        """Add an account."""
        _check_name(name)
        _check_password(password)
        _check_comment(comment)
        if name.lower() == ROOT or name.startswith(OURS) or self._taken(name):
            raise InvalidValue(f"the name '{name}' belongs to the system (path: /username)")
        async with self._turn:
            known = await self._known()
            if name in known:
                raise Conflict(f'"{name}"')
            used = {kept.uid for kept in known.values()}
            free = next((uid for uid in UIDS if uid not in used), None)
            if free is None:
                raise InvalidValue(
                    f"there are {MOST_SSH_ACCOUNTS} SSH accounts, which is the limit"
                )
            await self._write(KeptAccount(name, free, comment, await self._hash(password)))

    async def update(self, name: str, changes: Mapping[str, str]) -> None:
        """Change some of an account; all of it or nothing."""
        unknown = sorted(changes.keys() - set(CHANGEABLE))
        if unknown:
            raise InvalidValue(f"an SSH account has no '{unknown[0][:40]}' that can be changed")
        if "password" in changes:
            _check_password(changes["password"])
        if "comment" in changes:
            _check_comment(changes["comment"])
        async with self._turn:
            account = _find(await self._known(), name)
            if "comment" in changes:
                account = replace(account, comment=changes["comment"])
            if "password" in changes:
                account = replace(account, hash=await self._hash(changes["password"]))
            await self._write(account)

    async def remove(self, name: str) -> None:
        """Delete an account."""
        if name == ROOT:
            raise InvalidValue("the root account cannot be deleted")
        async with self._turn:
            known = await self._known()
            account = _find(known, name)
            self._kept = None  # until it is certain
            await self._store.delete(account)
            del known[name]
            self._kept = known
            await self._apply(list(known.values()))

    async def _write(self, account: KeptAccount) -> None:
        known = await self._known()
        self._kept = None  # until it is certain
        revision = await self._store.save(account)
        self._kept = known | {account.name: replace(account, revision=revision)}
        await self._apply(list(self._kept.values()))

    async def _known(self) -> dict[str, KeptAccount]:
        if self._kept is None:
            self._kept = {kept.name: kept for kept in await self._store.load()}
        return self._kept


def _find(known: Mapping[str, KeptAccount], name: str) -> KeptAccount:
    if name not in known:
        raise NotFound(f'"{name[:40]}"')
    return known[name]


def _check_name(name: str) -> None:
    if not name:
        raise InvalidValue('"" is shorter than 1 character (path: /username)')
    if not NAME.fullmatch(name):
        raise InvalidValue(
            "a name has 1 to 31 letters, digits, '-' and '_', and begins with a letter or '_' (path: /username)"
        )


def _check_password(password: str) -> None:
    # The refusal does not repeat it.
    if not password:
        raise InvalidValue('"" is shorter than 1 character (path: /password)')
    if len(password) > LONGEST_PASSWORD:
        raise InvalidValue(
            f"the password is longer than {LONGEST_PASSWORD} characters (path: /password)"
        )
    if not PASSWORD.fullmatch(password):
        raise InvalidValue("a password has ASCII characters 32 to 126 only (path: /password)")


def _check_comment(comment: str) -> None:
    if len(comment) > LONGEST_COMMENT:
        raise InvalidValue(
            f"the comment is longer than {LONGEST_COMMENT} characters (path: /comment)"
        )
    if not COMMENT.fullmatch(comment):
        raise InvalidValue("a comment is one line of text without ':' (path: /comment)")
