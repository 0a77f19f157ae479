"""The params daemon over a real bus: what each of the others may ask of it, and what it answers."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sdbus import dbus_method_async_override

from common.bus.daemon import DaemonInterface
from common.bus.http import HttpInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, IOPORTS, PARAMS, SYSTEM
from common.errors import Conflict, InvalidValue, NotFound, NotPermitted, NotSupported
from common.params.client import ParamsClient
from common.params.kinds import MASK, Access, Bool, Choice, Gain, Int, IpAddress, Kind, Reset
from common.params.registry import Parameter
from daemons.params.adapters.sqlite import SqliteStore
from daemons.params.change import Change
from daemons.params.declarations import declared
from tests.contract.params_rig import caller
from tests.contract.private_bus import PrivateBus, eventually
from tests.unit.params.test_declarations import KEPT_BY_RESTORE

ACCOUNT = {
    "name": "joe",
    "role": "viewer",
    "password_hash": "argon",
    "ha1_md5": "a",
    "ha1_sha256": "b",
}


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
        assert refused == {"Audio.DSCP": "Audio.DSCP must be at most 63"}
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
    async with caller(bus, IOPORTS) as ioports, caller(bus, HTTP) as http:
        with pytest.raises(NotPermitted):
            await ioports.set({"Audio.MaxListeners": "7"})
        with pytest.raises(NotPermitted):
            await ioports.params.reset("factory_default", "me")
        with pytest.raises(NotPermitted):
            await ioports.secrets.get("RemoteService.ProxyPassword")
        with pytest.raises(NotPermitted, match="not a fact of http"):
            await http.params.publish({"Properties.System.SerialNumber": "00408C000000"})
        with pytest.raises(NotPermitted):
            await http.params.put_group("MediaClip.M0", {})
        assert not http.changes


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


class Edge(HttpInterface):
    """A web server that looks at changes."""

    def __init__(self, answer: Callable[[dict[str, str]], dict[str, str]] | None) -> None:
        super().__init__()
        self.asked: list[dict[str, str]] = []
        self._answer = answer

    @dbus_method_async_override()
    async def check_parameters(self, changes: dict[str, str]) -> dict[str, str]:
        """Answer, or never."""
        self.asked.append(changes)
        if self._answer is None:
            await asyncio.Event().wait()
            return {}
        return self._answer(changes)


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
    async with caller(bus, HTTP) as http, caller(bus, SYSTEM) as system:
        if there:
            http.connection.export(lambda: Edge(None))
        begun = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            slow = tasks.create_task(http.set({"System.BoaPort": "81"}))
            await asyncio.sleep(0)
            assert await system.set({"Audio.MaxListeners": "7"}) == {}
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


def another(parameter: Parameter) -> str:
    """Return a value that is not the default."""
    kind: Kind = parameter.kind
    candidates: tuple[str, ...]
    match kind:
        case Bool():
            candidates = (kind.true, kind.false)
        case Choice():
            candidates = tuple(value for value, _ in kind.choices)
        case Gain():
            candidates = ("mute",)
        case Int():
            candidates = (str(kind.minimum), str(kind.maximum))
        case IpAddress():
            candidates = ("10.20.30.40", "fd00::1")
        case _:
            candidates = ("10.20.30.40", "CET-1CEST", "X-Header marker")
    for value in candidates:
        try:
            if kind.parse(value) != parameter.default_of("000000000000"):
                return value
        except InvalidValue:
            continue
    raise AssertionError(f"no other value for {parameter.name}")


@pytest.mark.covers("M-MNT-02", part="settings")
@pytest.mark.covers("M-MNT-04", part="settings")
@pytest.mark.parametrize("level", ["restore", "factory_default"])
async def test_a_reset_covers_every_setting(bus: PrivateBus, level: str) -> None:
    """Every setting is changed; a restore keeps exactly the manual's list, a factory default nothing."""
    daemon = await bus.start(PARAMS)
    settings = {p.name: p for p in declared() if not p.read_only}
    async with caller(bus, SYSTEM) as system, caller(bus, HTTP) as http:
        http.connection.export(lambda: Edge(lambda _changes: {}))
        await system.params.publish({"Properties.System.SerialNumber": "00408C123ABC"})
        factory = await system.values("")
        changed = {name: another(parameter) for name, parameter in settings.items()}
        assert await http.set(changed) == {}
        await http.params.add("streamprofile", "StreamProfile", {}, False, Access.ADMIN, "joe")
        await system.put("account", "joe", 0, ACCOUNT)

        generation = await system.params.reset(level, "joe")
        assert system.resets == [(generation, level)]
        assert await system.params.generation() == (generation, level)
        daemon.kill()
        await bus.start(PARAMS)
        assert await system.params.generation() == (generation, level)

        kept = set().union(*KEPT_BY_RESTORE.values()) if level == "restore" else set()
        after = await system.values("")
        different = {name for name, value in after.items() if value != factory[name]}
        secret = {name for name in kept if settings[name].secret}
        assert different == kept - secret
        assert await system.params.records("account") == []
        assert after.keys() == factory.keys()
        history = await http.history(5000)
        assert bool(history) == (level == "restore")
        if level == "restore":
            assert {p.name for p in settings.values() if p.reset is Reset.FACTORY_DEFAULT} == kept
        assert await system.params.reset(level, "joe") == generation + 1
    leaves = b"marker" in b"".join(f.read_bytes() for f in (bus.state / "params").iterdir())
    assert leaves == (level == "restore")


async def test_the_settings_survive_the_bus(bus: PrivateBus) -> None:
    """A broker that dies takes nothing with it: the daemon is back on the next one by itself."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, HTTP) as http:
        await http.set({"Audio.MaxListeners": "7"})
        bus.stop_broker()
        bus.start_broker()
        await eventually(lambda: http.connection.present(PARAMS), "params on the new bus")
        client = ParamsClient(http.connection)
        await client.wait()
        assert await client.values(["Audio.MaxListeners"]) == {"Audio.MaxListeners": "7"}
        await http.set({"Audio.MaxListeners": "8"})
        assert http.changes[-1][1] == {"Audio.MaxListeners": "8"}
        assert daemon.process.poll() is None


async def test_a_watch_misses_nothing(bus: PrivateBus) -> None:
    """What changed while nobody listened comes with the params daemon's return."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, AUDIO) as audio, caller(bus, HTTP) as http:
        await audio.params.put_group("MediaClip.M1", {"Name": "a"})
        await audio.params.put_group("MediaClip.M2", {"Name": "b"})
        seen: dict[str, str] = {}
        gone: set[str] = set()

        def changed(values: Mapping[str, str], removed: frozenset[str]) -> None:
            seen.update(values)
            gone.update(removed)

        seen.update(await ParamsClient(audio.connection).watch(["Audio", "MediaClip"], changed))
        assert seen["Audio.MaxListeners"] == "20"
        await http.set({"Audio.MaxListeners": "7", "StatusLed.Usage": "off"})
        await eventually(lambda: seen["Audio.MaxListeners"] == "7", "the change")
        assert "StatusLed.Usage" not in seen

        daemon.stop()
        store = SqliteStore(bus.state / "params")
        state = store.open().state
        unheard = Change("joe", {"Audio.MaxListeners": "9"}, groups_removed=["MediaClip.M1"])
        unheard.apply(state)
        store.commit([unheard], 0.0)
        store.close()
        await bus.start(PARAMS)
        await eventually(lambda: seen["Audio.MaxListeners"] == "9", "what was missed")
        assert gone == {"MediaClip.M1"}
        await audio.params.drop_groups(["MediaClip.M2"])
        await eventually(lambda: gone == {"MediaClip.M1", "MediaClip.M2"}, "the group that went")


async def test_damage_is_told(bus: PrivateBus) -> None:
    """The last good copy comes back, and everybody can know."""
    daemon = await bus.start(PARAMS)
    async with caller(bus, HTTP) as http:
        await http.set({"Audio.MaxListeners": "7"})
    daemon.stop()
    daemon = await bus.start(PARAMS)  # makes a copy at start
    folder = bus.state / "params"
    await eventually(
        lambda: b"MaxListeners" in (folder / "parameters.backup.db").read_bytes(), "the copy"
    )
    daemon.kill()
    (folder / "parameters.db").write_bytes(b"\xff" * 20_000)
    daemon = await bus.start(PARAMS)
    async with caller(bus, EVENTS) as events:
        assert await events.value("Audio.MaxListeners") == "7"
        states = await events.connection.proxy(DaemonInterface, PARAMS).states()
        assert states == [
            (
                "tns1:Device/tnsaxis:Status/SettingsLost",
                {},
                {"lost": "1", "recovered": "backup"},
            )
        ]
    assert re.search("settings were damaged .* using the last good copy", daemon.log)
    daemon.kill()
    await bus.start(PARAMS)
    async with caller(bus, EVENTS) as events:
        [(_topic, _source, data)] = await events.connection.proxy(DaemonInterface, PARAMS).states()
        assert data == {"lost": "0", "recovered": "no"}


async def test_it_is_small_and_quick(bus: PrivateBus, figure: Callable[[str], None]) -> None:
    """A process among its like: proportional memory with and without secrets, and the time to start."""
    begun = time.monotonic()
    daemon = await bus.start(PARAMS)
    started = time.monotonic() - begun
    bare = _pss_mb(daemon.process.pid)
    async with caller(bus, SYSTEM) as system:
        await system.put("account", "joe", 0, ACCOUNT)
    sealed = _pss_mb(daemon.process.pid)
    figure(f"ready in {started:.2f} s, PSS {bare:.1f} MB, after the first secret {sealed:.1f} MB")
    assert bare < 40


def _pss_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
