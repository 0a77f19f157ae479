"""When a level counts: once it has stood long enough."""

from collections.abc import Iterator


class Debounced:
    """A level whose changes are believed after `hold_s`, by the times of its edges; with 0 each one at once.

    Times are seconds of the monotonic clock. The first level counts as it is: there is nothing that it could bounce
    from. A change is yielded as (level, when it counts).
    """

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self.level: bool | None = None
        """What counts now; None while nobody has told."""
        self._since: float | None = None
        """Since when the other level stands, while it does not count yet."""

    def feel(self, level: bool, at: float) -> Iterator[tuple[bool, float]]:
        """Take how it reads from `at` on; the same may be told twice."""
        if self.level is None:
            self.level = level
            yield level, at
            return
        yield from self.settle(at)
        if level == self.level:
            self._since = None
        elif self._since is None:
            self._since = at
            yield from self.settle(at)

    def settle(self, now: float) -> Iterator[tuple[bool, float]]:
        """Take that nothing else was felt until `now`."""
        due = self.due()
        if due is not None and due <= now:
            self.level, self._since = not self.level, None
            yield self.level, due

    def due(self) -> float | None:
        """Return when the level that stands now will count, if it does not yet."""
        return None if self._since is None else self._since + self._hold_s

    def hold(self, hold_s: float) -> None:
        """Believe after another time from now on."""
        self._hold_s = hold_s

    def forget(self) -> None:
        """Know nothing, as before the first level."""
        self.level = self._since = None
