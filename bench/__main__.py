"""Measures, each figure beside a peer or a limit of the same run: `python -P -m bench [SUBJECT ...]`.

`--seconds` is for those that measure for a chosen time, such as `endure`.
"""

import argparse
import importlib
import inspect
import sys

from bench.figures import CannotMeasure, Table, Verdict, as_text
from bench.machine import describe

SUBJECTS = (
    "trigger",
    "mouth",
    "engine",
    "dsp",
    "periods",
    "upload",
    "recording",
    "rules",
    "rule_trigger",
    "rule_mqtt",
    "mqtt",
    "sip",
    "http",
    "params",
    "edges",
    "footprint",
    "appliance",
    "endure",
)
"""Modules of this package, each with `measure() -> Table`; some take `seconds`."""


def main(names: list[str], seconds: float | None) -> int:
    """Measure what is named, or everything; returns 1 when a bar is missed."""
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown:
        print(f"no such subject: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
        return 2
    print(f"{describe()}\n", flush=True)
    missed = False
    for name in names or SUBJECTS:
        table = _measure(name, seconds)
        print(as_text(table), flush=True)
        missed |= any(figure.verdict is Verdict.FAIL for figure in table.figures)
    return 1 if missed else 0


def _measure(name: str, seconds: float | None) -> Table:
    measure = importlib.import_module(f"bench.{name}").measure
    chosen = seconds is not None and "seconds" in inspect.signature(measure).parameters
    try:
        table: Table = measure(seconds=seconds) if chosen else measure()
    except CannotMeasure as reason:
        return Table(name, (), (f"Not measured: {reason}.",))
    return table


_parser = argparse.ArgumentParser(prog="bench", description=__doc__)
_parser.add_argument("subjects", nargs="*", metavar="SUBJECT")
_parser.add_argument("--seconds", type=float)
_given = _parser.parse_args()
sys.exit(main(_given.subjects, _given.seconds))
