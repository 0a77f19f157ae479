"""What contract tests share: a private bus on which real daemons run, SIP, and another phone."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.private_bus import PrivateBus, private_bus
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_rig import RunningSip, SipRig, running_sip, sip_rig


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
