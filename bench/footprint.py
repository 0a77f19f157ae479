"""Memory and start of the whole suite, idle with factory settings, beside Node-RED."""

import time

from bench.figures import Figure, Table, at_most, median
from bench.peers.node_red import running_node_red
from bench.processes import Running, maps_library, pss_bytes
from bench.unit import Unit, running_unit

ROUNDS = 3
SETTLE_S = 4.0
"""Until the first login's work is over and the sound device is closed again."""
BUDGET_BYTES = (190 + 35) * 10**6
"""Idle with factory settings, nginx and bus included; 35 MB are for sip, which needs them while it has calls."""
START_SHARE = 2.0
NOT_ON_A_DEVICE = "sim"
MAY_HOLD_NUMPY = ("audio", "sim")


def measure() -> Table:
    """Measure unit and peer in turns."""
    starts: list[float] = []
    peer_starts: list[float] = []
    totals: list[int] = []
    peer_totals: list[int] = []
    by_name: dict[str, int] = {}
    with_numpy: set[str] = set()
    for _ in range(ROUNDS):
        with running_node_red() as peer:
            time.sleep(SETTLE_S)
            peer_starts.append(peer.started_s)
            peer_totals.append(peer.pss_bytes())
        with running_unit() as unit:
            time.sleep(SETTLE_S)
            starts.append(unit.started_s)
            by_name = _memory(unit)
            totals.append(sum(by_name.values()) - by_name.get(NOT_ON_A_DEVICE, 0))
            with_numpy |= {process.name for process in unit.processes() if _holds_numpy(process)}
    return Table(
        "Memory and start",
        (
            Figure(
                "memory of the suite (PSS), without the simulated world",
                _megabytes(median(totals)),
                f"Node-RED alone: {_megabytes(median(peer_totals))}",
                f"<= {_megabytes(BUDGET_BYTES)}",
                at_most(median(totals), BUDGET_BYTES),
            ),
            Figure(
                "first process to all ready",
                f"{median(starts):.2f} s, slowest {max(starts):.2f} s",
                f"Node-RED: {median(peer_starts):.2f} s",
                f"<= {START_SHARE:g} x Node-RED",
                at_most(median(starts), START_SHARE * median(peer_starts)),
            ),
            Figure(
                "daemons that hold numpy",
                ", ".join(sorted(with_numpy)) or "none",
                "",
                f"only {' and '.join(MAY_HOLD_NUMPY)}",
                at_most(len(with_numpy - set(MAY_HOLD_NUMPY)), 0),
            ),
        ),
        (f"By process: {', '.join(_shares(by_name))}.",),
    )


def _memory(unit: Unit) -> dict[str, int]:
    found: dict[str, int] = {}
    for process in unit.processes():
        found[process.name] = found.get(process.name, 0) + pss_bytes(process.pid)
    return found


def _holds_numpy(process: Running) -> bool:
    return maps_library(process.pid, "numpy")


def _shares(by_name: dict[str, int]) -> list[str]:
    largest_first = sorted(by_name.items(), key=lambda item: -item[1])
    return [f"{name} {_megabytes(size)}" for name, size in largest_first]


def _megabytes(size: float) -> str:
    return f"{size / 10**6:.1f} MB"
