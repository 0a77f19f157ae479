"""Who the unit is."""

import pytest

from common.errors import InvalidValue
from daemons.system.identity import Identity


def test_everything_follows_from_the_serial_number() -> None:
    """Realm, host name and MAC address, as the reference writes them."""
    unit = Identity("ACCC8E012345")
    assert unit.realm == "AXIS_ACCC8E012345"
    assert unit.host_name == "axis-accc8e012345"
    assert unit.mac_address == "AC:CC:8E:01:23:45"


@pytest.mark.parametrize("text", ["", "accc8e012345", "ACCC8E01234", "ACCC8E01234G", "../../etc"])
def test_anything_else_is_no_serial_number(text: str) -> None:
    """It goes into names and realms, so it is checked."""
    with pytest.raises(InvalidValue):
        Identity(text)
