"""The rules of SSH accounts, in front of a store and a system of the test's own."""

from collections.abc import Sequence

import pytest

from common.errors import Conflict, InvalidValue, NotFound, Unavailable
from common.remote_access import MOST_SSH_ACCOUNTS, SshAccount
from daemons.system.ssh_accounts.accounts import UIDS, KeptAccount, SshAccounts


class Bench:
    """A store that may fail, and what the system was told."""

    def __init__(self) -> None:
        self.kept: dict[str, KeptAccount] = {}
        self.applied: list[list[str]] = []
        self.fails: Exception | None = None
        self.writes_all_the_same = False
        self.accounts = SshAccounts(self, self._hash, lambda name: name == "daemon", self._apply)

    async def _hash(self, password: str) -> str:
        return f"<{password}>"

    async def _apply(self, accounts: Sequence[KeptAccount]) -> None:
        self.applied.append([f"{one.name} {one.uid} {one.hash}" for one in accounts])

    async def load(self) -> Sequence[KeptAccount]:
        """Return all."""
        return list(self.kept.values())

    async def save(self, account: KeptAccount) -> int:
        """Write one."""
        if self.fails is None or self.writes_all_the_same:
            self.kept[account.name] = KeptAccount(
                *(account.name, account.uid, account.comment, account.hash, account.revision + 1)
            )
        if self.fails is not None:
            raise self.fails
        return account.revision + 1

    async def delete(self, account: KeptAccount) -> None:
        """Delete one."""
        if self.fails is not None:
            raise self.fails
        del self.kept[account.name]


async def test_an_account_is_kept_before_it_is_made() -> None:
    """What the system has is what the store has."""
    bench = Bench()
    await bench.accounts.add("judy", "one", "Night")
    await bench.accounts.add("Joan_2-x", "two", "")
    first, second = UIDS[0], UIDS[1]
    assert bench.applied[-1] == [f"judy {first} <one>", f"Joan_2-x {second} <two>"]
    assert await bench.accounts.listed() == [SshAccount("Joan_2-x"), SshAccount("judy", "Night")]
    bench.fails = Unavailable("away")
    with pytest.raises(Unavailable):
        await bench.accounts.add("jack", "three", "")
    assert len(bench.applied) == 2
    assert [one.username for one in await bench.accounts.listed()] == ["Joan_2-x", "judy"]


async def test_a_uid_is_free_again_when_its_account_is_gone() -> None:
    """There are as many as there may be accounts."""
    bench = Bench()
    for number in range(MOST_SSH_ACCOUNTS):
        await bench.accounts.add(f"user{number}", "p", "")
    assert {one.uid for one in bench.kept.values()} == set(UIDS)
    with pytest.raises(InvalidValue, match="limit"):
        await bench.accounts.add("straw", "p", "")
    gone = bench.kept["user7"].uid
    await bench.accounts.remove("user7")
    await bench.accounts.add("straw", "p", "")
    assert bench.kept["straw"].uid == gone


async def test_a_write_whose_answer_was_lost_is_found_again() -> None:
    """Nobody knows whether it was made: the store is asked before the next change."""
    bench = Bench()
    bench.fails, bench.writes_all_the_same = Unavailable("no answer"), True
    with pytest.raises(Unavailable):
        await bench.accounts.add("judy", "one", "")
    bench.fails = None
    with pytest.raises(Conflict):
        await bench.accounts.add("judy", "two", "")
    assert await bench.accounts.listed() == [SshAccount("judy")]


async def test_an_update_changes_what_it_names() -> None:
    """All of it or nothing."""
    bench = Bench()
    await bench.accounts.add("judy", "one", "Night")
    with pytest.raises(InvalidValue):
        await bench.accounts.update("judy", {"comment": "Day", "password": ""})
    with pytest.raises(InvalidValue, match="'uid'"):
        await bench.accounts.update("judy", {"uid": "0"})
    assert (bench.kept["judy"].comment, bench.kept["judy"].hash) == ("Night", "<one>")
    await bench.accounts.update("judy", {"comment": ""})
    await bench.accounts.update("judy", {"password": "two"})
    assert (bench.kept["judy"].comment, bench.kept["judy"].hash) == ("", "<two>")
    assert bench.kept["judy"].uid == UIDS[0]


async def test_what_there_is_not_cannot_be_changed_or_deleted() -> None:
    """Nor can root be deleted, whatever there is."""
    bench = Bench()
    with pytest.raises(NotFound):
        await bench.accounts.update("judy", {"comment": ""})
    with pytest.raises(NotFound):
        await bench.accounts.remove("judy")
    with pytest.raises(InvalidValue, match="root account cannot be deleted"):
        await bench.accounts.remove("root")
    assert bench.applied == []


def test_a_hash_is_not_shown_by_accident() -> None:
    """In a traceback, say."""
    assert "secret" not in repr(KeptAccount("judy", 5000, "", "secret"))


@pytest.mark.covers("M-ACC-11", part="names, passwords and comments that cannot be")
@pytest.mark.parametrize(
    ("name", "password", "comment"),
    [
        *((name, "p", "") for name in ("", "root", "ROOT", "daemon", "c8210-later", "systemd-x")),
        *(
            (name, "p", "")
            for name in ("1a", "-a", "a b", "a\nb", "a'b", "a;b", "../a", "é", "a:b")
        ),
        ("a" * 32, "p", ""),
        *(("judy", password, "") for password in ("", "p" * 65, "\x1f", "\x7f", "p\n", "é")),
        *(("judy", "p", comment) for comment in ("a:b", "a\nb", "\x1b[2J", "\x9b2J", "a\u2028b")),
        ("judy", "p", "c" * 257),
    ],
)
async def test_what_no_account_can_be_is_refused_before_anything_is_kept(
    name: str, password: str, comment: str
) -> None:
    """A refusal does not repeat the password."""
    bench = Bench()
    with pytest.raises(InvalidValue) as refused:
        await bench.accounts.add(name, password, comment)
    assert len(password) < 2 or password not in refused.value.message
    assert bench.kept == {}
    assert bench.applied == []


@pytest.mark.covers("M-ACC-11", part="what an account can be at most")
async def test_the_longest_account_is_kept() -> None:
    """Every character that the manual allows for a password, a comment in any script."""
    bench = Bench()
    printable = "".join(map(chr, range(32, 127)))
    for name, password in (("a" * 31, printable[:64]), ("_", printable[-64:]), ("z", " ")):
        await bench.accounts.add(name, password, "Ночь '\"\\ 夜 😀".ljust(256, "x"))
        assert bench.kept[name].hash == f"<{password}>"
