"""Which rows of the manual's checklist the tests that passed prove.

As a pytest plugin it records the outcome of each test that carries a mark
`covers("M-AUD-18")`; run as a module it prints every row as proved, partly or not yet.
"""

import enum
import fcntl
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CHECKLIST = Path(__file__).with_name("checklist.toml")
RECORD_NAME = ".pytest-coverage-rows.json"


class Cover(NamedTuple):
    """One mark on one test, with what became of the test."""

    test: str
    outcome: str
    row: str
    part: str | None = None


class Standing(enum.Enum):
    """How far a row is proved."""

    PROVED = "proved"
    PARTLY = "partly"
    NOT_YET = "not yet"


def rows() -> dict[str, str]:
    """Return the titles of all rows by their id, in the manual's order."""
    sections = tomllib.loads(CHECKLIST.read_text())
    return {
        f"{section}-{number}": title
        for section, titles in sections.items()
        for number, title in titles.items()
    }


def standing(covers: Iterable[Cover]) -> Standing:
    """Return how far one row is proved by the tests that cover it."""
    covers = list(covers)
    passed = [cover for cover in covers if cover.outcome == "passed"]
    if not passed:
        return Standing.NOT_YET
    if len(passed) == len(covers) and any(cover.part is None for cover in passed):
        return Standing.PROVED
    return Standing.PARTLY


# --- the plugin ------------------------------------------------------------------------------

_PROPERTY = "rows"
"""Goes along with the test's reports, whichever worker it ran in."""


def marked_rows(marks: Iterable[pytest.Mark], known: Mapping[str, str]) -> dict[str, str | None]:
    """Return the rows that the marks of one test name, each with its part, or refuse them."""
    found: dict[str, str | None] = {}
    for mark in marks:
        if not mark.args or set(mark.kwargs) - {"part"}:
            raise ValueError('covers takes row ids and, if it must, part="..."')
        for row in mark.args:
            if row not in known:
                raise ValueError(f"covers names '{row}', which is no row of {CHECKLIST.name}")
            found[row] = mark.kwargs.get("part")
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse marks that name no row before anything runs."""
    known = rows()
    for item in items:
        try:
            marks = marked_rows(item.iter_markers("covers"), known)
        except ValueError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from error
        item.user_properties.append((_PROPERTY, marks))


class Recorder:
    """Keeps what became of each test, and the rows that it covers."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst of a test's set-up, call and tear-down."""
        marks = dict(report.user_properties).get(_PROPERTY, {})
        entry = self.found.setdefault(report.nodeid, {"outcome": "passed", "rows": marks})
        worst = ["passed", "skipped", "failed"].index
        entry["outcome"] = max(entry["outcome"], report.outcome, key=worst)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write down what ran, beside what other runs left or leave about other tests."""
        with CHECKLIST.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.write_to(session.config.rootpath / RECORD_NAME)

    def write_to(self, path: Path) -> None:
        """Replace what the record says of the tests that ran."""
        record = _read(path)
        for test, entry in self.found.items():
            record.pop(test, None)
            if entry["rows"]:
                record[test] = entry
        if record or path.exists():
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(record, indent=1, sort_keys=True))
            fresh.replace(path)


def pytest_configure(config: pytest.Config) -> None:
    """Record where all outcomes arrive: not in a worker."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(), "coverage rows")


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    there = {test: (path.parent / test.partition("::")[0]).exists() for test in record}
    return {test: entry for test, entry in record.items() if there[test]}


# --- the table -------------------------------------------------------------------------------


def table(covers: Iterable[Cover], titles: Mapping[str, str]) -> str:
    """Return all rows, one a line, each with its standing and the number of its tests."""
    by_row: dict[str, list[Cover]] = {row: [] for row in titles}
    for cover in covers:
        if cover.row in by_row:
            by_row[cover.row].append(cover)
    lines = []
    sums = dict.fromkeys(Standing, 0)
    for row, title in titles.items():
        stands = standing(by_row[row])
        sums[stands] += 1
        lines.append(f"{row:9}  {stands.value:8} {_note(by_row[row]):>9}  {title}".rstrip())
    counted = ", ".join(f"{stands.value} {count}" for stands, count in sums.items())
    return "\n".join([*lines, "", f"{len(titles)} rows: {counted}"])


def _note(covers: list[Cover]) -> str:
    tests = len({cover.test for cover in covers})
    if failed := sum(cover.outcome == "failed" for cover in covers):
        return f"{failed} failed"
    return f"{tests} test{'s' if tests > 1 else ''}" if tests else ""


def main() -> None:
    """Print the table from the record of the last runs."""
    record = _read(Path(__file__).parent.parent / RECORD_NAME)
    covers = [
        Cover(test, entry["outcome"], row, part)
        for test, entry in record.items()
        for row, part in entry["rows"].items()
    ]
    sys.stdout.write(table(covers, rows()) + "\n")


if __name__ == "__main__":
    main()
