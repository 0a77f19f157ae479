"""Which network interfaces are the unit's, and whether their connection is lost."""

from collections.abc import Iterable, Mapping

from common.netlink import Link
from common.topics import Event
from daemons.network.topics import ALL, ANY, NETWORK_LOST

_OF_A_CONTAINER = "veth"


def own_interfaces(links: Iterable[Link], only: str | None) -> dict[int, Link]:
    """Return the unit's interfaces by index: `only` that one, else those with a cable or an antenna.

    What a computer makes for itself (loopback, bridges, tunnels, the near ends of its containers) is none of them; in a
    container the far end is all that there is.
    """
    return {
        link.index: link
        for link in links
        if (
            link.name == only
            if only
            else not (link.loopback or link.in_another) and link.kind in ("", _OF_A_CONTAINER)
        )
    }


class Connections:
    """Whether the connection of each interface is lost."""

    def __init__(self) -> None:
        self._connected: dict[str, bool] | None = None

    def take(self, connected: Mapping[str, bool]) -> tuple[list[Event], bool]:
        """Take how all interfaces are; returns the events of changes, and whether there are other ones than before."""
        before = {_key(event): event for event in self.events()}
        others = self._connected is None or self._connected.keys() != connected.keys()
        self._connected = dict(connected)
        changed = [event for event in self.events() if before.get(_key(event)) != event]
        return changed, others

    def events(self) -> list[Event]:
        """Return the present states, nothing while nobody knows; without any interface, nothing is connected."""
        if self._connected is None:
            return []
        lost = {name: not connected for name, connected in sorted(self._connected.items())}
        summary = {ANY: any(lost.values()) or not lost, ALL: all(lost.values())}
        return [
            NETWORK_LOST.event({"interface": name}, {"lost": value})
            for name, value in (summary | lost).items()
        ]


def _key(event: Event) -> str:
    return event.source["interface"]
