"""A port's edge to the first sample of a clip through a rule, beside the same clip by HTTP.

Both begin at a time that the outside world tells: the edge at its own time stamp, the request when its client sends it.
"""

import json
import random
import time
from collections.abc import Callable
from functools import partial

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
from bench.sounds import burst
from bench.speaker import Speaker
from bench.unit import Unit, running_unit
from common.content_filters import equality_text

ROUNDS = 5
TRIGGERS = 12
PERIOD_S = 0.010
AIM_S = 0.003
PATIENCE_S = 5.0
TOPIC = "tns1:Device/tnsaxis:IO/Port"


def measure() -> Table:
    """Measure both ways in turns."""
    by_http: list[float] = []
    by_rule: list[float] = []
    with running_unit() as unit:
        client = unit.client()
        clip = upload(client, "burst.wav", burst())
        _post(client, "/api/rules", _rule(clip))
        _get(client, "/axis-cgi/param.cgi?action=update&IOPort.I0.Input.Debounce=0")
        time.sleep(1.0)
        for _ in range(ROUNDS):
            by_http += _triggers(unit, partial(_asked, clip))
            by_rule += _triggers(unit, _edged)
    more_s = median(by_rule) - median(by_http)
    return Table(
        "Edge to sound through a rule",
        (
            Figure("playclip.cgi to sound, keep-alive", spread(by_http)),
            Figure(
                "a port's edge to sound through a rule",
                spread(by_rule),
                f"{milliseconds(more_s)} more than by HTTP",
                f"at most {milliseconds(AIM_S)} more",
                at_most(more_s, AIM_S),
            ),
            Figure(
                "its p99",
                milliseconds(percentile(by_rule, 99)),
                f"by HTTP {milliseconds(percentile(by_http, 99))}",
            ),
        ),
    )


Trigger = Callable[[Client], int]
"""Makes it happen; returns when, on CLOCK_MONOTONIC in ns."""


def _triggers(unit: Unit, trigger: Trigger) -> list[float]:
    client = unit.client()
    client.log_in()
    speaker = Speaker(unit.client())
    times: list[float] = []
    for _ in range(TRIGGERS):
        speaker.wait_for_silence(0.25)
        time.sleep(random.uniform(0.0, 5 * PERIOD_S))
        times.append(speaker.wait_for_onset(trigger(client)))
    return times


def _asked(clip: int, client: Client) -> int:
    started_ns = time.monotonic_ns()
    _get(client, f"/axis-cgi/playclip.cgi?clip={clip}")
    return started_ns


def _edged(client: Client) -> int:
    """Close the circuit of port 1 for a moment, by the world's own clock."""
    before = time.time()
    _post(client, "/sim/ports/1/sequence", {"edges": [20.0, 120.0]}, 204)
    while time.time() < before + PATIENCE_S:
        time.sleep(0.3)
        found = json.loads(
            _get(client, f"/api/events/record?after={before}&text={TOPIC}&kinds=event")
        )
        at = [one["time"] for one in found if _is_edge(one["event"])]
        if at:
            elapsed_ns: int = round((time.time() - min(at)) * 1e9)
            return time.monotonic_ns() - elapsed_ns
    raise CannotMeasure("the edge is not on record")


def _is_edge(event: dict[str, dict[str, str]]) -> bool:
    return event["source"] == {"port": "0"} and event["data"] == {"state": "1"}


def _rule(clip: int) -> dict[str, object]:
    location = f"%2Fetc%2Faudioclips%2FMediaClip.M{clip}.wav"
    content = equality_text({"port": "0", "state": "1"})
    return {
        "rule": {"name": "Bell", "action": 0, "trigger": {"topic": TOPIC, "content": content}},
        "action": {
            "template": "com.axis.action.fixed.play.audioclip",
            "parameters": {"location": location},
        },
    }


def _get(client: Client, path: str) -> bytes:
    reply = client.get(path)
    if reply.status != 200:
        raise CannotMeasure(f"{path} answers {reply.status}")
    return reply.body


def _post(client: Client, path: str, content: object, status: int = 201) -> None:
    client.log_in()
    reply = client.request("POST", path, json.dumps(content).encode(), "application/json")
    if reply.status != status:
        raise CannotMeasure(f"{path} answers {reply.status}: {reply.body[:200]!r}")
