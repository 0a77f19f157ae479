"""Ten minutes at eight sources with both cores kept busy by others: no period may be missed.

Missed is what came later than the end of the card's buffer, by the simulated card's own clock.
"""

import json
import time
from typing import Any

from bench.client import Client
from bench.clips import upload
from bench.figures import CannotMeasure, Figure, Table, Verdict, at_most
from bench.load import WORKERS, busy_cores
from bench.machine import realtime_granted
from bench.sounds import chord, wav
from bench.unit import running_unit

SOURCES = 8
CLIP_S = 12.0
EQUALISER = "small"
TEN_MINUTES_S = 600.0


def measure(seconds: float = TEN_MINUTES_S) -> Table:
    """Play for so long and count."""
    with running_unit() as unit:
        client = unit.client()
        _ask(client, f"/axis-cgi/param.cgi?action=update&Audio.Output.Equaliser={EQUALISER}")
        for number in range(SOURCES):
            clip = upload(client, f"{number}.wav", wav(5.0 * chord(CLIP_S, 110.0 + 10 * number)))
            # Of one class and different priorities: all play, and the highest ducks the others.
            query = f"clip={clip}&repeat=-1&class=music&priority={number}"
            _ask(client, f"/axis-cgi/playclip.cgi?{query}")
        _wait_for_all(client)
        before = _card(client)
        client.close()
        with busy_cores():
            time.sleep(seconds)
            after = _card(client)
            playing = len(json.loads(client.get("/api/playing").body))
    if playing != SOURCES:
        raise CannotMeasure(f"{playing} of {SOURCES} sources play at the end")
    taken, missed, late, underruns = (
        after[name] - before[name] for name in ("taken", "missed", "late", "underruns")
    )
    right = realtime_granted()
    return Table(
        f"Endurance: {seconds:g} s",
        (
            Figure(
                f"{SOURCES} sources, equaliser and duck, beside stress-ng --cpu {WORKERS}",
                f"{missed} missed, {underruns} underruns, {late} late but in time, {taken} taken",
                "",
                "0 missed" if right else "0 missed where real time is granted: skipped",
                at_most(missed + underruns, 0) if right else Verdict.SKIPPED,
            ),
        ),
    )


def _wait_for_all(client: Client) -> None:
    end = time.monotonic() + 10
    while len(json.loads(client.get("/api/playing").body)) < SOURCES:
        if time.monotonic() > end:
            raise CannotMeasure("the sources do not play")
        time.sleep(0.1)


def _card(client: Client) -> dict[str, Any]:
    speaker: dict[str, Any] = json.loads(client.get("/sim/state").body)["speaker"]
    return speaker


def _ask(client: Client, path: str) -> None:
    reply = client.get(path)
    if reply.status != 200:
        raise CannotMeasure(
            f"{path.partition('?')[0]} answers {reply.status}: {reply.body[:200]!r}"
        )
