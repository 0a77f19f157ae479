"""What sound costs: each source, each stage on its way, and all of it together beside PipeWire's plain mix."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from bench.card import folder_for_cards, play
from bench.dsp_stages import Cost
from bench.engine_order import Order
from bench.figures import CannotMeasure, Figure, Table, Verdict, at_most, median
from bench.peers.pipewire import running_pipewire
from bench.sounds import chords
from common.paths import LIBRARY

ROUNDS = 5
SECONDS = 6.0
CLIP_S = 30.0
SOURCES = 8
MANY = 16
PERIOD_FRAMES = 480
PERIODS_PER_S = 100
EQUALISER = "small"
LOUD = 80.0
"""The chords leave room for many; so much louder the limiter has work even where one is softest."""
PEER_SHARE = 0.7


def measure() -> Table:
    """Measure the stages by themselves, then engine and peer in turns."""
    with folder_for_cards() as folder:
        clips, files = chords(folder, MANY, CLIP_S)
        figures = [*_together(folder, clips, files), *_stages()]
    return Table(
        "Processor time of sound",
        figures,
        (
            "CPU is the share of one core, at 48 kHz and 10 ms. Everything: an announcement over seven pieces of music "
            f"that it ducks, the equaliser preset with the most filters ({EQUALISER}), the limiter at work all the "
            "time, and the feeder. PipeWire: its server, its session manager and one `pw-cat` for each source, "
            "without equaliser, limiter or ducking.",
            "Stages are timed by themselves in one thread (processor time, median of 2000 periods).",
        ),
    )


def _together(folder: Path, clips: list[str], files: list[Path]) -> list[Figure]:
    everything = Order(clips[:SOURCES], SECONDS, equaliser=EQUALISER, volume=LOUD, ducked=True)
    orders = {
        "one": Order(clips[:1], SECONDS),
        "plain": Order(clips[:SOURCES], SECONDS),
        "many": Order(clips, SECONDS),
        "everything": everything,
    }
    ours: dict[str, list[float]] = {name: [] for name in orders}
    theirs: list[float] = []
    with running_pipewire() as peer:
        peer.set_quantum(PERIOD_FRAMES)
        for _ in range(ROUNDS):
            theirs.append(peer.mixing_cpu(files[:SOURCES], SECONDS))
            for name, order in orders.items():
                report = play(folder, order).report
                if name == "everything" and not report.limiting:
                    raise CannotMeasure("the limiter has nothing to do")
                ours[name].append(report.cpu_share)
    each = (median(ours["many"]) - median(ours["one"])) / (MANY - 1)
    beside = f"PipeWire's plain mix: {median(theirs):.1%}"
    limit = PEER_SHARE * median(theirs)
    return [
        Figure(
            f"{SOURCES} sources with equaliser, limiter and duck",
            _share(ours["everything"]),
            beside,
            f"<= {PEER_SHARE:g} x PipeWire: {limit:.1%}",
            at_most(median(ours["everything"]), limit),
        ),
        Figure(f"{SOURCES} sources, plain", _share(ours["plain"]), beside),
        Figure("each further source", f"{each:.2%}", f"1 source: {_share(ours['one'])}"),
    ]


def _stages() -> list[Figure]:
    result = subprocess.run(
        [sys.executable, "-P", "-m", "bench.dsp_stages"],
        cwd=LIBRARY,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )
    if result.returncode:
        raise CannotMeasure(f"the stages failed: {result.stderr.decode()[-300:]}")
    costs = msgspec.json.decode(result.stdout, type=list[Cost])
    return [
        Figure(
            cost.stage,
            f"{cost.median_us:.0f} us a period, {cost.median_us * PERIODS_PER_S / 1e6:.2%}",
            f"p99 {cost.p99_us:.0f} us",
            "",
            Verdict.NONE,
        )
        for cost in costs
    ]


def _share(values: list[float]) -> str:
    return f"{median(values):.1%} ({min(values):.1%} to {max(values):.1%})"
