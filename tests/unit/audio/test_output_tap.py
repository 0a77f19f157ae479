"""The output tap and the meter: what is played, for others to have and to see."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from common import pcm
from common.errors import Conflict
from daemons.audio.engine import Engine
from daemons.audio.engine_config import EngineConfig
from daemons.audio.meter import SILENT_DBFS, Meter
from daemons.audio.output_tap import OutputTaps
from daemons.audio.playback import PlaybackSpec, SourceClass
from daemons.audio.sources import MemorySource
from tests.unit.audio.fake_device import FakeDevice

PERIOD = 480
MUSIC = PlaybackSpec("music", SourceClass.MUSIC)


class Bench:
    """An engine on a fake device."""

    def __init__(self) -> None:
        self.device = FakeDevice()
        config = EngineConfig(idle_close_s=0.02, max_taps=2)
        self.engine = Engine(self.device.open, config)
        self.engine.start()

    def play(self, periods: int, repeat: int = 0) -> np.ndarray:
        """Start a sound of so many periods, and let as many through."""
        rng = np.random.default_rng(1)
        sound = rng.uniform(-0.5, 0.5, periods * PERIOD).astype(np.float32)
        self.engine.play(MemorySource(sound, repeat), MUSIC)
        return self.device.play(periods)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Run an engine for one test."""
    made = Bench()
    yield made
    made.device.let_go()
    made.engine.close()


def take(end: socket.socket) -> tuple[int, pcm.Flag, np.ndarray]:
    """Receive one packet, waiting for it."""
    end.settimeout(10)
    packet = end.recv(pcm.PACKET_BYTES)
    position, flags, frames = pcm.HEADER.unpack_from(packet)
    samples = np.frombuffer(packet, np.float32, offset=pcm.HEADER.size)
    assert len(samples) == frames
    return position, pcm.Flag(flags), samples


def test_a_reader_gets_what_the_device_gets(bench: Bench) -> None:
    """Bit for bit, with positions that count on, from the first on."""
    end = bench.engine.open_tap()
    heard = [bench.play(1, repeat=20)]
    first, _flags, samples = take(end)
    read = [samples]
    for number in range(1, 8):
        heard.append(bench.device.play(1))
        position, flags, samples = take(end)
        assert (position, flags) == (first + number * PERIOD, pcm.Flag.NONE)
        read.append(samples)
    assert np.array_equal(np.concatenate(read), np.concatenate(heard))
    end.close()


def test_time_passes_for_a_reader_while_the_device_is_closed(bench: Bench) -> None:
    """The first packet afterwards says that there was a gap, and stands later than the next would have."""
    end = bench.engine.open_tap()
    bench.play(1)
    before = take(end)[0]
    bench.device.let_through(3)
    bench.device.wait_until(lambda: bench.device.closed == 1)
    silences = [take(end) for _ in range(2)]
    bench.play(1)
    position, flags, _samples = take(end)
    assert [flag for _position, flag, _samples in silences] == [pcm.Flag.NONE] * 2
    assert flags is pcm.Flag.GAP
    assert position > before + 3 * PERIOD
    end.close()


def test_a_gap_is_as_long_as_it_lasted() -> None:
    """Half a second of rest is 24000 samples on the reader's count."""
    now_ns = 7_000_000_000
    taps = OutputTaps(lambda: now_ns)
    theirs, ours = pcm.pair()
    taps.add(pcm.CaptureSender(ours))
    block = np.ones(PERIOD, np.float32)
    taps.push(block)
    taps.rest()
    now_ns += 500_000_000
    taps.resume()
    taps.push(block)
    assert take(theirs)[:2] == (0, pcm.Flag.NONE)
    assert take(theirs)[:2] == (PERIOD + 24_000, pcm.Flag.GAP)
    theirs.close()
    assert len(taps.push(block)) == 1
    ours.close()


def test_readers_that_have_gone_leave_room_for_others(bench: Bench) -> None:
    """There are as many readers as allowed and no more; also while nothing plays, those that left do not count."""
    ends = [bench.engine.open_tap() for _ in range(2)]
    with pytest.raises(Conflict):
        bench.engine.open_tap()
    ends[0].close()
    bench.play(1)
    bench.engine.deliver_events()
    ends.append(bench.engine.open_tap())
    for end in ends:
        end.close()


def test_a_reader_that_does_not_read_keeps_nobody_waiting(bench: Bench) -> None:
    """The device gets its periods; the reader finds the latest ones and the mark of a gap."""
    bench.play(1, repeat=30)
    end = bench.engine.open_tap()
    bench.device.play(12)
    packets = [take(end) for _ in range(2)]
    bench.device.play(3)
    packets += [take(end) for _ in range(2)]
    flags = [flag for _position, flag, _samples in packets]
    assert flags == [pcm.Flag.NONE, pcm.Flag.NONE, pcm.Flag.GAP, pcm.Flag.NONE]
    assert packets[2][0] - packets[1][0] > 5 * PERIOD
    end.close()


def test_the_meter_tells_peak_rms_and_limiting() -> None:
    """A full-scale square reads 0 dBFS both ways; the least gain of the limiter is told in dB."""
    meter = Meter()
    with meter.watching():
        meter.measure(np.full(PERIOD, -1.0, np.float32), 0.5)
        meter.measure(np.full(PERIOD, 0.5, np.float32), 1.0)
        levels = meter.read()
        assert levels.peak_dbfs == 0.0
        assert levels.rms_dbfs == pytest.approx(10 * np.log10(0.625), abs=0.05)
        assert levels.limiter_db == pytest.approx(-6.0, abs=0.05)
        assert meter.read().peak_dbfs == SILENT_DBFS


def test_nothing_is_measured_for_nobody(bench: Bench) -> None:
    """The engine measures only while somebody watches, and what was left over is forgotten."""
    bench.play(2)
    assert bench.engine.meter.read().peak_dbfs == SILENT_DBFS
    with bench.engine.meter.watching():
        bench.play(3)
        assert bench.engine.meter.read().peak_dbfs == pytest.approx(-6.0, abs=0.2)
        bench.device.play(1)
    assert bench.engine.meter.read().peak_dbfs == SILENT_DBFS
