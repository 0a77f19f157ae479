"""What contract tests share: a private bus on which real daemons run."""

from collections.abc import Iterator

import pytest

from tests.contract.private_bus import PrivateBus, private_bus


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """A private bus of this test's own; nothing runs on it yet."""
    with private_bus() as started:
        yield started
