"""One virtual machine for all tests of this folder: a start takes a minute and more.

They need root and fail where it lacks: nothing here is to look as if it had been tried.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.suite import Unit
from tests.vm.lines import Lines
from tests.vm.machine import CannotEmulate, VirtualMachine, build

FIRST_BUILD_S = 2400
"""The first test may have to make the disk, and each waits for a machine of software."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of this folder the time that its fixtures may need."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(FIRST_BUILD_S))


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualMachine]:
    """A unit as it comes out of its box, switched on; its systemd has started everything."""
    try:
        made = build()
    except CannotEmulate as reason:
        pytest.fail(str(reason))
    with VirtualMachine(made, tmp_path_factory.mktemp("machine")) as running:
        running.wait_for_shell()
        running.run("systemctl is-system-running --wait")
        yield running


@pytest.fixture(scope="session")
def unit(machine: VirtualMachine) -> Iterator[Unit]:
    """The same unit, as somebody on its network sees it; root has a password."""
    unit = machine.as_unit()
    with unit.client:
        if unit.needs_setup():
            unit.claim()
        yield unit


@pytest.fixture
def administrator(unit: Unit) -> Iterator[httpx.Client]:
    """Somebody who is logged in to it."""
    with unit.admin() as client:
        client.timeout = httpx.Timeout(120)
        yield client


@pytest.fixture
def lines(machine: VirtualMachine) -> Lines:
    """What is connected to it."""
    return Lines(machine)
