"""The audio engine as a process of its own, playing clips on a simulated card; started by `bench.engine`.

Reads `Order` as JSON from standard input and prints `Report` as JSON.
"""

import json
import resource
import sys
import threading
import time
from pathlib import Path

import msgspec

from bench.engine_order import Order, Report
from daemons.audio.clip_source import Feeder, read_head
from daemons.audio.engine import Engine
from daemons.audio.engine_config import EngineConfig
from daemons.audio.equaliser import build
from daemons.audio.playback import PlaybackSpec, SourceClass
from daemons.audio.realtime import prepare_process
from hw.drivers.alsa import AlsaOutput
from hw.drivers.simulated_attachment import attached

CARD = "c8210_speaker"


def run(order: Order) -> Report:
    """Play for as long as ordered; what is measured begins when every clip has begun."""
    engine = Engine(
        lambda: AlsaOutput(CARD, order.period_frames, order.periods, attached(CARD)),
        EngineConfig(period_frames=order.period_frames),
    )
    feeder = Feeder()
    clips = [Path(clip) for clip in order.clips]
    heads = [read_head(clip) for clip in clips]
    prepare_process()
    feeder.start()
    engine.start()
    engine.set_equaliser(build(order.equaliser, order.period_frames))
    for number, (clip, head) in enumerate(zip(clips, heads, strict=True)):
        music = order.ducked and number < len(clips) - 1
        kind = SourceClass.MUSIC if music else SourceClass.ANNOUNCEMENT
        spec = PlaybackSpec(clip.name, kind, volume=order.volume)
        engine.play(feeder.open(clip, head, -1), spec)
    if order.chatty:
        threading.Thread(target=_chatter, daemon=True).start()
    _wait_for_periods(engine, 100)
    before, used_before, started = engine.status(), _cpu_s(), time.monotonic()
    time.sleep(order.seconds)
    status, used, lasted = engine.status(), _cpu_s() - used_before, time.monotonic() - started
    report = Report(
        cpu_share=used / lasted,
        periods=status.periods - before.periods,
        xruns=status.xruns - before.xruns,
        longest_render_ms=status.longest_render_ms,
        realtime=status.realtime,
        playing=len(engine.now_playing()),
        limiting=status.limiting,
    )
    for state in engine.now_playing():
        engine.stop(state.id)
    engine.close()
    feeder.close()
    return report


def _chatter() -> None:
    content = {str(number): [number] * 20 for number in range(50)}
    while True:
        json.loads(json.dumps(content))


def _wait_for_periods(engine: Engine, count: int) -> None:
    while engine.status().periods < count:
        time.sleep(0.01)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.encode(run(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
    )
