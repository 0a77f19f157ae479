"""The book: a change is on disk or is none, and one at a time."""

import asyncio
import json

import msgspec
import pytest

from common.errors import Conflict, InvalidValue, Unavailable
from common.sip import HIDDEN, PEER_TO_PEER, Account, AudioCodec, VmsCalls
from daemons.sip.records import Settings
from daemons.sip.settings.book import Book


class Disk:
    """A store that does what the params daemon does, and what it does on a bad day."""

    def __init__(self) -> None:
        self.revision = 0
        self.settings = Settings()
        self.writes = 0
        self.fails: list[str] = []
        """`lost` does not write, `unanswered` does; neither answers. `overtaken`: somebody else writes first."""

    async def load(self) -> tuple[int, Settings]:
        await asyncio.sleep(0)
        return self.revision, self.settings

    async def save(self, revision: int, settings: Settings) -> int:
        await asyncio.sleep(0)
        how = self.fails.pop(0) if self.fails else ""
        if how == "lost":
            raise Unavailable("params does not answer")
        if how == "overtaken":
            self.revision += 1
        if revision != self.revision:
            raise Conflict("changed by somebody else")
        self.revision += 1
        self.settings = settings
        self.writes += 1
        if how == "unanswered":
            raise Unavailable("params does not answer")
        return self.revision


class Changes:
    """Counts what the book says."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


async def opened(disk: Disk) -> tuple[Book, Changes]:
    """Return a book that has read what there is."""
    changes = Changes()
    book = Book(disk, changes)
    await book.load()
    return book, changes


def account(user: str, **fields: object) -> Account:
    """Return an account."""
    return Account(user_id=user, registrar="pbx", **fields)  # type: ignore[arg-type]


async def test_each_kind_of_change_is_kept() -> None:
    """And told once; a book that is opened later has the same."""
    disk = Disk()
    book, changes = await opened(disk)
    assert changes.count == 0
    await book.configure('{"SIPEnabled": true}', True)
    await book.choose_codecs([AudioCodec("PCMA")])
    await book.configure_vms(VmsCalls(enabled=True))
    assert await book.put_accounts([account("1")]) == ["sip_account_0"]
    assert await book.put_dtmf("event", '[{"Name": "x"}]') == ["dtmf_event_0"]
    assert await book.put_dtmf("trigger", '[{"DTMFSequence": "1"}]') == ["dtmf_trigger_0"]
    await book.remove_dtmf("trigger", ["dtmf_trigger_0"])
    await book.remove_accounts(["sip_account_0"])
    assert changes.count == 8
    other, _changes = await opened(disk)
    for found in (book, other):
        assert found.configuration.sip_enabled
        assert found.codecs == (AudioCodec("PCMA"),)
        assert found.vms.enabled
        assert [each.id for each in found.accounts] == [PEER_TO_PEER]
        assert [each.name for each in found.dtmf.events] == ["x"]
    assert await other.put_accounts([account("1")]) == ["sip_account_1"]
    assert await other.put_dtmf("trigger", '[{"DTMFSequence": "1"}]') == ["dtmf_trigger_1"]


async def test_what_changes_nothing_is_not_written() -> None:
    """Clients set what is set already."""
    disk = Disk()
    book, changes = await opened(disk)
    await book.configure('{"SIPEnabled": false}', True)
    await book.put_accounts([])
    await book.remove_accounts(["nobody"])
    assert (disk.writes, changes.count) == (0, 0)


async def test_several_are_taken_or_none() -> None:
    """One that cannot be leaves the others out."""
    disk = Disk()
    book, changes = await opened(disk)
    with pytest.raises(InvalidValue, match="UserId"):
        await book.put_accounts([account("1", is_default=True), account("a b")])
    assert (len(book.accounts), disk.writes, changes.count) == (1, 0, 0)


@pytest.mark.parametrize("how", ["lost", "unanswered"])
async def test_a_write_that_was_not_answered(how: str) -> None:
    """Is an error whether it was done or not; the next change begins with what is on disk."""
    disk = Disk()
    book, changes = await opened(disk)
    disk.fails = [how]
    with pytest.raises(Unavailable):
        await book.put_accounts([account("1", id="sip_account_0", is_default=True)])
    assert changes.count == 0
    await book.put_accounts([account("2")])
    assert book.accounts == disk.settings.accounts
    done = how == "unanswered"
    assert [each.user_id for each in book.accounts] == [PEER_TO_PEER, *(["1"] * done), "2"]
    assert [each.is_default for each in book.accounts].count(True) == 1


async def test_a_change_is_worked_out_anew_when_another_came_first() -> None:
    """A few times; then it is a conflict, and nothing is changed."""
    disk = Disk()
    book, changes = await opened(disk)
    disk.fails = ["overtaken"]
    await book.put_accounts([account("1")])
    assert (len(book.accounts), changes.count) == (2, 1)
    disk.fails = ["overtaken"] * 9
    with pytest.raises(Conflict):
        await book.put_accounts([account("2")])
    assert len(disk.settings.accounts) == 2


async def test_changes_at_the_same_time_are_all_taken() -> None:
    """Each from what the one before left."""
    disk = Disk()
    book, _changes = await opened(disk)
    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            one = account(f"{number}", is_default=True)
            tasks.create_task(book.put_accounts([one]), name="put")
            sent = json.dumps({"Attributes": {"MaxCalls": number % 16 + 1}})
            tasks.create_task(book.configure(sent, True), name="configure")
    assert len(disk.settings.accounts) == 21
    assert len({each.id for each in book.accounts}) == 21
    assert [each.is_default for each in book.accounts].count(True) == 1


async def test_a_reset_is_followed() -> None:
    """And told; a second look finds nothing new."""
    disk = Disk()
    book, changes = await opened(disk)
    await book.put_accounts([account("1")])
    disk.revision, disk.settings = 0, Settings()
    await book.load()
    await book.load()
    assert (book.accounts, changes.count) == (Settings().accounts, 2)
    assert await book.put_accounts([account("1")]) == ["sip_account_0"]


async def test_an_account_forgets_a_dtmf_configuration_that_is_removed() -> None:
    """In the same writing."""
    disk = Disk()
    book, _changes = await opened(disk)
    [own] = await book.put_dtmf("configuration", '[{"Name": "Own"}]')
    await book.put_accounts([account("1", dtmf_configuration_id=own)])
    writes = disk.writes
    await book.remove_dtmf("configuration", [own])
    assert disk.writes == writes + 1
    assert [each.dtmf_configuration_id for each in book.accounts] == ["", ""]


async def test_a_dtmf_configuration_goes_with_the_last_account_that_has_it() -> None:
    """One that another account has stays, and so do sequences: rules know their events. One that is new stays, too."""
    disk = Disk()
    book, _changes = await opened(disk)
    (event,) = await book.put_dtmf("event", '[{"Name": "Stop"}]')
    (one,) = await book.put_dtmf(
        "trigger", json.dumps([{"DTMFSequence": "1", "DTMFEventId": event}])
    )
    kept = json.dumps([{"Name": "Two", "DTMFTriggerId": [one]}, {"Name": "New"}])
    shared, new = await book.put_dtmf("configuration", kept)
    ids = await book.put_accounts(
        [account(user, dtmf_configuration_id=shared) for user in ("1", "2")]
    )

    def there() -> list[str]:
        return [each.id for each in book.dtmf.configurations]

    await book.remove_accounts(ids[:1])
    assert there() == ["dtmf_config_default", shared, new]
    writes = disk.writes
    await book.remove_accounts(ids[1:])
    assert there() == ["dtmf_config_default", new]
    assert disk.writes == writes + 1
    assert ([each.id for each in book.dtmf.triggers], len(book.dtmf.events)) == ([one], 1)


@pytest.mark.covers("M-SIP-12", part="the login is kept, and goes to no other server")
async def test_the_password_of_a_turn_server_stays() -> None:
    """Where it is not sent again; to another server it does not go, and it is not shown."""
    book, _changes = await opened(Disk())

    async def configure(password: str, name: str = "turn", keep: bool = True) -> None:
        turn = {"Server": name, "Username": "u", "Password": password}
        await book.configure(json.dumps({"TURNServers": [turn]}), keep)

    await configure("secret")
    for sent in ("", HIDDEN):
        for keep in (True, False):
            await configure(sent, keep=keep)
            assert book.configuration.turn_servers[0].password == "secret"
    with pytest.raises(InvalidValue, match="TURNServers"):
        await configure(HIDDEN, "evil")
    with pytest.raises(InvalidValue, match="TURNServers"):
        await configure("", "evil")
    await book.configure('{"TURNEnabled": true}', True)
    assert book.configuration.turn_servers[0].password == "secret"
    assert b"secret" not in msgspec.json.encode(book.shown_configuration())
    assert book.shown_configuration().turn_servers[0].password == HIDDEN
    assert "secret" not in repr(book.configuration)


async def test_accounts_are_shown_without_passwords() -> None:
    """What is shown can be sent back, and changes nothing."""
    disk = Disk()
    book, _changes = await opened(disk)
    await book.put_accounts([account("1", password="secret"), account("2")])
    shown = book.shown_accounts()
    assert [each.password for each in shown] == ["", HIDDEN, ""]
    before, writes = book.accounts, disk.writes
    await book.put_accounts(
        [msgspec.structs.replace(each, password=each.password) for each in shown]
    )
    assert (book.accounts, disk.writes) == (before, writes)


async def test_what_keeps_nothing_sets_everything() -> None:
    """`KeepCurrent` is false."""
    book, _changes = await opened(Disk())
    await book.configure('{"SIPPort": 6000, "Attributes": {"MaxCalls": 2}}', True)
    await book.configure('{"SIPEnabled": true}', False)
    assert (book.configuration.sip_port, book.configuration.attributes.max_calls) == (5060, 4)
