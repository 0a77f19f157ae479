"""Whether this machine itself stands still: a virtual one does now and then, longer than a sound card's buffer lasts.

Nothing in it can play on meanwhile, so a sound that breaks then says nothing about who plays it.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from common.realtime import become_realtime
from tests.suite import ROOT

T = TypeVar("T")
LONG_S = 0.015
"""Half of what the simulated card's buffer holds."""
ROUNDS = 4
"""So often it is tried to hear something whole on a machine that stands still now and then."""
_LOOK_S = 0.005
_PRIORITY = 98
"""Above everything that plays: what keeps this waiting is outside of the machine."""


class StoodStill(Exception):
    """The machine stood still while something was judged that cannot stand that."""


@contextmanager
def watching_the_machine() -> Iterator[Callable[[], float]]:
    """Yield what tells for how long at most a processor has stood still since the block began, in seconds.

    Where nobody may have real time it tells 0: all that happens is then laid to the unit.
    """
    command = ["setpriv", "--pdeathsig=KILL", sys.executable, "-P", "-m", __name__]
    with tempfile.TemporaryFile("a+") as seen:
        watchers = [
            subprocess.Popen([*command, str(processor)], cwd=ROOT, stdout=seen)
            for processor in os.sched_getaffinity(0)
        ]

        def longest_s() -> float:
            seen.seek(0)
            return max(map(float, seen.read().split()), default=0.0)

        try:
            yield longest_s
        finally:
            for watcher in watchers:
                watcher.kill()
                watcher.wait()


def whole(attempt: Callable[[], T], figure: Callable[[str], None]) -> T:
    """Do what must not break the sound, and do it again where it broke and this machine had stood still."""
    for _round in range(ROUNDS - 1):
        try:
            return attempt()
        except StoodStill as reason:
            figure(f"{reason}: once more")
    return attempt()


def _watch(processor: int) -> None:
    """Write how late it was each time that this processor went on too late."""
    os.sched_setaffinity(0, {processor})
    if not become_realtime(_PRIORITY):
        return
    while True:
        due = time.monotonic() + _LOOK_S
        time.sleep(_LOOK_S)
        late = time.monotonic() - due
        if late > LONG_S:
            os.write(1, f"{late:.4f}\n".encode())  # at once, for another watcher writes there, too


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
