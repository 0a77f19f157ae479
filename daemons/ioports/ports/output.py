"""An output: active or not, for good, for a while, or in a sequence."""

from collections import deque
from collections.abc import Iterator, Sequence

from common.errors import Conflict, InvalidValue

LONGEST_STEP_MS = 65_535
MOST_STEPS = 1_000

Step = tuple[bool, float]
"""Whether the output is active, and for how many seconds that is held."""


class Output:
    """The logical state of an output over time, in seconds of the monotonic clock.

    What changes it is yielded as (active, since when), in order; a state that stays the same is not.
    """

    def __init__(self) -> None:
        self.active = False
        self._steps: deque[Step] = deque()
        self._step_ends: float | None = None
        """When the present step of a sequence is over; None when none runs."""
        self._activation_ends: float | None = None

    @property
    def in_sequence(self) -> bool:
        """Whether a sequence runs."""
        return self._step_ends is not None

    def set(self, active: bool, now: float, activation_s: float | None) -> Iterator[Step]:
        """Be active or not from now on, an activation for at most `activation_s`; ends a sequence."""
        self._cancel()
        yield from self._be(active, now)
        self._end_activation(now, activation_s)

    def run(
        self, steps: Sequence[Step], now: float, activation_s: float | None
    ) -> Iterator[tuple[bool, float]]:
        """Go through `steps`; the last state stays. Conflict while another sequence runs."""
        if self.in_sequence:
            raise Conflict("a state sequence is already ongoing")
        self._cancel()
        self._steps.extend(steps)
        self._step_ends = now
        yield from self.advance(now, activation_s)

    def replace(self, steps: Sequence[Step], now: float) -> Iterator[Step]:
        """Go through `steps` instead of what goes on; the last state stays."""
        self._cancel()
        yield from self.run(steps, now, None)

    def advance(self, now: float, activation_s: float | None) -> Iterator[tuple[bool, float]]:
        """Do everything that is due by `now`, each at its own time however late this comes."""
        while self._step_ends is not None and self._step_ends <= now:
            at = self._step_ends
            if not self._steps:
                self._step_ends = None
                self._end_activation(at, activation_s)
                break
            active, hold_s = self._steps.popleft()
            self._step_ends = at + hold_s
            yield from self._be(active, at)
        if self._activation_ends is not None and self._activation_ends <= now:
            at, self._activation_ends = self._activation_ends, None
            yield from self._be(False, at)

    def rest(self, now: float) -> Iterator[tuple[bool, float]]:
        """Return to normal: inactive, and nothing more to come."""
        self._cancel()
        yield from self._be(False, now)

    def due(self) -> float | None:
        """Return when there is something to do next."""
        dues = [due for due in (self._step_ends, self._activation_ends) if due is not None]
        return min(dues, default=None)

    def _be(self, active: bool, at: float) -> Iterator[tuple[bool, float]]:
        if active != self.active:
            self.active = active
            yield active, at

    def _end_activation(self, since: float, activation_s: float | None) -> None:
        if self.active and activation_s is not None:
            self._activation_ends = since + activation_s

    def _cancel(self) -> None:
        self._steps.clear()
        self._step_ends = self._activation_ends = None


def steps_of(wanted: Sequence[tuple[str, int]], active_closed: bool) -> list[Step]:
    """Return the steps of (`active`, `inactive`, `open` or `closed`; ms); raises `InvalidValue`."""
    if not 1 <= len(wanted) <= MOST_STEPS:
        raise InvalidValue(f"a sequence has from 1 to {MOST_STEPS} states")
    meanings = {
        "active": True,
        "inactive": False,
        "closed": active_closed,
        "open": not active_closed,
    }
    for state, hold_ms in wanted:
        if state not in meanings:
            raise InvalidValue(f"a state must be one of {', '.join(meanings)}")
        if not 0 <= hold_ms <= LONGEST_STEP_MS:
            raise InvalidValue(f"a state is held from 0 to {LONGEST_STEP_MS} ms")
    return [(meanings[state], hold_ms / 1000) for state, hold_ms in wanted]
