"""The trend: the newest hundred, the reference, whole on disk or not there."""

from pathlib import Path

import pytest

from daemons.audio.selftest.results import Result, Verdict
from daemons.audio.selftest.trend import KEPT, Trend


def result(number: int, reference: bool = False) -> Result:
    """Return one result."""
    return Result(f"at {number}", Verdict.OK, "", level_db=float(number), reference=reference)


def test_results_survive_the_process(tmp_path: Path) -> None:
    """Another process finds them as they were."""
    trend = Trend(tmp_path / "trend.json")
    trend.add(result(1, reference=True))
    trend.add(result(2))
    again = Trend(tmp_path / "trend.json")
    again.open()
    assert again.results == (result(1, reference=True), result(2))
    assert again.reference == result(1, reference=True)


def test_the_newest_hundred_are_kept_and_the_reference_with_them(tmp_path: Path) -> None:
    """The reference outlives its place in the list."""
    trend = Trend(tmp_path / "trend.json")
    trend.add(result(0, reference=True))
    for number in range(1, KEPT + 5):
        trend.add(result(number))
    trend.open()
    assert [one.level_db for one in trend.results] == [float(n) for n in range(5, KEPT + 5)]
    assert trend.reference == result(0, reference=True)


def test_wiping_leaves_nothing(tmp_path: Path) -> None:
    """Neither in memory nor on disk."""
    trend = Trend(tmp_path / "trend.json")
    trend.add(result(1, reference=True))
    trend.wipe()
    assert (trend.results, trend.reference) == ((), None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b'{"results": [1]}', b"\xff\xfe"])
def test_a_damaged_file_begins_a_new_trend(tmp_path: Path, content: bytes) -> None:
    """It is said in the log, and nothing else breaks."""
    file = tmp_path / "trend.json"
    file.write_bytes(content)
    trend = Trend(file)
    trend.open()
    assert list(trend.results) == []
    trend.add(result(1))
    trend.open()
    assert trend.results == (result(1),)
