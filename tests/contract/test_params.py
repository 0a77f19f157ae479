"""The params daemon over a real bus: what each of the others may ask of it, and what it answers."""

import asyncio
import json
import time

import pytest

from common.bus.suite import AUDIO, EVENTS, HTTP, IOPORTS, PARAMS, SYSTEM
from common.errors import Conflict, InvalidValue, NotFound, NotPermitted, NotSupported
from common.params.kinds import Access
from daemons.params.declarations import declared
from tests.contract.params_rig import ACCOUNT, Edge, caller
from tests.contract.private_bus import PrivateBus, eventually


@pytest.mark.covers("M-API-04", "M-LOG-14", part="over the bus")
async def test_every_parameter_is_listed_in_order_to_those_who_may_read_it(bus: PrivateBus) -> None:
    """The whole tree, one group, a wildcard, and the difference between levels."""
    await bus.start(PARAMS)
    async with caller(bus, HTTP) as http:
        [(known, pairs)] = await http.params.select([""], Access.ADMIN)
        assert known
        assert {name for name, _ in pairs} == set(declared().parameters)
        found = await http.params.select(
            ["Brand.Brand", "Network.*.FriendlyName", "Nothing", "Network.SSH.Enabled"],
            Access.VIEWER,
        )
        assert found == [(True, [("Brand.Brand", "AXIS")]), (False, []), (False, []), (False, [])]
        operator = await http.values("", access=Access.OPERATOR)
        assert "AudioSource.A0.OutputGain" in operator
        assert "Network.SSH.Enabled" not in operator
        assert [view.name for view in await http.views("")] == [name for name, _ in pairs]


@pytest.mark.covers("M-LOG-14", part="editing over the bus")
async def test_an_acknowledged_change_survives_a_kill(bus: PrivateBus) -> None:
    """It is on the disk when the call returns; the daemon is back in a second."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, HTTP) as http:
        revision, refused = await http.params.update(
            {"Audio.MaxListeners": "7", "Network.SSH.Enabled": "YES"}, Access.ADMIN, "joe", True
        )
        daemon.kill()
        assert (revision, refused) == (1, {})
        begun = time.monotonic()
        await bus.start(PARAMS)
        assert time.monotonic() - begun < 2.0
        assert await http.value("Audio.MaxListeners") == "7"
        assert await http.value("Network.SSH.Enabled") == "yes"


async def test_one_transaction_is_one_signal_and_comes_before_the_answer(bus: PrivateBus) -> None:
    """Whoever reads after the answer has heard of the change."""
    await bus.start(PARAMS)
    async with caller(bus, HTTP) as http, caller(bus, IOPORTS) as ioports:
        await http.set({"Audio.MaxListeners": "7", "StatusLed.Usage": "off", "Audio.DSCP": "99"})
        assert http.changes == [(1, {"Audio.MaxListeners": "7", "StatusLed.Usage": "off"}, [])]
        await eventually(lambda: ioports.changes == http.changes, "the same signal at another")
        await http.set({"Audio.MaxListeners": "7"})
        await http.set({"Audio.MaxListeners": "8"})
        assert [signal[0] for signal in http.changes] == [1, 2]


async def test_all_or_nothing_when_asked_for(bus: PrivateBus) -> None:
    """One refusal leaves everything as it was."""
    await bus.start(PARAMS)
    async with caller(bus, HTTP) as http:
        refused = await http.set({"Audio.MaxListeners": "7", "Audio.DSCP": "64"}, atomic=True)
        assert refused == {"Audio.DSCP": "must be at most 63"}
        assert await http.value("Audio.MaxListeners") == "20"
        assert not http.changes


async def test_people_may_do_what_their_level_allows(bus: PrivateBus) -> None:
    """Edges pass the level, the daemon judges."""
    await bus.start(PARAMS)
    async with caller(bus, HTTP) as http:
        for access, name, reason in (
            (Access.VIEWER, "Audio.MaxListeners", "rights of an operator"),
            (Access.OPERATOR, "Audio.DSCP", "rights of an admin"),
            (Access.OPERATOR, "Network.SSH.Enabled", "no parameter"),
            (Access.ADMIN, "Brand.Brand", "read-only"),
            (Access.ADMIN, "Nothing.AtAll", "no parameter"),
        ):
            _, refused = await http.params.update({name: "1"}, access, "joe", False)
            assert reason in refused[name]
        for wrong in (2, 9):
            with pytest.raises(InvalidValue):
                await http.params.select([""], wrong)


async def test_daemons_may_do_what_the_matrix_allows(bus: PrivateBus) -> None:
    """The caller's name on the bus decides; what another owns stays out of reach."""
    await bus.start(PARAMS)
    async with caller(bus, EVENTS) as events, caller(bus, HTTP) as http:
        with pytest.raises(NotPermitted):
            await events.set({"Audio.MaxListeners": "7"})
        with pytest.raises(NotPermitted):
            await events.params.reset("factory_default", "me")
        with pytest.raises(NotPermitted):
            await events.secrets.get("RemoteService.ProxyPassword")
        with pytest.raises(NotPermitted, match="not a fact of http"):
            await http.params.publish({"Properties.System.SerialNumber": "00408C000000"})
        with pytest.raises(NotPermitted):
            await http.params.put_group("MediaClip.M0", {})
        assert not http.changes


async def test_only_an_edge_writes_what_another_owns(bus: PrivateBus) -> None:
    """A daemon that may write settings writes its own, whatever level of access it names."""
    await bus.start(PARAMS)
    async with caller(bus, IOPORTS) as ioports:
        changes = {"IOPort.I0.Usage": "Door", "Network.SSH.Enabled": "yes", "Nothing": "1"}
        _, refused = await ioports.params.update(changes, Access.INTERNAL, "ioports", False)
        assert refused == dict.fromkeys(
            ("Network.SSH.Enabled", "Nothing"), "is not a setting of ioports"
        )
        assert await ioports.value("IOPort.I0.Usage") == "Door"
        assert await ioports.value("Network.SSH.Enabled") == "no"
        _, refused = await ioports.params.update(
            {"IOPort.I0.Usage": "Gate", "Audio.MaxListeners": "7"}, Access.ADMIN, "ioports", True
        )
        assert refused == {"Audio.MaxListeners": "is not a setting of ioports"}
        assert await ioports.value("IOPort.I0.Usage") == "Door"


async def test_facts_come_from_their_owner(bus: PrivateBus) -> None:
    """They are kept while the owner is away, and names follow the serial number."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, SYSTEM) as system:
        facts = {
            "Properties.System.SerialNumber": "00408C123ABC",
            "Network.eth0.IPv6.IPAddresses": "fe80::1%eth0/64",
            "System.RootPwdSet": "yes",
        }
        await system.params.publish(facts)
        expected = facts | {
            "Network.HostName": "axis-00408c123abc",
            "Network.UPnP.FriendlyName": "AXIS C8210 - 00408C123ABC",
            "Network.VolatileHostName.HostName": "axis-00408c123abc",
            "Network.Interface.I0.dot1x.EAPTLS.Identity": "axis-00408c123abc",
        }
        assert system.changes == [(1, expected, [])]
        await system.params.publish(facts)
        assert len(system.changes) == 1
        daemon.kill()
        await bus.start(PARAMS)
        assert (await system.values(*expected)) == expected


async def test_numbered_groups_come_and_go(bus: PrivateBus) -> None:
    """By param.cgi's rules for people, and for the daemon that owns them."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, HTTP) as http, caller(bus, AUDIO) as audio:
        made = await http.params.add(
            "streamprofile",
            "StreamProfile",
            {"StreamProfile.S.Name": "x", "StreamProfile.S.Nothing": "y"},
            False,
            Access.OPERATOR,
            "joe",
        )
        assert made[0] == "S0"
        assert list(made[1]) == ["StreamProfile.S.Nothing"]
        await audio.params.put_group("MediaClip.M25", {"Name": "Bell", "Location": "/etc/a.mp3"})
        with pytest.raises(NotSupported):
            await http.params.add("mediaclip", "MediaClip", {}, False, Access.ADMIN, "joe")
        assert await http.set({"MediaClip.M25.Name": "Chime"}) == {}
        assert "MediaClip.M25.Location" in await http.set({"MediaClip.M25.Location": "/etc/passwd"})
        daemon.kill()
        await bus.start(PARAMS)
        assert await http.values("MediaClip.M25", "StreamProfile.S0") == {
            "MediaClip.M25.Location": "/etc/a.mp3",
            "MediaClip.M25.Name": "Chime",
            "MediaClip.M25.Type": "audio",
            "StreamProfile.S0.Description": "",
            "StreamProfile.S0.Name": "x",
            "StreamProfile.S0.Parameters": "",
        }
        assert "StreamProfile.S9" in await http.params.remove(
            ["StreamProfile.S0", "StreamProfile.S9"], Access.OPERATOR, "joe"
        )
        assert await http.params.remove(["StreamProfile.S0"], Access.OPERATOR, "joe") == {}
        assert http.changes[-1][2] == ["StreamProfile.S0"]
        await audio.params.drop_groups(["MediaClip.M25", "MediaClip.M26"])
        assert audio.changes[-1][1:] == ({}, ["MediaClip.M25"])
        assert await http.params.select(["MediaClip.M25"], Access.ADMIN) == [(False, [])]


async def test_records_are_compared_and_set_by_their_owner(bus: PrivateBus) -> None:
    """The secret fields go in, and come out to the owner alone."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, SYSTEM) as system, caller(bus, HTTP) as http:
        revision = await system.put("account", "joe", 0, ACCOUNT)
        with pytest.raises(Conflict):
            await system.put("account", "joe", 0, ACCOUNT)
        daemon.kill()
        await bus.start(PARAMS)
        [(id_, listed, content)] = await system.params.records("account")
        assert (id_, listed) == ("joe", revision)
        assert json.loads(content)["role"] == "viewer"
        assert "argon" not in content
        assert json.loads(await system.secrets.get("account/joe"))["password_hash"] == "argon"
        with pytest.raises(NotPermitted):
            await http.secrets.get("account/joe")
        with pytest.raises(NotFound):
            await system.secrets.get("account/nobody")
        with pytest.raises(InvalidValue):
            await system.put("account", "eve", 0, {"name": "eve", "role": "emperor"})
        with pytest.raises(InvalidValue):
            await system.put("nothing", "eve", 0, {})
        await system.params.delete_record("account", "joe", revision)
        assert await system.params.records("account") == []
        assert system.records_changed == [("account", ["joe"]), ("account", ["joe"])]


async def test_the_edge_is_asked_before_a_port_changes(bus: PrivateBus) -> None:
    """Its reason is the answer; what it need not look at is written without it."""
    await bus.start(PARAMS)
    taken = {"HTTPS.Port": "is taken"}
    edge = Edge(lambda changes: taken if changes.get("HTTPS.Port") == "80" else {})
    async with caller(bus, HTTP) as http:
        http.connection.export(lambda: edge)
        assert await http.set({"HTTPS.Port": "80", "Audio.MaxListeners": "7"}) == taken
        assert await http.set({"HTTPS.Port": "8443"}) == {}
        assert await http.set({"HTTPS.Port": "8443", "HTTPS.Ciphers": ""}, atomic=True) != {}
        assert await http.value("HTTPS.Port") == "8443"
        assert await http.value("Audio.MaxListeners") == "7"
        assert edge.asked == [{"HTTPS.Port": "80"}, {"HTTPS.Port": "8443"}]


@pytest.mark.parametrize("there", [False, True], ids=["absent", "hanging"])
async def test_an_edge_that_does_not_answer_refuses(bus: PrivateBus, there: bool) -> None:
    """Within two seconds, with a reason, and nobody else waits."""
    await bus.start(PARAMS)
    async with caller(bus, HTTP) as http, caller(bus, AUDIO) as audio:
        if there:
            http.connection.export(lambda: Edge(None))
        begun = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            slow = tasks.create_task(http.set({"System.BoaPort": "81"}), name="slow")
            await asyncio.sleep(0)
            assert await audio.set({"Audio.MaxListeners": "7"}) == {}
            assert time.monotonic() - begun < 1.5
        assert "try again" in slow.result()["System.BoaPort"]
        assert time.monotonic() - begun < 4.0
        assert await http.value("System.BoaPort") == "80"


@pytest.mark.covers("M-LOG-14", part="history")
async def test_the_history_says_who_changed_what(bus: PrivateBus) -> None:
    """Newest first, to those who may read the parameter."""
    await bus.start(PARAMS)
    async with caller(bus, HTTP) as http:
        await http.set({"Audio.MaxListeners": "7"})
        await http.set({"Network.SSH.Enabled": "yes"})
        newest, oldest = await http.history()
        assert (newest.name, newest.old, newest.new, newest.who) == (
            "Network.SSH.Enabled",
            "no",
            "yes",
            "joe",
        )
        assert (oldest.revision, newest.revision) == (1, 2)
        assert abs(newest.time - time.time()) < 60
        assert await http.history(1) == [newest]
        assert await http.history(access=Access.OPERATOR) == [oldest]
