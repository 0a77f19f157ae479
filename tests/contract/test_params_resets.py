"""Restore and factory default, over every setting there is."""

import pytest

from common.bus.suite import AUDIO, HTTP, PARAMS, SYSTEM
from common.errors import InvalidValue
from common.params.kinds import Access, Bool, Choice, Gain, Int, IpAddress, Kind, Reset
from common.params.registry import Parameter
from daemons.params.declarations import declared
from tests.contract.params_rig import ACCOUNT, Edge, Jack, caller
from tests.contract.private_bus import PrivateBus
from tests.unit.params.test_declarations import KEPT_BY_RESTORE


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
            candidates = (
                "10.20.30.40",
                "239.10.20.30",
                "CET-1CEST",
                "X-Header marker",
                "short=0-100,close=101-200,open=201-300,cut=301-400",
            )
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
    async with (
        caller(bus, SYSTEM) as system,
        caller(bus, HTTP) as http,
        caller(bus, AUDIO) as audio,
    ):
        http.connection.export(lambda: Edge(lambda _changes: {}))
        audio.connection.export(Jack)
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
