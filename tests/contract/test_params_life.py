"""The params daemon outlives its file and its bus, and those who watch it miss nothing."""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from common.bus.daemon import DaemonInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, PARAMS, SYSTEM
from common.params.client import ParamsClient
from daemons.params.adapters.sqlite import SqliteStore
from daemons.params.change import Change
from tests.contract.params_rig import ACCOUNT, caller
from tests.contract.private_bus import PrivateBus, eventually


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
