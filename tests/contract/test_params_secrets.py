"""Secrets go into the params daemon, and come out to their owner alone."""

import json

import pytest

from common.bus.suite import HTTP, PARAMS, SYSTEM
from common.errors import NotPermitted
from common.params.kinds import MASK
from tests.contract.params_rig import ACCOUNT, caller
from tests.contract.private_bus import PrivateBus


async def test_a_secret_leaves_no_trace(bus: PrivateBus) -> None:
    """Not in a list, a signal, the history, the log, nor in clear on the disk."""
    marker = "hunter2-marker"
    daemon = await bus.start(PARAMS)
    async with caller(bus, HTTP) as http, caller(bus, SYSTEM) as system:
        name = "RemoteService.ProxyPassword"
        assert await http.set({name: marker}) == {}
        assert await http.set({name: f"{marker}\n"}) == {
            name: "must be one line of text without control characters"
        }
        assert await http.set({name: MASK}) == {}
        await system.put("account", "joe", 0, ACCOUNT | {"password_hash": marker})
        assert await http.value(name) == MASK
        [view] = await http.views(name)
        assert (view.value, view.default, view.flags) == (MASK, MASK, ["writeonly"])
        [entry] = await http.history()
        assert (entry.name, entry.old, entry.new) == (name, MASK, MASK)
        with pytest.raises(NotPermitted):
            await http.secrets.get(name)
        assert marker not in repr(http.changes)
        assert daemon.stop() == 0
        assert marker not in daemon.log
        for file in (bus.state / "params").iterdir():
            assert marker.encode() not in file.read_bytes(), file.name


async def test_the_key_is_the_units_own(bus: PrivateBus) -> None:
    """A database carried to another unit gives no secret away, and stops nothing."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, SYSTEM) as system:
        await system.put("account", "joe", 0, ACCOUNT)
        daemon.stop()
        key = bus.state / "params" / "host.key"
        assert key.stat().st_mode & 0o777 == 0o600
        key.unlink()
        daemon = await bus.start(PARAMS)
        assert json.loads(await system.secrets.get("account/joe")) == {}
        assert "does not open with this unit's key" in daemon.log


async def test_systemd_can_hold_the_key(bus: PrivateBus) -> None:
    """With a credential no key lies beside the database."""
    credentials = bus.folder / "credentials"
    credentials.mkdir()
    (credentials / "c8210.key").write_bytes(b"a key that systemd has unsealed!")
    await bus.start(PARAMS, CREDENTIALS_DIRECTORY=str(credentials))
    async with caller(bus, SYSTEM) as system:
        await system.put("account", "joe", 0, ACCOUNT)
        assert json.loads(await system.secrets.get("account/joe"))["ha1_md5"] == "a"
    assert not (bus.state / "params" / "host.key").exists()
