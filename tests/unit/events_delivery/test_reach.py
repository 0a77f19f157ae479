"""Which addresses a recipient may have."""

import pytest

from daemons.events.delivery.reach import forbidden

LOOPBACK = [
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
    "169.254.169.254",
    "169.254.1.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
]
USUAL = [
    "192.168.0.91",
    "10.1.2.3",
    "172.16.0.9",
    "8.8.8.8",
    "fd12::7",
    "2001:db8::7",
    "100.64.0.1",
]


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_for_tests_and_simulated_units(address: str) -> None:
    """In any of its disguises."""
    assert "loopback" in forbidden(address, loopback_allowed=False)
    assert forbidden(address, loopback_allowed=True) == ""


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_some_addresses_are_never_a_recipients(address: str, loopback_allowed: bool) -> None:
    """Link-local and metadata services, nowhere, everywhere."""
    assert forbidden(address, loopback_allowed=loopback_allowed)


@pytest.mark.parametrize("address", USUAL)
def test_everything_in_a_network_is_allowed(address: str) -> None:
    """The local network is the usual place of a recipient, this unit's own address in it included."""
    assert forbidden(address, loopback_allowed=False) == ""
