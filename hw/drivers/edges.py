"""What a GPIO line's edge events say: each change of level once, in order, without gaps.

The kernel takes the time of an edge in its interrupt, but looks at the level a moment later in a thread. A pulse that
is shorter than that moment comes as two events of the same level, or as one. Edges alternate, so an event that says
what is known already means that the line has been elsewhere in between.
"""


class EdgeSequence:
    """One line. `True` is whatever its user calls active; times are CLOCK_MONOTONIC in ns."""

    def __init__(self) -> None:
        self.level: bool | None = None
        """How the line stands by what was told last; None before the first reading."""
        self.unsettled = False
        """Whether the level has to be read, since the last event alone does not tell it."""
        self.lost = 0
        """How many edges the kernel had no room for, since the last reading."""
        self._sequence = 0
        self._read_from_ns = 0
        self._read_until_ns = 0

    def reading(self, level: bool, from_ns: int, until_ns: int) -> list[tuple[bool, int]]:
        """Take a level that was read between two times; returns the change that it means, if any."""
        changed = level is not self.level
        self.unsettled = False
        self.lost = 0
        if not changed:
            return []
        self.level = level
        self._read_from_ns, self._read_until_ns = from_ns, until_ns
        return [(level, from_ns)]

    def event(self, level: bool, at_ns: int, sequence: int) -> list[tuple[bool, int]]:
        """Take one event with its number, which counts from 1; returns the changes that it means."""
        missing = sequence - self._sequence - 1
        self._sequence = sequence
        if missing:
            self.lost += missing
        if at_ns <= self._read_from_ns:
            return []  # the reading knew it
        if level is not self.level:
            self.level = level
            self.unsettled = False
            return [(level, at_ns)]
        if at_ns <= self._read_until_ns or self.lost:
            return []  # the reading may have known it; or what came between is lost, and read anew soon
        self.level = not level
        self.unsettled = True
        return [(not level, at_ns)]

    def skip(self, sequence: int) -> None:
        """Leave an event out that nobody wants to know of."""
        self._sequence = sequence

    def forget(self) -> None:
        """Know nothing of the level any more."""
        self.level = None
        self.unsettled = False
