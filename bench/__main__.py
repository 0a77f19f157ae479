"""Measures, each figure beside a peer or a limit of the same run: `python -P -m bench [SUBJECT ...]`."""

import importlib
import sys

from bench.figures import CannotMeasure, Table, Verdict, as_text
from bench.machine import describe

SUBJECTS = ("trigger", "engine", "periods", "http", "params", "footprint")
"""Modules of this package, each with `measure() -> Table`."""


def main(names: list[str]) -> int:
    """Measure what is named, or everything; returns 1 when a bar is missed."""
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown:
        print(f"no such subject: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
        return 2
    print(f"{describe()}\n", flush=True)
    missed = False
    for name in names or SUBJECTS:
        table = _measure(name)
        print(as_text(table), flush=True)
        missed |= any(figure.verdict is Verdict.FAIL for figure in table.figures)
    return 1 if missed else 0


def _measure(name: str) -> Table:
    try:
        table: Table = importlib.import_module(f"bench.{name}").measure()
    except CannotMeasure as reason:
        return Table(name, (), (f"Not measured: {reason}.",))
    return table


sys.exit(main(sys.argv[1:]))
