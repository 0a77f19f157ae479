"""What outlasts a restart of the daemon: which rules are active, and when they last activated."""

import zlib
from collections.abc import Iterable, Mapping

import msgspec

from daemons.events.rules.run import CAP_S, Moment, Run


class Remembered(msgspec.Struct, frozen=True):
    """The activity of one rule."""

    rule: int
    of: int
    """A check sum of the rule as it was."""
    since: float | None = None
    """Since when it is active, in seconds since 1970."""
    last: float | None = None
    """When it last activated, by the monotonic clock."""
    recent: tuple[float, ...] = ()
    """When it activated within the last second, likewise."""


class Memory(msgspec.Struct, frozen=True):
    """The activity of all rules, at one moment of one boot."""

    monotonic: float
    rules: tuple[Remembered, ...] = ()


def of(runs: Iterable[Run], now: Moment) -> Memory:
    """Return what is worth remembering."""
    return Memory(
        now.monotonic,
        tuple(
            Remembered(
                run.id,
                _check_sum(run),
                run.since,
                run.last,
                tuple(time for time in run.recent if time + CAP_S > now.monotonic),
            )
            for run in runs
            if run.last is not None
        ),
    )


def restore(memory: Memory, runs: Mapping[int, Run], now: Moment) -> None:
    """Give the activity back to rules that are as they were, unless this is another boot."""
    if memory.monotonic > now.monotonic:
        return
    for remembered in memory.rules:
        run = runs.get(remembered.rule)
        if run is None:
            continue
        run.last = remembered.last
        run.recent.extend(remembered.recent)
        if remembered.of == _check_sum(run) and run.rule.enabled and run.conditions:
            run.since = remembered.since
            run.restored = run.since is not None


def _check_sum(run: Run) -> int:
    return zlib.crc32(msgspec.json.encode((run.rule, run.unlimited)))
