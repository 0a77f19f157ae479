"""An edge at a terminal to its event on the bus, beside a signal that makes one hop on the same bus.

The world tells an edge by a signal with its time; a listener hears that signal itself (one hop), then the event of the
ioports daemon (two hops and the daemon's work between them), then what the events daemon makes of it (three hops).
"""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx

from bench.figures import (
    CannotMeasure,
    Figure,
    Table,
    Verdict,
    at_most,
    median,
    milliseconds,
    percentile,
    spread,
)
from common.bus.connection import Connection
from common.bus.daemon import DaemonInterface
from common.bus.events import EventsInterface
from common.bus.sim import SimInterface
from common.bus.suite import EVENTS, HTTP, IOPORTS, PARAMS, SIM
from common.params.client import ParamsClient
from common.params.kinds import Access
from tests.contract.private_bus import PrivateBus, private_bus

ROUNDS = 5
CALM_EDGES = 120
CALM_INTERVAL_MS = (10.0, 50.0)
FAST_EDGES = 1_000
FAST_HZ = 500
MEDIAN_LIMIT_S = 0.002
P99_LIMIT_S = 0.010
PATIENCE_S = 30.0
TOPIC = "tns1:Device/tnsaxis:IO/Port"
SOURCE = {"port": "0"}


@dataclass
class Times:
    """How long after its edge each message came, in seconds."""

    signal: list[float] = field(default_factory=list)
    event: list[float] = field(default_factory=list)
    checked: list[float] = field(default_factory=list)


def measure() -> Table:
    """Measure daemons and a world on a bus of their own."""
    with private_bus() as bus:
        return asyncio.run(_measure(bus))


async def _measure(bus: PrivateBus) -> Table:
    for member in (PARAMS, EVENTS, IOPORTS):
        await bus.start(member)
    await bus.start(SIM, module="hw.sim")
    async with bus.joined(HTTP) as connection:
        changes = {"IOPort.I0.Input.Debounce": "0"}
        params = ParamsClient(connection)
        await params.wait()
        await params.bus.update(changes, int(Access.ADMIN), "bench", True)
        await asyncio.sleep(1.0)  # the start-up is over
        listener = await _listener(connection)
        calm, fast = [], []
        for _ in range(ROUNDS):
            calm.append(await _run(bus, listener, _calm_edges_ms()))
            edges_ms = [edge * 1000 / FAST_HZ for edge in range(FAST_EDGES)]
            fast.append(await _run(bus, listener, edges_ms))
    events = sum(len(each.event) for each in fast)
    return Table(
        "Edge to event",
        (
            *_figures("edges every 10 to 50 ms", calm),
            *_figures(f"{FAST_HZ} edges/s", fast),
            Figure(
                f"events of {ROUNDS * FAST_EDGES} edges at {FAST_HZ}/s",
                str(events),
                "in order: each is the opposite of the one before",
                "none lost",
                Verdict.PASS if events == ROUNDS * FAST_EDGES else Verdict.FAIL,
            ),
        ),
        ("The one hop is sd-bus, broker, sd-bus, with the simulated world at one end.",),
    )


def _figures(pace: str, rounds: list[Times]) -> tuple[Figure, ...]:
    events = [each.event for each in rounds]
    hops = [each.signal for each in rounds]
    p99_s = _usual_p99(events)
    return (
        Figure(
            f"edge to event on the bus, {pace}",
            spread(_all(events)),
            f"one hop: {spread(_all(hops))}",
            f"median <= {milliseconds(MEDIAN_LIMIT_S)}",
            at_most(median(_all(events)), MEDIAN_LIMIT_S),
        ),
        Figure(
            f"its p99, the median of {ROUNDS} rounds",
            milliseconds(p99_s),
            f"one hop: {milliseconds(_usual_p99(hops))}",
            f"p99 <= {milliseconds(P99_LIMIT_S)}",
            at_most(p99_s, P99_LIMIT_S),
        ),
        Figure(
            f"edge to what the events daemon tells, {pace}",
            spread(_all(each.checked for each in rounds)),
        ),
    )


def _all(rounds: Iterable[list[float]]) -> list[float]:
    return list(itertools.chain.from_iterable(rounds))


def _usual_p99(rounds: list[list[float]]) -> float:
    """Return the p99 of an ordinary round: one in which the machine stood still says nothing of us."""
    return median(percentile(each, 99) for each in rounds)


def _calm_edges_ms() -> list[float]:
    at_ms, edges = 0.0, []
    for _ in range(CALM_EDGES):
        at_ms += random.uniform(*CALM_INTERVAL_MS)
        edges.append(at_ms)
    return edges


async def _listener(connection: Connection) -> list[Times]:
    """Return a list whose last item takes the times of what is heard from now on."""
    taken = [Times()]

    def level(_port: int, _closed: bool, monotonic_ns: int) -> None:
        taken[-1].signal.append((time.monotonic_ns() - monotonic_ns) / 1e9)

    def heard(times: Callable[[], list[float]]) -> Callable[..., None]:
        before = [""]

        def happened(topic: str, source: dict[str, str], data: dict[str, str], at: float) -> None:
            if topic == TOPIC and source == SOURCE:
                if data["state"] == before[0]:
                    raise CannotMeasure("an edge was lost")
                before[0] = data["state"]
                times().append(time.time() - at)

        return happened

    await connection.subscribe(SimInterface.terminal, SIM, level)
    await connection.subscribe(DaemonInterface.event, IOPORTS, heard(lambda: taken[-1].event))
    await connection.subscribe(EventsInterface.happened, EVENTS, heard(lambda: taken[-1].checked))
    return taken


async def _run(bus: PrivateBus, taken: list[Times], edges_ms: list[float]) -> Times:
    """Drive edges and return what came of them."""
    times = Times()
    taken.append(times)
    transport = httpx.AsyncHTTPTransport(uds=str(bus.runtime / "sim" / "http.sock"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as world:
        answer = await world.post("/sim/ports/1/sequence", json={"edges": edges_ms})
        if answer.status_code != httpx.codes.NO_CONTENT:
            raise CannotMeasure(f"the world answers {answer.status_code}")
    end = time.monotonic() + edges_ms[-1] / 1000 + PATIENCE_S
    while len(times.checked) < len(edges_ms) and time.monotonic() < end:
        await asyncio.sleep(0.1)
    return times
