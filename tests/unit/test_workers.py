"""Tests in two workers do not meet, and what became of them arrives in one place."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HOLDS_A_PORT = """
import socket
import time
from pathlib import Path

import pytest


@pytest.mark.covers("{row}")
def test_it():
    with socket.create_server(("127.0.0.1", 5060)):
        Path(__file__).with_suffix(".holds").touch()
        end = time.monotonic() + 30
        while not Path(__file__).with_name("{other}.holds").exists():
            assert time.monotonic() < end, "the other one has no port"
            time.sleep(0.01)
    assert {holds}
"""


def test_each_has_a_network_of_its_own_and_their_rows_are_recorded_once(tmp_path: Path) -> None:
    """Both hold the same port at the same moment; one of them fails, and the record says so."""
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode:
        pytest.skip("no network namespace can be made")
    for name, other, row, holds in (
        ("test_a", "test_b", "M-AUD-18", True),
        ("test_b", "test_a", "M-AUD-19", False),
    ):
        text = HOLDS_A_PORT.format(row=row, other=other, holds=holds)
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = covers\n")
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile"),
            *("-p", "tests.coverage_rows", "-p", "tests.workers", str(tmp_path)),
        ],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "1 failed, 1 passed" in ran.stdout, ran.stdout + ran.stderr
    record = json.loads((tmp_path / ".pytest-coverage-rows.json").read_text())
    assert record == {
        "test_a.py::test_it": {"outcome": "passed", "rows": {"M-AUD-18": None}},
        "test_b.py::test_it": {"outcome": "failed", "rows": {"M-AUD-19": None}},
    }
