"""A place for what tests measure: it is printed at the end of the run, whichever worker a test ran in."""

from collections.abc import Callable

import pytest

_FIGURE = "figure"
"""Goes along with the test's report."""


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line with the counts of a long test, which is printed at the end of the run."""
    told = request.node.user_properties
    return lambda line: told.append((_FIGURE, f"{request.node.name}: {line}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures."""
    lines = [
        line
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, line in report.user_properties
        if name == _FIGURE
    ]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(str(line))
