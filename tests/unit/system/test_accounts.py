"""The rules for accounts."""

import hashlib
from collections.abc import Sequence

import pytest

from common.accounts import MAXIMUM_ACCOUNTS, Account, Role, Verifier
from common.errors import Conflict, InvalidValue, NotFound, Unavailable
from daemons.system.accounts import Accounts
from daemons.system.passwords import verifier
from daemons.system.ports import StoredAccount

REALM = "AXIS_02C821000001"


class Store:
    """Accounts in memory, with the revisions of a real store."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredAccount] = {}
        self.revision = 0
        self.lose_answers = False
        self.away = False

    async def load(self) -> Sequence[StoredAccount]:
        if self.away:
            raise Unavailable("away")
        return list(self.kept.values())

    async def save(self, account: Account, verifier: Verifier | None, revision: int) -> int:
        if self.away:
            raise Unavailable("away")
        before = self.kept.get(account.name)
        if (before.revision if before else 0) != revision:
            raise Conflict("stale")
        self.revision += 1
        kept_verifier = verifier or (before.verifier if before else None)
        assert kept_verifier is not None
        self.kept[account.name] = StoredAccount(account, kept_verifier, self.revision)
        if self.lose_answers:
            raise Unavailable("the answer was lost")
        return self.revision

    async def delete(self, name: str, revision: int) -> None:
        if self.kept[name].revision != revision:
            raise Conflict("stale")
        del self.kept[name]
        if self.lose_answers:
            raise Unavailable("the answer was lost")


async def cheap_hash(account: Account, password: str) -> Verifier:
    """Return something that differs with the password, at no cost."""
    mark = hashlib.sha256(f"{account.name}:{password}".encode()).hexdigest()
    return Verifier(account.name, account.role, mark[:32], mark, mark)


class Unit:
    """Accounts on a store in memory, and how often they said that they changed."""

    def __init__(self) -> None:
        self.store = Store()
        self.changes = 0
        self.accounts = Accounts(self.store, cheap_hash, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def names(self) -> list[str]:
        return [account.name for account in self.accounts.listed()]


@pytest.fixture
async def unit() -> Unit:
    """A unit with root as its only account."""
    made = Unit()
    await made.accounts.add_first("root", "pass")
    return made


@pytest.mark.covers("M-GET-08", "M-GET-09", part="first account")
async def test_the_first_account_is_an_administrator_and_there_is_only_one_first() -> None:
    """The second caller gets a conflict, whatever name it comes with."""
    made = Unit()
    assert made.names() == []
    await made.accounts.add_first("root", "pass")
    assert made.accounts.listed() == [Account("root", Role.ADMIN, "root", ptz=True)]
    for name in ("root", "mallory"):
        with pytest.raises(Conflict, match="exists already"):
            await made.accounts.add_first(name, "other")
    assert made.names() == ["root"]


async def test_what_the_store_says_counts_for_the_first_account() -> None:
    """An account that a killed process left there is seen, though nobody told this one."""
    made = Unit()
    await Accounts(made.store, cheap_hash, lambda: None).add_first("root", "pass")
    with pytest.raises(Conflict):
        await made.accounts.add_first("mallory", "pass")
    assert made.names() == ["root"]


@pytest.mark.covers("M-ACC-01")
async def test_there_can_be_100_accounts_and_not_one_more(unit: Unit) -> None:
    """The limit counts root too."""
    for number in range(1, MAXIMUM_ACCOUNTS):
        await unit.accounts.add(f"user{number}", "p", "viewer", "users", "")
    assert len(unit.accounts) == 100
    with pytest.raises(Conflict, match="100"):
        await unit.accounts.add("straw", "p", "viewer", "users", "")
    await unit.accounts.remove("user7")
    await unit.accounts.add("straw", "p", "viewer", "users", "")


@pytest.mark.covers("M-ACC-02")
async def test_a_name_is_given_once(unit: Unit) -> None:
    """The account that has it stays as it was."""
    await unit.accounts.add("joe", "p", "viewer", "users", "first")
    before = unit.accounts.verifiers()
    with pytest.raises(Conflict, match="joe"):
        await unit.accounts.add("joe", "q", "admin", "users", "second")
    assert unit.accounts.verifiers() == before
    assert [each.comment for each in unit.accounts.listed()] == ["", "first"]


@pytest.mark.parametrize(
    "name", ["", "a" * 15, "jo e", "jo:e", "../root", "jöe", "joe\n", "jo-e", "*", "%00"]
)
async def test_a_name_has_1_to_14_letters_and_digits(unit: Unit, name: str) -> None:
    """As the reference has it; nothing that means something to a shell, a path or a header."""
    for attempt in (
        unit.accounts.add(name, "p", "viewer", "users", ""),
        unit.accounts.update(name, {"comment": "x"}),
        unit.accounts.remove(name),
    ):
        with pytest.raises(InvalidValue, match="1 to 14"):
            await attempt
    assert unit.names() == ["root"]


@pytest.mark.covers("M-ACC-03")
@pytest.mark.parametrize("password", ["a", "a" * 64, " ", "~", "".join(map(chr, range(32, 96)))])
async def test_a_password_of_1_to_64_printable_characters_is_accepted(
    unit: Unit, password: str
) -> None:
    """ASCII 32 to 126, spaces and colons included; there is no policy."""
    await unit.accounts.add("joe", password, "viewer", "users", "")
    await unit.accounts.update("joe", {"password": password})


@pytest.mark.covers("M-ACC-03", "M-GET-12", part="no policy, limits")
@pytest.mark.parametrize("password", ["", "a" * 65, "tab\t", "nul\0", "\x7f", "é", "pass\n"])
async def test_any_other_password_is_refused_without_repeating_it(
    unit: Unit, password: str
) -> None:
    """Nothing changes, and the refusal is safe to log."""
    for attempt in (
        unit.accounts.add("joe", password, "viewer", "users", ""),
        unit.accounts.update("root", {"password": password, "comment": "x"}),
    ):
        with pytest.raises(InvalidValue) as refusal:
            await attempt
        assert not password or password not in refusal.value.message
    assert unit.accounts.listed() == [Account("root", Role.ADMIN, "root", ptz=True)]


@pytest.mark.covers("M-ACC-04", "M-ACC-05", "M-ACC-06", part="roles")
@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
async def test_an_account_has_one_of_three_roles(unit: Unit, role: str) -> None:
    """Administrator, operator, viewer; given at birth or later."""
    await unit.accounts.add("joe", "p", role, "users", "")
    assert unit.accounts.listed()[1].role is Role(role)
    await unit.accounts.update("joe", {"role": "viewer"})
    await unit.accounts.update("joe", {"role": role})
    assert unit.accounts.listed()[1].role is Role(role)
    assert unit.accounts.verifiers()[1].role is Role(role)


@pytest.mark.parametrize("role", ["", "root", "Admin", "viewer:ptz", "x" * 1000])
async def test_another_role_is_refused(unit: Unit, role: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(InvalidValue, match="a role is one of"):
        await unit.accounts.add("joe", "p", role, "users", "")
    with pytest.raises(InvalidValue):
        await unit.accounts.update("root", {"role": role})


@pytest.mark.covers("M-ACC-07")
async def test_an_account_is_updated_and_deleted(unit: Unit) -> None:
    """Each property by itself; a new password has a new verifier, other changes leave it."""
    await unit.accounts.add("joe", "p", "viewer", "users", "")
    before = unit.accounts.verifiers()[1]
    changes = {"role": "operator", "group": "root", "ptz": "yes", "comment": "the boss"}
    await unit.accounts.update("joe", changes)
    assert unit.accounts.listed()[1] == Account("joe", Role.OPERATOR, "root", True, "the boss")
    assert unit.accounts.verifiers()[1].ha1_md5 == before.ha1_md5
    await unit.accounts.update("joe", {"password": "q"})
    assert unit.accounts.verifiers()[1].ha1_md5 != before.ha1_md5
    assert unit.accounts.listed()[1].comment == "the boss"
    await unit.accounts.remove("joe")
    assert unit.names() == ["root"]
    for attempt in (unit.accounts.remove("joe"), unit.accounts.update("joe", {})):
        with pytest.raises(NotFound, match="joe"):
            await attempt


@pytest.mark.covers("M-ACC-07", part="root cannot be deleted")
async def test_root_cannot_be_deleted_or_degraded(unit: Unit) -> None:
    """Even when there are other administrators."""
    await unit.accounts.add("joe", "p", "admin", "users", "")
    with pytest.raises(Conflict, match="root"):
        await unit.accounts.remove("root")
    with pytest.raises(InvalidValue, match="always"):
        await unit.accounts.update("root", {"role": "viewer"})
    assert unit.names() == ["root", "joe"]


async def test_the_last_administrator_stays() -> None:
    """Also where root never was: nobody may lock everybody out."""
    made = Unit()
    await made.accounts.add_first("joe", "p")
    await made.accounts.add("ellen", "p", "operator", "users", "")
    with pytest.raises(Conflict, match="last administrator"):
        await made.accounts.remove("joe")
    with pytest.raises(Conflict, match="last administrator"):
        await made.accounts.update("joe", {"role": "operator"})
    await made.accounts.update("ellen", {"role": "admin"})
    await made.accounts.remove("joe")
    assert made.names() == ["ellen"]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "joe"},
        {"ha1_md5": "0" * 32},
        {"group": "wheel"},
        {"ptz": "maybe"},
        {"comment": "x" * 257},
        {"comment": "two\nlines"},
        {"comment": "good", "role": "bad"},
    ],
)
async def test_a_change_that_makes_no_sense_changes_nothing(
    unit: Unit, changes: dict[str, str]
) -> None:
    """All or nothing."""
    with pytest.raises(InvalidValue):
        await unit.accounts.update("root", changes)
    assert unit.accounts.listed() == [Account("root", Role.ADMIN, "root", ptz=True)]


async def test_every_change_is_said_once(unit: Unit) -> None:
    """The edge asks for the verifiers again each time; a refusal is no change."""
    assert unit.changes == 1
    await unit.accounts.add("joe", "p", "viewer", "users", "")
    await unit.accounts.update("joe", {"comment": "x"})
    await unit.accounts.remove("joe")
    assert unit.changes == 4
    with pytest.raises(NotFound):
        await unit.accounts.remove("joe")
    await unit.accounts.load()
    assert unit.changes == 4


async def test_a_change_whose_answer_was_lost_is_looked_up_before_the_next(unit: Unit) -> None:
    """It may have been written all the same."""
    unit.store.lose_answers = True
    with pytest.raises(Unavailable):
        await unit.accounts.add("joe", "p", "viewer", "users", "")
    unit.store.lose_answers = False
    with pytest.raises(Conflict, match="joe"):
        await unit.accounts.add("joe", "p", "viewer", "users", "")
    await unit.accounts.update("joe", {"comment": "x"})
    assert unit.names() == ["root", "joe"]


async def test_while_the_store_is_away_the_accounts_stay_as_they_are(unit: Unit) -> None:
    """Whoever has an account can still log in."""
    unit.store.away = True
    with pytest.raises(Unavailable):
        await unit.accounts.add("joe", "p", "viewer", "users", "")
    assert [each.name for each in unit.accounts.verifiers()] == ["root"]


def test_a_verifier_is_argon2id_and_the_two_digests_of_rfc_7616() -> None:
    """HA1 as any Digest client computes it."""
    made = verifier(Account("Mufasa", Role.VIEWER), "Circle of Life", "http-auth@example.org")
    # RFC 7616 section 3.9.1 starts from this name, realm and password.
    assert made.ha1_md5 == "3d78807defe7de2157e2b0b6573a855f"
    assert made.ha1_sha256 == "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"
    assert made.password_hash.startswith("$argon2id$v=19$m=8192,t=2,p=1$")
    again = verifier(Account("Mufasa", Role.VIEWER), "Circle of Life", "http-auth@example.org")
    assert again.password_hash != made.password_hash


def test_a_verifier_never_prints_its_content() -> None:
    """It ends up in no log."""
    made = verifier(Account("joe", Role.VIEWER), "pass", REALM)
    assert repr(made) == "Verifier(name='joe', role=Role.VIEWER)"
