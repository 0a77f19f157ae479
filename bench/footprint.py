"""Memory and start of the whole suite, idle with factory settings, beside Node-RED."""

import time
from collections.abc import Iterable

from bench.figures import Figure, Table, at_most, median
from bench.peers.node_red import running_node_red
from bench.processes import maps_library, pss_bytes
from bench.unit import Unit, running_unit

ROUNDS = 3
SETTLE_S = 4.0
"""Until the first login's work is over and the sound device is closed again."""
BUDGET_BYTES = (190 + 35) * 10**6
"""Idle with factory settings, nginx and bus included; 35 MB are for sip, which needs them while it has calls."""
START_SHARE = 2.0
NOT_ON_A_DEVICE = "sim"
MAY_HOLD = {"numpy": ("audio", "sim"), "cryptography": ("params",)}
"""Libraries of which each costs 6 MB or more -> the daemons that may hold them while nobody asks for anything.

What they load at their start is held by tests/unit/test_lean.py; this sees what comes while they run.
"""


def measure() -> Table:
    """Measure unit and peer in turns."""
    starts: list[float] = []
    peer_starts: list[float] = []
    totals: list[int] = []
    peer_totals: list[int] = []
    by_name: dict[str, int] = {}
    holders: dict[str, set[str]] = {library: set() for library in MAY_HOLD}
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
            for process in unit.processes():
                for library, names in holders.items():
                    if maps_library(process.pid, library):
                        names.add(process.name)
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
            *(
                Figure(
                    f"daemons that hold {library}",
                    _listed(holders[library]),
                    "",
                    f"at most {_listed(allowed)}",
                    at_most(len(holders[library] - set(allowed)), 0),
                )
                for library, allowed in MAY_HOLD.items()
            ),
        ),
        (f"By process: {', '.join(_shares(by_name))}.",),
    )


def _memory(unit: Unit) -> dict[str, int]:
    found: dict[str, int] = {}
    for process in unit.processes():
        found[process.name] = found.get(process.name, 0) + pss_bytes(process.pid)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _shares(by_name: dict[str, int]) -> list[str]:
    largest_first = sorted(by_name.items(), key=lambda item: -item[1])
    return [f"{name} {_megabytes(size)}" for name, size in largest_first]


def _megabytes(size: float) -> str:
    return f"{size / 10**6:.1f} MB"
