"""Which interfaces are the unit's, and when their connection is lost."""

from common.netlink import Link
from common.topics import Event
from daemons.network.interfaces import Connections, own_interfaces
from daemons.network.telling import MOST_WAITING, Telling
from daemons.network.topics import ADDRESS_ADDED


def link(name: str, kind: str = "", *, loopback: bool = False, in_another: bool = False) -> Link:
    """Return an interface."""
    index = len(name)
    return Link(index, name, connected=True, loopback=loopback, kind=kind, in_another=in_another)


def test_the_units_interfaces_are_those_with_a_cable() -> None:
    """Or the one that is named, whatever it is."""
    links = [
        link("lo", loopback=True),
        link("eth0"),
        link("docker0", "bridge"),
        link("vethabcd", "veth", in_another=True),
        link("wg", "wireguard"),
        link("wlan0x", "veth"),
    ]
    assert {each.name for each in own_interfaces(links, None).values()} == {"eth0", "wlan0x"}
    assert {each.name for each in own_interfaces(links, "docker0").values()} == {"docker0"}
    assert own_interfaces(links, "eth9") == {}


def lost(events: list[Event]) -> dict[str, str]:
    """Return which are lost."""
    return {event.source["interface"]: event.data["lost"] for event in events}


def test_any_and_all() -> None:
    """Any is lost while one of them is, All while all are."""
    connections = Connections()
    assert connections.events() == []
    changed, others = connections.take({"eth0": True, "wlan0": True})
    assert lost(changed) == {"Any": "0", "All": "0", "eth0": "0", "wlan0": "0"}
    assert others
    changed, others = connections.take({"eth0": False, "wlan0": True})
    assert (lost(changed), others) == ({"Any": "1", "eth0": "1"}, False)
    changed, others = connections.take({"eth0": False, "wlan0": False})
    assert (lost(changed), others) == ({"All": "1", "wlan0": "1"}, False)
    changed, others = connections.take({})
    assert (changed, others) == ([], True)
    assert lost(connections.events()) == {"Any": "1", "All": "1"}


def test_what_nobody_hears_yet_waits() -> None:
    """In order, with its time, up to a limit; it counts as told once it was."""
    said: list[tuple[str, float]] = []
    told: list[int] = []
    telling = Telling(
        lambda event, at: said.append((event.data["address"], at)), lambda: told.append(len(said))
    )

    def added(address: str) -> list[Event]:
        return [ADDRESS_ADDED.event({"interface": "a"}, {"origin": "RA", "address": address})]

    telling.tell(added("one"), 1.0)
    telling.tell(added("two"), 2.0)
    assert (said, told) == ([], [])
    telling.heard(listening=True)
    assert (said, told) == ([("one", 1.0), ("two", 2.0)], [2])
    telling.tell(added("three"), 3.0)
    assert said[-1] == ("three", 3.0)
    telling.heard(listening=False)
    for number in range(MOST_WAITING + 10):
        telling.tell(added(str(number)), 4.0)
    assert len(said) == 3
    telling.heard(listening=True)
    assert said[3] == ("10", 4.0)
