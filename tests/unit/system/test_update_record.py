"""The record of upgrades as it lies on the disk, where another version may have written it."""

from pathlib import Path

import msgspec
import pytest

from common.update import Options, Outcome, Step
from daemons.system.adapters.update_record import RecordFile
from daemons.system.update.record import After, Record, after_start

TRIAL = Record(
    step=Step.TRIAL,
    slot="B",
    target="B",
    version="12.9.1",
    options=Options(auto_rollback=30),
    left_s=12.5,
    irrevocable=True,
    last=Outcome("upgrade", "done", "12.9.0", 1_700_000_000.0, ""),
)


def written(folder: Path, **others: object) -> Record:
    """Return what is read of a trial's record in which a newer version wrote something else."""
    record = msgspec.to_builtins(TRIAL) | others
    (folder / "record.json").write_bytes(msgspec.json.encode(record))
    return RecordFile(folder).load()


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    """As it was."""
    records = RecordFile(tmp_path)
    assert records.load() == Record()
    records.save(TRIAL)
    assert RecordFile(tmp_path).load() == TRIAL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("options", {"autoCommit": "moon", "factoryDefaultMode": "none"}),
        ("options", {"newOption": True}),
        ("last", {"action": "upgrade"}),
        ("left_s", "long"),
    ],
)
def test_what_a_newer_version_says_differently_costs_that_alone(
    tmp_path: Path, name: str, value: object
) -> None:
    """An older version that is started again knows which slot is whose, and that the other was on trial."""
    left_out = getattr(Record(), name)
    assert written(tmp_path, **{name: value}) == msgspec.structs.replace(TRIAL, **{name: left_out})
    assert written(tmp_path, another=1) == TRIAL


@pytest.mark.parametrize(("running", "after"), [("A", After.FELL_BACK), ("B", After.INTERRUPTED)])
def test_a_step_of_a_newer_version_is_one_that_was_cut_off(
    tmp_path: Path, running: str, after: After
) -> None:
    """The version before brings its settings back."""
    assert after_start(written(tmp_path, step="polishing"), running, "") is after


@pytest.mark.parametrize("damaged", [b"", b"{", b"\xff", b"[]", b"null"])
def test_what_is_no_record_is_none(tmp_path: Path, damaged: bytes) -> None:
    """The slots tell the rest."""
    (tmp_path / "record.json").write_bytes(damaged)
    assert RecordFile(tmp_path).load() == Record()
