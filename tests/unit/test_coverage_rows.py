"""How rows of the manual count as proved."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.coverage_rows import (
    RECORD_NAME,
    Cover,
    Recorder,
    Standing,
    marked_rows,
    rows,
    standing,
    table,
)


def test_every_section_counts_from_one_without_a_hole() -> None:
    """A row that fell out of the list would silently stop being asked for."""
    sections: dict[str, list[int]] = {}
    for row in rows():
        section, _, number = row.rpartition("-")
        sections.setdefault(section, []).append(int(number))
    assert len(sections) == 27
    for numbers in sections.values():
        assert numbers == list(range(1, len(numbers) + 1))
    assert sum(map(len, sections.values())) == 473


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Standing.NOT_YET),
        ([("failed", None)], Standing.NOT_YET),
        ([("skipped", None)], Standing.NOT_YET),
        ([("passed", None)], Standing.PROVED),
        ([("passed", None), ("passed", "limits")], Standing.PROVED),
        ([("passed", "limits")], Standing.PARTLY),
        ([("passed", None), ("failed", None)], Standing.PARTLY),
        ([("passed", None), ("skipped", None)], Standing.PARTLY),
    ],
)
def test_a_row_stands_as_its_tests_do(
    outcomes: list[tuple[str, str | None]], expected: Standing
) -> None:
    """Only passed tests prove, and a part, a failure or a skip takes the whole away."""
    covers = [Cover(f"t{n}", outcome, "M-X-01", part) for n, (outcome, part) in enumerate(outcomes)]
    assert standing(covers) is expected


def test_a_mark_must_name_a_row_that_exists() -> None:
    """A slip in an id may not look like a proof."""
    assert marked_rows([pytest.mark.covers("M-X-01").mark], {"M-X-01": ""}) == {"M-X-01": None}
    for mark in (
        pytest.mark.covers("M-X-2"),
        pytest.mark.covers(),
        pytest.mark.covers("M-X-01", of=1),
    ):
        with pytest.raises(ValueError, match="covers"):
            marked_rows([mark.mark], {"M-X-01": ""})


def test_the_table_names_each_row_and_the_sum() -> None:
    """What a person reads is one line a row, and the sum below."""
    text = table([Cover("t", "passed", "M-X-01")], {"M-X-01": "first", "M-X-02": "second"})
    first, second, _, total = text.splitlines()
    assert first.split() == ["M-X-01", "proved", "1", "test", "first"]
    assert second.split() == ["M-X-02", "not", "yet", "second"]
    assert total == "2 rows: proved 1, partly 0, not yet 1"


def test_runs_that_end_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """Each reads the record, adds its own and writes it: one after the other."""
    session = cast(pytest.Session, SimpleNamespace(config=SimpleNamespace(rootpath=tmp_path)))
    runs = []
    for number in range(16):
        (tmp_path / f"test_{number}.py").touch()
        run = Recorder()
        entry: dict[str, Any] = {"outcome": "passed", "rows": {"M-AUD-18": None}}
        run.found = {f"test_{number}.py::test_{at}": entry for at in range(200)}
        runs.append(run)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda run: run.pytest_sessionfinish(session), runs))
    assert len(json.loads((tmp_path / RECORD_NAME).read_text())) == 16 * 200
