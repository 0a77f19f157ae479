"""A unit that systemd runs, for the tests of this folder; they need root, and skip with the reason where it lacks."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.suite import Unit
from tests.system.lab import lab
from tests.system.machine import CannotBoot, Machine, as_unit, booted, build_tree

FIRST_BUILD_S = 1200
"""The first test that asks for the tree may have to make it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of this folder the time that its fixtures may need."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(FIRST_BUILD_S))


@pytest.fixture(scope="session")
def tree() -> Path:
    """The root of a simulated unit, made if it is not there yet."""
    try:
        return build_tree()
    except CannotBoot as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def network(tree: Path) -> Iterator[str]:
    """The namespace at the other end of our cable."""
    with lab() as name:
        yield name


@pytest.fixture(scope="module")
def machine(
    request: pytest.FixtureRequest,
    tree: Path,
    network: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Machine]:
    """A unit as it comes out of its box, switched on; a module that judges its sound says `REAL_TIME = True`."""
    real_time: bool = getattr(request.module, "REAL_TIME", False)
    folder = tmp_path_factory.mktemp("machine")
    with booted(tree, network, folder, real_time=real_time) as running:
        yield running


@pytest.fixture(scope="module")
def appliance(machine: Machine) -> Iterator[Unit]:
    """The same unit, as somebody on its network sees it; root has a password."""
    unit = as_unit(machine)
    with unit.client:
        unit.claim()
        yield unit


@pytest.fixture(scope="module")
def administrator(appliance: Unit) -> Iterator[httpx.Client]:
    """Somebody who is logged in to it."""
    with appliance.admin() as client:
        yield client
