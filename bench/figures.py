"""What a benchmark says: a figure, what stands beside it, and whether that meets the bar."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a figure fares against its bar."""

    PASS = "PASS"
    FAIL = "FAIL"
    SKIPPED = "skipped"
    NONE = ""


class CannotMeasure(Exception):
    """Something that a subject needs is not here; the text says what."""


@dataclass(frozen=True)
class Figure:
    """One row of a table."""

    what: str
    ours: str
    beside: str = ""
    """The peer's figure or the limit, with its name."""
    bar: str = ""
    verdict: Verdict = Verdict.NONE


@dataclass(frozen=True)
class Table:
    """What one subject found out."""

    title: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()


def at_most(measured: float, limit: float) -> Verdict:
    """Return PASS where `measured` is not above `limit`."""
    return Verdict.PASS if measured <= limit else Verdict.FAIL


def at_least(measured: float, limit: float) -> Verdict:
    """Return PASS where `measured` is not below `limit`."""
    return Verdict.PASS if measured >= limit else Verdict.FAIL


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def milliseconds(seconds: float) -> str:
    """Return a time as a table shows it."""
    return f"{seconds * 1000:.{1 if seconds >= 0.001 else 2}f} ms"


def spread(seconds: Sequence[float]) -> str:
    """Return median, 99th percentile and count of times in seconds."""
    return f"{milliseconds(median(seconds))}, p99 {milliseconds(percentile(seconds, 99))}, n {len(seconds)}"


def as_text(table: Table) -> str:
    """Return the table as Markdown, which also reads well on a terminal."""
    head = ("what", "measured", "beside it", "bar", "verdict")
    rows = [
        (figure.what, figure.ours, figure.beside, figure.bar, figure.verdict.value)
        for figure in table.figures
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = f"|{'|'.join('-' * (width + 2) for width in widths)}|"
    lines = [f"## {table.title}", "", line(head), rule, *(line(row) for row in rows)]
    if table.notes:
        lines += ["", *table.notes]
    return "\n".join((*lines, ""))
