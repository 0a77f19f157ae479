"""What contract tests share: a private bus on which real daemons run, and a place for figures."""

from collections.abc import Callable, Iterator

import pytest

from tests.contract.private_bus import PrivateBus, private_bus

_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """A private bus of this test's own; nothing runs on it yet."""
    with private_bus() as started:
        yield started


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line with the counts of a long test, which is printed at the end of the run."""
    lines = request.config.stash.setdefault(_FIGURES, [])
    return lambda line: lines.append(f"{request.node.name}: {line}")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the figures."""
    lines = config.stash.get(_FIGURES, [])
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
