"""Two clocks beside each other."""

from common.clock import ManualClock, SystemClock, wall_time


class Halting(ManualClock):
    """A clock whose process is halted for a second between its first readings."""

    def __init__(self, halts: int) -> None:
        super().__init__(1000.0)
        self.halts = halts

    def time(self) -> float:
        """Return the time before the halt."""
        now = super().time()
        if self.halts:
            self.halts -= 1
            self.advance(1.0)
        return now


def test_a_moment_has_a_wall_time() -> None:
    """That of now is now."""
    clock = SystemClock()
    before = clock.time()
    assert before - 0.01 <= wall_time(clock, clock.monotonic()) <= clock.time() + 0.01


def test_a_halt_between_the_clocks_does_not_count() -> None:
    """As long as one reading in five is whole."""
    for halts in range(5):
        assert wall_time(Halting(halts), 990.0) == 990.0
