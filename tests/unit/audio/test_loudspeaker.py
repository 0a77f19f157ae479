"""The output in one place: what it tells, and what it notices."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from daemons.audio import automatic_volume
from daemons.audio import loudspeaker as module
from daemons.audio.engine import Engine
from daemons.audio.engine_config import EngineConfig
from daemons.audio.loudspeaker import Loudspeaker, Noise
from daemons.audio.playback import PlaybackSpec, SourceClass
from daemons.audio.sources import MemorySource
from hw.ports import Protection
from tests.unit.audio.fake_device import FakeDevice

GAIN = "AudioSource.A0.OutputGain"
AVC = "Audio.Output.AutomaticVolume.Enabled"


class Bench:
    """A loudspeaker on an engine with a fake device, in a place whose noise the test sets."""

    def __init__(self) -> None:
        self.device = FakeDevice()
        self.engine = Engine(self.device.open, EngineConfig(idle_close_s=0.05))
        self.noise = Noise()
        self.loudspeaker = Loudspeaker(self.engine, lambda: self.noise)

    def play(self, class_: SourceClass = SourceClass.MUSIC) -> str:
        """Play a level of one half without end."""
        spec = PlaybackSpec("level", class_)
        return self.engine.play(MemorySource(np.full(480, 0.25, np.float32), -1), spec)

    async def until(self, condition: object) -> None:
        """Wait for something to be so."""
        assert callable(condition)
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    def told(self, *path: str) -> object:
        """Return one thing that the output tells."""
        found: object = self.loudspeaker.describe()
        for key in path:
            assert isinstance(found, dict)
            found = found[key]
        return found


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have things happen sooner than on a unit."""
    monkeypatch.setattr(module, "_STUCK_S", 0.1)
    monkeypatch.setattr(module, "_STEP_S", 0.05)
    monkeypatch.setattr(automatic_volume, "RISE_DB_PER_S", 40.0)
    monkeypatch.setattr(automatic_volume, "FALL_DB_PER_S", 40.0)


@asynccontextmanager
async def running() -> AsyncIterator[Bench]:
    """Run one until the block ends."""
    bench = Bench()
    bench.engine.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(bench.loudspeaker.run(), name="loudspeaker")
            yield bench
            task.cancel()
    finally:
        bench.device.let_go()
        bench.engine.close()


async def test_a_device_that_takes_nothing_is_noticed_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The engine's thread waits and cannot say so; when the device takes samples again that is told too."""
    async with running() as bench:
        caplog.set_level(logging.WARNING)
        assert not bench.loudspeaker.stuck
        bench.play()
        await bench.until(lambda: bench.loudspeaker.stuck)
        assert bench.told("device_stuck") is True
        await asyncio.sleep(0.3)
        said = [record.levelname for record in caplog.records]
        assert said == ["ERROR"]
        bench.device.let_go()
        await bench.until(lambda: not bench.loudspeaker.stuck)
        assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_a_device_at_rest_is_not_stuck() -> None:
    """While nothing plays nothing moves, and that is right so."""
    async with running() as bench:
        await asyncio.sleep(0.3)
        assert not bench.loudspeaker.stuck


async def test_the_level_under_the_mute_is_told() -> None:
    """A muted output still has a level: the one to which it comes back."""
    async with running() as bench:
        bench.loudspeaker.take({GAIN: "mute", "Audio.Output.Level": "-12"})
        assert (bench.told("gain_db"), bench.told("mute")) == (-12.0, True)
        bench.loudspeaker.take({GAIN: "-6", "Audio.Output.Level": "-12"})
        assert (bench.told("gain_db"), bench.told("mute")) == (-6.0, False)


async def test_the_protection_of_the_amplifier_is_told_with_its_time() -> None:
    """Unknown where nobody can tell; the time is that of the last change."""
    async with running() as bench:
        assert bench.told("amplifier") == {"state": "unknown", "since": None}
        bench.loudspeaker.protection_changed(Protection.OVERCURRENT)
        assert bench.told("amplifier", "state") == "overcurrent"
        since = bench.told("amplifier", "since")
        bench.loudspeaker.protection_changed(Protection.OVERCURRENT)
        assert bench.told("amplifier", "since") == since


async def test_automatic_volume_is_heard_and_says_why_when_it_cannot_work() -> None:
    """The sum gets louder by what the noise is above the reference; where it cannot, why is told."""
    async with running() as bench:
        bench.device.let_go()
        bench.loudspeaker.take({GAIN: "0", AVC: "yes"})
        assert "input is off" in str(bench.told("automatic_volume", "why"))
        bench.noise = Noise(listening=True)
        assert "not known yet" in str(bench.told("automatic_volume", "why"))
        bench.noise = Noise(listening=True, ambient_dbfs=-54.0)
        assert bench.told("automatic_volume", "why") is None
        await bench.until(lambda: bench.told("automatic_volume", "gain_db") == 6.0)
        bench.play()
        await bench.until(
            lambda: bool(bench.device.blocks) and abs(bench.device.blocks[-1][-1] - 0.4988) < 1e-3
        )
        assert bench.loudspeaker.levels()["avc_db"] == 6.0
        assert bench.loudspeaker.levels()["ambient_dbfs"] == -54.0


async def test_an_emergency_keeps_its_loudness() -> None:
    """When the noise goes while an emergency plays, the gain stays until it is over."""
    async with running() as bench:
        bench.device.let_go()
        bench.noise = Noise(listening=True, ambient_dbfs=-52.0)
        bench.loudspeaker.take({GAIN: "0", AVC: "yes"})
        await bench.until(lambda: bench.told("automatic_volume", "gain_db") == 8.0)
        alarm = bench.play(SourceClass.EMERGENCY)
        await bench.until(lambda: bool(bench.engine.now_playing()))
        bench.noise = Noise(listening=True, ambient_dbfs=-90.0)
        await asyncio.sleep(0.4)
        assert bench.told("automatic_volume", "gain_db") == 8.0
        bench.engine.stop(alarm)
        await bench.until(lambda: bench.told("automatic_volume", "gain_db") == 0.0)
