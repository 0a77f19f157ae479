"""Trigger to sound: from the client's request to the first sample that the simulated card takes.

Beside it stand the card's own floor, and what PipeWire's `pw-cat` takes to the monitor of a null sink through which
as many frames pass at a time as the card's buffer holds.
"""

import random
import tempfile
import time
from pathlib import Path

from bench.client import Client
from bench.clips import upload
from bench.figures import (
    CannotMeasure,
    Figure,
    Table,
    at_most,
    median,
    milliseconds,
    percentile,
    spread,
)
from bench.peers.pipewire import running_pipewire
from bench.sounds import burst
from bench.speaker import Speaker
from bench.unit import Unit, running_unit

ROUNDS = 5
TRIGGERS = 12
ASLEEP_TRIGGERS = 2
DEVICE_CLOSES_S = 2.6
"""A unit without sound closes its device after 2 s."""

PERIOD_S = 0.010
PERIODS = 3
CARD_S = (PERIODS + 2) * PERIOD_S
"""The simulated card takes a sample that much later than it is written."""
FLOOR_S = CARD_S + PERIOD_S / 2
AIM_S = FLOOR_S + PERIOD_S + 0.003
PEER_SHARE = 0.75
BUFFER_FRAMES = 480 * PERIODS


def measure() -> Table:
    """Measure unit and peer in turns."""
    kept: list[float] = []
    fresh: list[float] = []
    asleep: list[float] = []
    peers: dict[int, list[float]] = {480: [], BUFFER_FRAMES: []}
    with (
        running_unit() as unit,
        running_pipewire() as peer,
        tempfile.TemporaryDirectory() as folder,
    ):
        file = Path(folder, "burst.wav")
        file.write_bytes(burst())
        clip = upload(unit.client(), "burst.wav", burst())
        for _ in range(ROUNDS):
            for frames, times in peers.items():
                peer.set_quantum(frames)
                times += peer.trigger_to_sound(file, TRIGGERS)
            kept += _triggers(unit, clip, TRIGGERS, keep=True)
            fresh += _triggers(unit, clip, TRIGGERS, keep=False)
            asleep += _triggers(unit, clip, ASLEEP_TRIGGERS, keep=True, rest_s=DEVICE_CLOSES_S)
    same = peers[BUFFER_FRAMES]
    return Table(
        "Trigger to sound",
        (
            _beside_floor("keep-alive", kept),
            _beside_floor("fresh connection, with its own challenge", fresh),
            Figure(
                "playclip.cgi, keep-alive, device closed before",
                spread(asleep),
                "the card starts with an empty buffer",
                f"median <= {milliseconds(AIM_S)}",
                at_most(median(asleep), AIM_S),
            ),
            Figure(
                "keep-alive, median beside PipeWire",
                milliseconds(median(kept)),
                f"pw-cat at the same buffer ({BUFFER_FRAMES} frames): {spread(same)}",
                f"{PEER_SHARE} of it: {milliseconds(PEER_SHARE * median(same))}",
                at_most(median(kept), PEER_SHARE * median(same)),
            ),
            Figure(
                "keep-alive, p99 beside PipeWire",
                milliseconds(percentile(kept, 99)),
                f"p99 {milliseconds(percentile(same, 99))}",
            ),
            Figure("for orientation", "", f"pw-cat at 480 frames: {spread(peers[480])}"),
        ),
    )


def _beside_floor(how: str, times: list[float]) -> Figure:
    return Figure(
        f"playclip.cgi, {how}",
        spread(times),
        f"floor {milliseconds(FLOOR_S)}: the card's buffer and half a period",
        f"median <= {milliseconds(AIM_S)}",
        at_most(median(times), AIM_S),
    )


def _triggers(unit: Unit, clip: int, count: int, *, keep: bool, rest_s: float = 0.0) -> list[float]:
    speaker = Speaker(unit.client())
    client = unit.client()
    if keep:
        client.log_in()
    times: list[float] = []
    for _ in range(count):
        if not keep:
            client.close()
        speaker.wait_for_silence(0.25)
        time.sleep(rest_s + random.uniform(0.0, 5 * PERIOD_S))
        times.append(_trigger(client, speaker, clip))
    return times


def _trigger(client: Client, speaker: Speaker, clip: int) -> float:
    started = time.monotonic_ns()
    reply = client.get(f"/axis-cgi/playclip.cgi?clip={clip}")
    if reply.status != 200:
        raise CannotMeasure(f"playclip.cgi answers {reply.status}")
    return speaker.wait_for_onset(started)
