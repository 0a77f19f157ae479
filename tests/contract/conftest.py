"""What contract tests share: a private bus on which real daemons run, SIP and another phone, a place for figures."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.contract.private_bus import PrivateBus, private_bus
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_rig import RunningSip, SipRig, running_sip, sip_rig

_FIGURE = "figure"
"""Goes along with the test's report, whichever worker it ran in."""


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """A private bus of this test's own; nothing runs on it yet."""
    with private_bus() as started:
        yield started


@pytest.fixture(scope="module")
def sip_daemons() -> Iterator[RunningSip]:
    """The sip daemon and those that it needs, for the tests of a file; SIP is off."""
    with running_sip() as started:
        yield started


@pytest.fixture
async def rig(sip_daemons: RunningSip) -> AsyncIterator[SipRig]:
    """The unit with SIP on; tests of other daemons have rigs of their own."""
    async with sip_rig(sip_daemons) as joined:
        await joined.on()
        yield joined


@pytest.fixture
async def peer() -> AsyncIterator[RawPeer]:
    """Another phone."""
    async with RawPeer().running() as other:
        yield other


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
