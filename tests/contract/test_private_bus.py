"""The private bus of the contract tests does what they rely on."""

import pytest

from common.bus.suite import HTTP, PARAMS
from common.errors import Unavailable
from common.params.client import ParamsClient
from tests.contract.private_bus import PrivateBus, eventually


async def test_a_member_joins_and_others_see_it(bus: PrivateBus) -> None:
    """Names come and go on the bus as connections do."""
    async with bus.joined(PARAMS) as watcher:
        async with bus.joined(HTTP):
            await eventually(lambda: watcher.present(HTTP), "the other name")
        await eventually(lambda: not watcher.present(HTTP), "the other name is gone")


async def test_a_call_to_nobody_is_unavailable(bus: PrivateBus) -> None:
    """A daemon that does not run is an error of the family, at once."""
    async with bus.joined(HTTP) as connection:
        with pytest.raises(Unavailable):
            await ParamsClient(connection).values(["Brand"])


async def test_a_daemon_that_ends_at_once_is_told_with_its_log(bus: PrivateBus) -> None:
    """A daemon that fails to start fails the test with the reason."""
    with pytest.raises(AssertionError, match="ended with"):
        await bus.start(PARAMS, module="common.no_such_module")
