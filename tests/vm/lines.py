"""The HAT's lines as they are in the virtual machine: gpio-sim pulls the inputs, and shows what is driven."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hw.boards import c8210_hat as hat
from tests.vm.machine import VirtualMachine, python_line

CHIP = "/sys/devices/platform/PRP0001:00/gpiochip0"
BUTTON_N = "BUTTON_N"
RED, GREEN = "LED_STATUS_RED", "LED_STATUS_GREEN"
SPEAKER_RED, SPEAKER_GREEN = "LED_SPEAKER_RED", "LED_SPEAKER_GREEN"
OFFSETS = {
    hat.AMP_RESET_N: 4,
    hat.IO1_IN: 5,
    hat.IO2_IN: 6,
    BUTTON_N: 7,
    RED: 9,
    GREEN: 10,
    SPEAKER_RED: 11,
    hat.IO1_OUT: 12,
    hat.IO2_OUT: 13,
    SPEAKER_GREEN: 16,
    hat.AMP_FAULT_N: 17,
}
"""As in hat.asl."""

_WATCH = """
import json, sys, time
seconds, *paths = sys.argv[1:]
files = [open(path, "rb", buffering=0) for path in paths]
begin = time.monotonic()
print("watching", flush=True)
seen = []
while (now := time.monotonic() - begin) < float(seconds):
    levels = []
    for file in files:
        file.seek(0)
        levels.append(int(file.read()))
    if not seen or seen[-1][1] != levels:
        seen.append([now, levels])
    time.sleep(0.004)
print(json.dumps(seen))
"""
_SEEN = "/tmp/seen"
_MOVE = """
import json, os, signal, sys, time
path, to, pid = sys.argv[1:]
if pid != "0":
    os.kill(int(pid), signal.SIGSTOP)
before = time.time()
open(path, "w").write(to)
after = time.time()
if pid != "0":
    time.sleep(1.5)
    os.kill(int(pid), signal.SIGCONT)
print(json.dumps([before, after]))
"""


@dataclass(frozen=True)
class Change:
    """The levels of the lines that are watched, from a moment on."""

    at_s: float
    """Since the watching began, by the machine's own clock."""
    levels: tuple[int, ...]


class Lines:
    """A hand at the connectors, and eyes on them."""

    def __init__(self, machine: VirtualMachine) -> None:
        self._machine = machine

    def folder(self, name: str) -> str:
        """Return where gpio-sim has a line."""
        return _path(name, "").rstrip("/")

    def level(self, name: str) -> int:
        """Return how a line is: 1 is high."""
        return int(self._machine.does(f"cat {_path(name, 'value')}"))

    def pull(self, name: str, up: bool) -> None:
        """Pull a line as a resistor would."""
        self._machine.does(f"echo {_way(up)} >{_path(name, 'pull')}")

    def move(self, name: str, up: bool, meanwhile_stopped: int = 0) -> tuple[float, float]:
        """Pull a line, and return between which times that was, in s since 1970 by the machine's clock.

        A process `meanwhile_stopped` stands still while the line moves and for 1.5 s after.
        """
        status, text = self._machine.python(
            _MOVE, _path(name, "pull"), _way(up), str(meanwhile_stopped)
        )
        assert status == 0, text
        before, after = json.loads(text)
        return before, after

    def hold(self, name: str, seconds: float) -> None:
        """Pull a line low for a while, by the machine's clock."""
        path = _path(name, "pull")
        self._machine.does(f"echo pull-down >{path}; sleep {seconds}; echo pull-up >{path}")

    def watch(
        self, names: Sequence[str], seconds: float, meanwhile: Callable[[], object] | None = None
    ) -> list[Change]:
        """Return how lines change, looked at every 4 ms or so; `meanwhile` is done once they are looked at."""
        paths = [_path(name, "value") for name in names]
        line = python_line(_WATCH, str(seconds), *paths)
        self._machine.does(f"rm -f {_SEEN}; ( {line} >{_SEEN} 2>&1 & )")
        self._machine.does(f"until grep -qs . {_SEEN}; do sleep 0.1; done")
        if meanwhile is not None:
            meanwhile()
        self._machine.does(f"until grep -q -e '^\\[' -e Error {_SEEN}; do sleep 0.1; done")
        seen = json.loads(self._machine.does(f"tail -n 1 {_SEEN}"))
        return [Change(at_s, tuple(levels)) for at_s, levels in seen]


def lit(changes: Sequence[Change]) -> list[tuple[tuple[int, ...], float]]:
    """Return levels and for how long in s each lasted, without the first and the last, which were cut off."""
    whole = [(first.levels, second.at_s - first.at_s) for first, second in pairwise(changes)]
    return whole[1:]


def only(changes: Sequence[Change], *which: int) -> list[Change]:
    """Return the changes of some of the lines that were watched, by their places."""
    found: list[Change] = []
    for change in changes:
        levels = tuple(change.levels[place] for place in which)
        if not found or found[-1].levels != levels:
            found.append(Change(change.at_s, levels))
    return found


def _path(name: str, file: str) -> str:
    return f"{CHIP}/sim_gpio{OFFSETS[name]}/{file}"


def _way(up: bool) -> str:
    return "pull-up" if up else "pull-down"
