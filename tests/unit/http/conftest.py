"""The edge that tests share."""

from pathlib import Path

import pytest

from tests.unit.http.edge import Edge, make_edge


@pytest.fixture
def edge(tmp_path: Path) -> Edge:
    """An edge with three accounts."""
    return make_edge(tmp_path)


@pytest.fixture
def unclaimed(tmp_path: Path) -> Edge:
    """An edge of a unit that nobody has claimed yet."""
    return make_edge(tmp_path, claimed=False)
