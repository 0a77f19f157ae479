"""The suite as an appliance: memory by unit, idle processor time and start under its own systemd, in a container."""

import json
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import CannotMeasure, Figure, Table, at_most, median
from bench.processes import cpu_seconds, descendants, pss_bytes
from common import journal
from tests.system.lab import lab
from tests.system.machine import CannotBoot, Machine, as_unit, booted, build_tree

ROUNDS = 5
SETTLE_S = 10.0
"""Until what starts late has ended, and the sound device is closed again."""
IDLE_S = 60.0
BUDGET_BYTES = 190 * 10**6
"""Idle with factory settings, nginx and bus included."""
IDLE_SHARE = 0.02
READY_S = 5.0
BUS = "dbus.service"
NOT_ON_A_DEVICE = "c8210-sim.service"


def measure() -> Table:
    """Boot it a few times, and leave it alone for a minute."""
    try:
        tree = build_tree()
        with lab() as network, tempfile.TemporaryDirectory() as folder:
            return _measured(tree, network, Path(folder))
    except (CannotBoot, OSError) as reason:
        raise CannotMeasure(str(reason)) from reason


def _measured(tree: Path, network: str, folder: Path) -> Table:
    starts: list[float] = []
    systemd: list[float] = []
    sound: list[float] = []

    def note(machine: Machine) -> None:
        starts.append(machine.ready_s)
        systemd.append(_userspace_s(machine))
        sound.append(_sound_s(machine))

    for _ in range(ROUNDS - 1):
        with booted(tree, network, folder) as machine:
            note(machine)
    with booted(tree, network, folder) as machine:
        note(machine)
        time.sleep(SETTLE_S)
        before = _processor_s(machine)
        time.sleep(IDLE_S)
        after = _processor_s(machine)
        memory = _memory(machine)
        # Somebody sets root's password: params has a secret to seal, and goes on holding what seals it.
        unit = as_unit(machine)
        with unit.client:
            unit.claim()
            time.sleep(SETTLE_S)
            claimed = sum(_ours(_memory(machine)).values())
        late = machine.run("systemd-analyze", "--no-pager", "blame").splitlines()[:5]
    ours = _ours(memory)
    others = sum(size for name, size in memory.items() if name not in {*ours, NOT_ON_A_DEVICE})
    shares = {name: (after.get(name, 0) - before.get(name, 0)) / IDLE_S for name in after}
    idle = sum(share for name, share in shares.items() if name in ours)
    return Table(
        "The appliance in a container",
        (
            Figure(
                "start of the container to everything started",
                f"{median(starts):.2f} s, slowest {max(starts):.2f} s, n {len(starts)}",
                f"systemd-analyze, userspace: {median(systemd):.2f} s",
                f"<= {READY_S:g} s",
                at_most(median(starts), READY_S),
            ),
            Figure(
                "start of its systemd to sound (MESSAGE_ID of a daemon that is ready)",
                f"{median(sound):.2f} s, slowest {max(sound):.2f} s",
                "",
                "",
            ),
            Figure(
                "memory of the suite (PSS) with factory settings, bus and web server included",
                f"{_megabytes(sum(ours.values()))}; once root has a password {_megabytes(claimed)}",
                f"the rest of the system: {_megabytes(others)}",
                f"<= {_megabytes(BUDGET_BYTES)}",
                at_most(sum(ours.values()), BUDGET_BYTES),
            ),
            Figure(
                f"processor time of the suite, idle for {IDLE_S:g} s",
                f"{idle:.1%} of one core",
                "",
                f"<= {IDLE_SHARE:.0%}",
                at_most(idle, IDLE_SHARE),
            ),
        ),
        (
            f"Memory by unit: {', '.join(_largest(ours, _megabytes))}.",
            f"Processor time by unit: {', '.join(_largest({n: shares.get(n, 0.0) for n in ours}, '{:.2%}'.format))}.",
            f"What took longest to start: {', '.join(' '.join(line.split()) for line in late)}.",
        ),
    )


def _userspace_s(machine: Machine) -> float:
    """Return what its systemd says that starting took."""
    told = machine.run("systemd-analyze", "--no-pager", "time")
    found = re.search(r"in (?:([\d.]+)min )?([\d.]+)(ms|s) \(userspace\)", told)
    if not found:
        raise CannotMeasure(f"systemd-analyze says {told!r}")
    minutes, number, scale = found.groups()
    return 60 * float(minutes or 0) + float(number) / (1000 if scale == "ms" else 1)


def _sound_s(machine: Machine) -> float:
    """Return how long after the start of its systemd the audio daemon said that it is ready."""
    match = (f"MESSAGE_ID={journal.READY['MESSAGE_ID']}", "SYSLOG_IDENTIFIER=c8210-audio")
    entry = json.loads(machine.run("journalctl", "--output=json", "--lines=1", *match))
    begun = machine.run("systemctl", "show", "--property=UserspaceTimestampMonotonic", "--value")
    return (int(entry["__MONOTONIC_TIMESTAMP"]) - int(begun)) / 1e6


def _ours(by_unit: dict[str, int]) -> dict[str, int]:
    """Return what belongs to the suite."""
    return {
        name: size
        for name, size in by_unit.items()
        if name == BUS or (name.startswith("c8210-") and name != NOT_ON_A_DEVICE)
    }


def _memory(machine: Machine) -> dict[str, int]:
    found: dict[str, int] = {}
    for unit, pid in _processes(machine):
        found[unit] = found.get(unit, 0) + pss_bytes(pid)
    return found


def _processor_s(machine: Machine) -> dict[str, float]:
    found: dict[str, float] = {}
    for unit, pid in _processes(machine):
        found[unit] = found.get(unit, 0.0) + cpu_seconds(pid)
    return found


def _processes(machine: Machine) -> list[tuple[str, int]]:
    """Return the unit of every process that runs in it, by its control group."""
    found = []
    for process in descendants(machine.leader):
        try:
            groups = Path(f"/proc/{process.pid}/cgroup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        unit = re.search(r"/([^/\n]+\.(?:service|scope))\b", groups.strip().splitlines()[-1])
        found.append((unit[1] if unit else "others", process.pid))
    return found


def _largest(values: dict[str, float] | dict[str, int], text: Callable[[float], str]) -> list[str]:
    """Return names and values, the largest first."""
    return [
        f"{name.removeprefix('c8210-').removesuffix('.service')} {text(value)}"
        for name, value in sorted(values.items(), key=lambda item: -item[1])
    ]


def _megabytes(size: float) -> str:
    return f"{size / 10**6:.1f} MB"
