"""What running processes cost: processor time, memory, children."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Running:
    """A process, by what it was started as."""

    pid: int
    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """The daemon's name where it is one, else the program's."""
        if "-m" in self.command:
            return self.command[self.command.index("-m") + 1].rpartition(".")[2]
        return Path(self.command[0].split(":")[0]).name


def descendants(pid: int) -> list[Running]:
    """Return every process that was started by `pid` or by one of those, and runs."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[Running] = []
    waiting = list(children.get(pid, []))
    while waiting:
        child = waiting.pop()
        waiting += children.get(child, [])
        if command := _command(child):
            found.append(Running(child, command))
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used, its threads' included; 0 once it is gone."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S if fields else 0.0


def pss_bytes(pid: int) -> int:
    """Return the process' share of memory: its own, and its part of what is shared."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel does not tell the Pss of process {pid}")


def maps_library(pid: int, name: str) -> bool:
    """Say whether a process has a library of that name in memory."""
    return f"/{name}/" in Path(f"/proc/{pid}/maps").read_text()


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _command(pid: int) -> tuple[str, ...]:
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return tuple(part for part in text.split("\0") if part)
