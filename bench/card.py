"""A simulated sound card with an engine on it, without the rest of the suite."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.engine_order import Order, Report
from bench.figures import CannotMeasure
from common.paths import LIBRARY
from hw.sim.sound_card import SoundCard


@dataclass(frozen=True)
class Outcome:
    """What engine and card noticed."""

    report: Report
    missed: int
    late: int


@contextmanager
def folder_for_cards() -> Iterator[Path]:
    """Give a folder with a short name, in which cards can stand."""
    with tempfile.TemporaryDirectory(prefix="c8210-card-", dir="/tmp") as folder:
        yield Path(folder)


def play(folder: Path, order: Order) -> Outcome:
    """Let an engine play on a new card; the card keeps its time in this process."""
    runtime = folder / "sim"
    runtime.mkdir(exist_ok=True)
    card = SoundCard(
        runtime,
        period_frames=order.period_frames,
        buffer_periods=order.periods,
        ring_seconds=10.0,
    )
    card.start()
    try:
        result = subprocess.run(
            [sys.executable, "-P", "-m", "bench.engine_process"],
            input=msgspec.json.encode(order),
            cwd=LIBRARY,
            env=os.environ
            | {
                "C8210_RUNTIME": str(folder),
                "ALSA_CONFIG_PATH": str(card.configuration),
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            },
            capture_output=True,
            check=False,
            timeout=order.seconds + 30,
        )
        noticed = card.describe()
    finally:
        card.close()
    if result.returncode:
        raise CannotMeasure(f"the engine failed: {result.stderr.decode()[-300:]}")
    report = msgspec.json.decode(result.stdout, type=Report)
    if report.playing != len(order.clips):
        raise CannotMeasure(f"{report.playing} of {len(order.clips)} sources were heard")
    return Outcome(report, noticed["missed"], noticed["late"])
