"""Who may log in: the rules for accounts, and the accounts themselves."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec

from common.accounts import (
    MAXIMUM_ACCOUNTS,
    Account,
    Role,
    Verifier,
    check_name,
    check_password,
)
from common.errors import Conflict, InvalidValue, NotFound
from daemons.system.ports import AccountStore, Hasher, StoredAccount

ROOT = "root"
GROUPS = ("users", "root")
LONGEST_COMMENT = 256
CHANGEABLE = ("password", "role", "group", "ptz", "comment")


class Accounts:
    """The accounts of the unit, in memory and in the store. Changes come one at a time."""

    def __init__(self, store: AccountStore, hasher: Hasher, changed: Callable[[], None]) -> None:
        self._store = store
        self._hash = hasher
        self._changed = changed
        self._kept: dict[str, StoredAccount] = {}
        self._turn = asyncio.Lock()
        self._doubtful = False

    def __len__(self) -> int:
        return len(self._kept)

    def listed(self) -> list[Account]:
        """Return every account, root first, then by name."""
        return [kept.account for kept in self._in_order()]

    def verifiers(self) -> list[Verifier]:
        """Return what the password of each account is checked against."""
        return [kept.verifier for kept in self._in_order()]

    async def load(self) -> None:
        """Read everything anew; says so when that changed anything."""
        async with self._turn:
            await self._load()

    async def add(self, name: str, password: str, role: str, group: str, comment: str) -> None:
        """Add an account."""
        account = _new(name, role, group, comment)
        check_password(password)
        async with self._turn:
            await self._settle()
            if name in self._kept:
                raise Conflict(f"an account called '{name}' exists already")
            if len(self._kept) >= MAXIMUM_ACCOUNTS:
                raise Conflict(f"there are {MAXIMUM_ACCOUNTS} accounts already, which is the limit")
            await self._write(account, password)

    async def add_first(self, name: str, password: str) -> None:
        """Make the first administrator, or raise `Conflict` when there is any account already."""
        account = _new(name, Role.ADMIN.value, "root", "")
        check_password(password)
        async with self._turn:
            # What the store says counts: a process before this one may have been killed after its write.
            await self._load()
            if self._kept:
                raise Conflict("the first administrator exists already")
            await self._write(account, password)

    async def update(self, name: str, changes: Mapping[str, str]) -> None:
        """Change some of an account; all of it or nothing."""
        _check_changes(changes)
        async with self._turn:
            await self._settle()
            kept = self._find(name)
            account = _changed_account(kept.account, changes)
            if account.role is not Role.ADMIN:
                self._keep_an_administrator(name, f"'{name}' is the last administrator")
            await self._write(account, changes.get("password"))

    async def remove(self, name: str) -> None:
        """Delete an account; root and the last administrator stay."""
        async with self._turn:
            await self._settle()
            kept = self._find(name)
            if name == ROOT:
                raise Conflict("the root account cannot be deleted")
            self._keep_an_administrator(name, f"'{name}' is the last administrator")
            with self._in_doubt():
                await self._store.delete(name, kept.revision)
            del self._kept[name]
            self._changed()

    def _find(self, name: str) -> StoredAccount:
        check_name(name)
        if name not in self._kept:
            raise NotFound(f"there is no account called '{name}'")
        return self._kept[name]

    def _keep_an_administrator(self, without: str, reason: str) -> None:
        others = (kept.account for name, kept in self._kept.items() if name != without)
        if not any(account.role is Role.ADMIN for account in others):
            raise Conflict(f"{reason}, and one has to stay")

    async def _write(self, account: Account, password: str | None) -> None:
        before = self._kept.get(account.name)
        verifier = await self._hash(account, password) if password is not None else None
        with self._in_doubt():
            revision = await self._store.save(account, verifier, before.revision if before else 0)
        if verifier is None:
            if before is None:
                raise ValueError("a new account needs a password")
            verifier = msgspec.structs.replace(before.verifier, role=account.role)
        self._kept[account.name] = StoredAccount(account, verifier, revision)
        self._changed()

    async def _settle(self) -> None:
        if self._doubtful:
            await self._load()

    @contextmanager
    def _in_doubt(self) -> Iterator[None]:
        """A change whose answer was lost may have been written all the same: look before the next one."""
        self._doubtful = True
        yield
        self._doubtful = False

    async def _load(self) -> None:
        found = {kept.account.name: kept for kept in await self._store.load()}
        self._doubtful = False
        if found != self._kept:
            self._kept = found
            self._changed()

    def _in_order(self) -> Iterable[StoredAccount]:
        names = sorted(self._kept, key=lambda name: (name != ROOT, name))
        return [self._kept[name] for name in names]


def _new(name: str, role: str, group: str, comment: str) -> Account:
    checked = _role(check_name(name), role)
    return Account(
        name=name,
        role=checked,
        group=_group(group),
        ptz=checked is Role.ADMIN,
        comment=_comment(comment),
    )


def _check_changes(changes: Mapping[str, str]) -> None:
    unknown = sorted(changes.keys() - set(CHANGEABLE))
    if unknown:
        raise InvalidValue(f"an account has no '{unknown[0][:40]}' that can be changed")
    if "password" in changes:
        check_password(changes["password"])


def _changed_account(account: Account, changes: Mapping[str, str]) -> Account:
    role = _role(account.name, changes.get("role", account.role.value))
    ptz = account.ptz
    if "ptz" in changes:
        if changes["ptz"] not in ("yes", "no"):
            raise InvalidValue("ptz is yes or no")
        ptz = changes["ptz"] == "yes"
    return Account(
        name=account.name,
        role=role,
        group=_group(changes.get("group", account.group)),
        ptz=ptz,
        comment=_comment(changes.get("comment", account.comment)),
    )


def _role(name: str, role: str) -> Role:
    try:
        found = Role(role)
    except ValueError:
        known = ", ".join(each.value for each in Role)
        raise InvalidValue(f"a role is one of {known}, not '{role[:40]}'") from None
    if name == ROOT and found is not Role.ADMIN:
        raise InvalidValue("root is always an administrator")
    return found


def _group(group: str) -> str:
    if group not in GROUPS:
        raise InvalidValue(f"a group is one of {', '.join(GROUPS)}, not '{group[:40]}'")
    return group


def _comment(comment: str) -> str:
    if len(comment) > LONGEST_COMMENT:
        raise InvalidValue(f"a comment has at most {LONGEST_COMMENT} characters")
    if not all(character.isprintable() for character in comment):
        raise InvalidValue("a comment is one line of printable text")
    return comment
