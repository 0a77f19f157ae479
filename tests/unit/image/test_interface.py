"""The unit's own network interface has the name on the device by which the daemons know it."""

from configparser import ConfigParser

import pytest

from hw.boards import load
from tests.suite import ROOT

FILES = ROOT / "image/tree/files/usr/lib/systemd/network"
DRIVERS = {"genet": "bcmgenet"}
"""Module of the board's Ethernet -> the name that its driver has for udev."""


@pytest.mark.covers("M-LED-04", part="name of the interface")
def test_the_boards_socket_keeps_the_name_that_the_daemons_know() -> None:
    """The device tree's alias (`ethernet0`) would make it `end0` where nobody says otherwise."""
    names = {}
    for path in FILES.glob("*.link"):
        link = ConfigParser()
        link.read(path)
        names[link["Match"]["Driver"]] = link["Link"]["Name"]
    modules = (ROOT / "image/kernel/modules.conf").read_text().split()
    assert {DRIVERS[module] for module in DRIVERS if module in modules} == names.keys()
    assert set(names.values()) == {load("c8210_hat").interface}
