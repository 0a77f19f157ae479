"""What is read of a record: one writing, whole, and no part that cannot be read stops the others."""

import json
from typing import Any

import msgspec
import pytest

from common.errors import NotFound
from common.sip import Account, SipProxy, TurnServer
from daemons.sip.adapters.store import Record
from daemons.sip.records import Settings


class Params:
    """One record, kept as the params daemon keeps it; what `between` does comes before secrets are read."""

    def __init__(self) -> None:
        self.bus = self
        self.revision = 0
        self.public: dict[str, Any] = {}
        self.secret: dict[str, Any] = {}
        self.between: list[Any] = []

    async def records(self, type_: str) -> list[tuple[str, int, str]]:
        assert type_ == "sip"
        return [("1", self.revision, json.dumps(self.public))] if self.revision else []

    async def record_secrets(self, _type: str, _id: str) -> dict[str, Any]:
        if self.between:
            self.between.pop(0)()
        if not self.revision:
            raise NotFound("there is none")
        return dict(self.secret)

    async def put_record(self, _type: str, _id: str, revision: int, content: str) -> int:
        assert revision == self.revision
        whole = json.loads(content)
        self.secret = {"passwords": whole.pop("passwords")}
        self.public = whole
        self.revision += 1
        return self.revision


def store() -> tuple[Params, Record]:
    """Return a store and what is below it."""
    params = Params()
    client: Any = params
    return params, Record(client)


WHOLE = msgspec.structs.replace(
    Settings(),
    accounts=(
        *Settings().accounts,
        Account(
            id="sip_account_0",
            user_id="1",
            registrar="pbx",
            password="p0",
            sip_proxies=(
                SipProxy(server="a", username="u", password="p1"),
                SipProxy(server="b"),
                SipProxy(server="c", username="u", password="p2"),
            ),
            secondary_sip_proxies=(SipProxy(server="d", username="u", password="p3"),),
        ),
        Account(id="sip_account_1", user_id="2", registrar="pbx", password="p4"),
    ),
    configuration=msgspec.structs.replace(
        Settings().configuration,
        turn_servers=(TurnServer(server="t", username="u", password="p5"),),
    ),
    numbers={"sip_account": 2},
)


async def test_what_is_kept_comes_back() -> None:
    """Every password at its place, and none beside the sealed ones."""
    params, record = store()
    assert await record.load() == (0, Settings())
    assert await record.save(0, WHOLE) == 1
    assert await record.load() == (1, WHOLE)
    assert sorted(params.secret["passwords"].values()) == [f"p{n}" for n in range(6)]
    assert not any(f'"p{n}"' in json.dumps(params.public) for n in range(6))


async def test_no_account_gets_the_password_of_another_time() -> None:
    """A writing that was not answered may be done while the record is read."""
    params, record = store()
    await record.save(0, WHOLE)
    moved = WHOLE.accounts[2]
    other = msgspec.structs.replace(
        WHOLE,
        accounts=(
            Settings().accounts[0],
            msgspec.structs.replace(moved, registrar="other", password="new"),
        ),
    )
    later, writer = store()
    await writer.save(0, other)

    def overtake() -> None:
        params.public, params.secret, params.revision = later.public, later.secret, 2

    params.between = [overtake]
    assert await record.load() == (2, other)

    def clear() -> None:
        params.revision = 0

    params.between = [clear]
    assert await record.load() == (0, Settings())


async def test_without_the_units_key_there_are_no_passwords() -> None:
    """A database that was carried to another unit."""
    params, record = store()
    await record.save(0, WHOLE)
    params.secret = {}
    _revision, found = await record.load()
    assert [each.password for each in found.accounts] == ["", "", ""]
    assert [each.user_id for each in found.accounts] == ["peer-to-peer", "1", "2"]


async def test_a_part_that_cannot_be_read_is_the_factorys(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The others are as they were, and the log says which one."""
    params, record = store()
    await record.save(0, WHOLE)
    params.public["configuration"]["SIPPort"] = 80
    params.public["another version's"] = {}
    _revision, found = await record.load()
    assert found.configuration == Settings().configuration
    assert found.accounts == WHOLE.accounts
    assert "configuration" in caplog.text
