"""Missed periods of the whole suite while its API is hammered and both cores are busy.

Missed is what came later than the end of the card's buffer, by the simulated card's own clock.
"""

import json
import subprocess
import sys
import time
from typing import Any

from bench.client import Client
from bench.clips import upload
from bench.figures import CannotMeasure, Figure, Table, Verdict, at_most
from bench.load import busy_cores
from bench.machine import realtime_granted
from bench.sounds import chord, wav
from bench.speaker import Speaker
from bench.unit import Unit, running_unit
from common.paths import LIBRARY

SECONDS = 60.0
CONNECTIONS = 8
CLIP_S = 10.0


def measure() -> Table:
    """Play without an end under load and count."""
    with running_unit() as unit:
        client = unit.client()
        clip = upload(client, "chord.wav", wav(10.0 * chord(CLIP_S, 220.0)))
        started = time.monotonic_ns()
        if client.get(f"/axis-cgi/playclip.cgi?clip={clip}&repeat=-1").status != 200:
            raise CannotMeasure("playclip.cgi refuses to play")
        Speaker(unit.client()).wait_for_onset(started)
        before = _card(client)
        with busy_cores():
            answers, refused = _hammer(unit)
        after = _card(client)
    taken, missed = (after[name] - before[name] for name in ("taken", "missed"))
    late = after["late"] - before["late"]
    right = realtime_granted()
    return Table(
        f"Missed periods in {SECONDS:g} s of playing",
        (
            Figure(
                f"beside {CONNECTIONS} clients of param.cgi and stress-ng --cpu 2",
                f"{missed} missed, {late} late but in time, {taken} taken",
                f"{answers} answers, {refused} refused",
                "0 missed" if right else "0 missed where real time is granted: skipped",
                at_most(missed, 0) if right else Verdict.SKIPPED,
            ),
        ),
    )


def _card(client: Client) -> dict[str, Any]:
    speaker: dict[str, Any] = json.loads(client.get("/sim/state").body)["speaker"]
    return speaker


def _hammer(unit: Unit) -> tuple[int, int]:
    result = subprocess.run(
        [
            *(sys.executable, "-P", "-m", "bench.hammer"),
            *(str(unit.port), str(CONNECTIONS), str(SECONDS)),
        ],
        cwd=LIBRARY,
        capture_output=True,
        text=True,
        check=True,
    )
    answers, refused = result.stdout.split()
    return int(answers), int(refused)
