"""A sound device that takes a period when the test says so."""

import threading
from collections.abc import Callable

import numpy as np

from common.errors import HardwareFault
from daemons.audio.sources import Samples


class FakeDevice:
    """Keeps what was written. `play` lets through as many periods as asked for, and waits until they came."""

    description = "fake"

    def __init__(self) -> None:
        self._allowed = threading.Semaphore(0)
        self._came = threading.Condition()
        self.blocks: list[Samples] = []
        self.opened = 0
        self.closed = 0
        self.xruns_to_come = 0
        self.refusing = False

    def open(self) -> "FakeDevice":
        """Be opened, or refuse."""
        if self.refusing:
            raise HardwareFault("no such device")
        self._change(lambda: setattr(self, "opened", self.opened + 1))
        return self

    def write(self, block: Samples) -> bool:
        """Wait for the test, then take the block."""
        self._allowed.acquire()
        if self.refusing:
            raise HardwareFault("the device is gone")
        taken = block.copy()
        self._change(lambda: self.blocks.append(taken))
        if self.xruns_to_come:
            self.xruns_to_come -= 1
            return True
        return False

    def close(self) -> None:
        """Be closed."""
        self._change(lambda: setattr(self, "closed", self.closed + 1))

    def play(self, periods: int) -> Samples:
        """Let the next periods through and return them."""
        first = len(self.blocks)
        self.let_through(periods)
        self.wait_until(lambda: len(self.blocks) >= first + periods)
        return np.concatenate(self.blocks[first : first + periods])

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to have happened to the device."""
        with self._came:
            if not self._came.wait_for(condition, timeout=10):
                raise TimeoutError("the engine did not do it")

    def let_through(self, periods: int) -> None:
        """Let the next periods through without waiting for them."""
        self._allowed.release(periods)

    def let_go(self) -> None:
        """Hold nothing back any more."""
        self.let_through(10_000)

    def _change(self, change: Callable[[], object]) -> None:
        with self._came:
            change()
            self._came.notify_all()
