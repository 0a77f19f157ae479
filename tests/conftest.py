"""What every kind of test shares."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.suite import Unit, running_suite

pytest_plugins = ["tests.coverage_rows", "tests.workers", "tests.figures"]

# Two cores shared with real daemons make the time of one example meaningless.
hypothesis.settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A unit that all tests share; root has a password. Who resets it takes `fresh_unit`."""
    with running_suite(tmp_path_factory.mktemp("unit")) as running:
        running.claim()
        yield running


@pytest.fixture
def fresh_unit(tmp_path: Path) -> Iterator[Unit]:
    """A unit of the test's own, as it comes out of its box."""
    with running_suite(tmp_path) as running:
        yield running
