"""When a video management system has answered."""

import pytest

from common.sip import VmsCalls
from daemons.sip.vms import Streams, answered


@pytest.mark.parametrize(
    ("to_network", "to_device", "streams", "expected"),
    [
        (0, 1, Streams(0, 1), True),
        (0, 1, Streams(3, 0), False),
        (2, 1, Streams(1, 0), False),
        (2, 1, Streams(2, 0), True),
        (2, 1, Streams(0, 1), True),
        (0, 0, Streams(1, 1), False),
        (0, 2, Streams(0, 1), False),
    ],
)
def test_one_threshold_is_enough(
    to_network: int, to_device: int, streams: Streams, expected: bool
) -> None:
    """And one of 0 is none."""
    wanted = VmsCalls(
        audio_from_device_to_network_streams=to_network,
        audio_from_network_to_device_streams=to_device,
    )
    assert answered(wanted, streams) is expected
