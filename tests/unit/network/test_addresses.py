"""Which addresses came and went."""

import ipaddress

import pytest

from common.netlink import Address, Link
from daemons.network.addresses import GRACE_S, Addresses, known_of, origin_of

OLD = {"eth0": {"192.0.2.5": "DHCP"}}
NEW = {"eth0": {"192.0.2.7": "DHCP"}}


def address(text: str, **differs: bool) -> Address:
    """Return an address of eth0 (index 2)."""
    interface = ipaddress.ip_interface(text)
    values = {"permanent": True, "usable": True, "by_router": False} | differs
    return Address(2, interface.ip, interface.network.prefixlen, **values)


def taken(addresses: Addresses, present: dict[str, dict[str, str]], now: float) -> list[str]:
    """Return what is told, in short."""
    return [
        f"{event.topic.rpartition('Address')[2]} {event.source['interface']}"
        f" {event.data['address']} {event.data['origin']}"
        for event in addresses.take(present, now)
    ]


@pytest.mark.parametrize(
    ("text", "differs", "origin"),
    [
        ("192.0.2.5/24", {}, "Static"),
        ("192.0.2.5/24", {"permanent": False}, "DHCP"),
        ("169.254.3.4/16", {}, "Link local"),
        ("fe80::1/64", {}, "Link local"),
        ("2001:db8::1/64", {}, "Static"),
        ("2001:db8::1/64", {"by_router": True}, "RA"),
        ("2001:db8::1/64", {"permanent": False}, "RA"),
        ("2001:db8::1/128", {"permanent": False}, "DHCP"),
    ],
)
def test_where_an_address_comes_from(text: str, differs: dict[str, bool], origin: str) -> None:
    """In the four words of VAPIX events page 6."""
    assert origin_of(address(text, **differs)) == origin


def test_what_counts_is_usable_and_of_the_unit() -> None:
    """Not what is still being tried, and not another interface's."""
    eth0 = Link(2, "eth0", connected=True, loopback=False, kind="", in_another=False)
    found = [address("192.0.2.5/24"), address("fe80::1/64", usable=False)]
    assert known_of(found, {2: eth0}) == {"eth0": {"192.0.2.5": "Static"}}
    assert known_of(found, {}) == {}


@pytest.mark.covers("M-EVT-10", part="IP address change")
def test_a_changed_address_is_told() -> None:
    """The new one and the one that is gone, once."""
    addresses = Addresses(OLD, grace_ends=0.0)
    assert taken(addresses, OLD, 1.0) == []
    assert taken(addresses, NEW, 2.0) == [
        "Removed eth0 192.0.2.5 DHCP",
        "Added eth0 192.0.2.7 DHCP",
    ]
    assert taken(addresses, NEW, 3.0) == []
    assert taken(addresses, {}, 4.0) == ["Removed eth0 192.0.2.7 DHCP"]


def test_the_addresses_of_a_new_unit_are_no_news() -> None:
    """Only what comes later is."""
    addresses = Addresses(None, grace_ends=GRACE_S)
    assert taken(addresses, OLD, 0.0) == []
    assert taken(addresses, OLD | {"wlan0": {"192.0.2.9": "DHCP"}}, 1.0) == [
        "Added wlan0 192.0.2.9 DHCP"
    ]


def test_an_address_that_comes_back_after_the_start_is_no_news() -> None:
    """It was away for as long as the unit was off, and some seconds."""
    addresses = Addresses(OLD, grace_ends=60.0)
    assert taken(addresses, {}, 0.0) == []
    assert addresses.awaiting(10.0) == 50.0
    assert taken(addresses, OLD, 20.0) == []
    assert addresses.awaiting(20.0) is None
    assert taken(addresses, {}, 30.0) == ["Removed eth0 192.0.2.5 DHCP"]  # it was back


def test_an_address_that_changed_while_the_unit_was_off_is_told() -> None:
    """The new one at once, that the old one is gone after the grace."""
    addresses = Addresses(OLD, grace_ends=60.0)
    assert taken(addresses, {}, 0.0) == []
    assert taken(addresses, NEW, 5.0) == ["Added eth0 192.0.2.7 DHCP"]
    assert addresses.known == {"eth0": {"192.0.2.5": "DHCP", "192.0.2.7": "DHCP"}}
    assert taken(addresses, NEW, 60.0) == ["Removed eth0 192.0.2.5 DHCP"]
    assert addresses.known == NEW
    assert addresses.awaiting(61.0) is None
