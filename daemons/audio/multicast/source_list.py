"""The multicast controller's list: what holds for all sources, and each source in the order of priority.

Priorities are places in one list, so they are unique and without gaps whatever is done to it.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from common.errors import Conflict, InvalidValue, NotFound
from daemons.audio.multicast.encodings import BY_NAME, PCMU
from daemons.audio.multicast.profiles import NORMAL, PROFILES
from daemons.audio.multicast.srtp_keys import checked_key
from daemons.audio.player import CALLS, CLIPS, TALKERS
from daemons.audio.records import MOST_SOURCES

INTERNAL: Final = (CALLS, TALKERS, CLIPS)
"""The unit's own sources, in the order in which a new unit has them."""
FIRST: Final = 1
"""The highest priority. The reference leaves open which end is up; ours is as in `first`, `second`."""
LAST: Final = MOST_SOURCES + len(INTERNAL)
PORTS: Final = range(1024, 65535)
LONGEST_LABEL: Final = 31
_LONGEST_ID: Final = 63
_GROUPS: Final = ipaddress.IPv4Network("224.0.0.0/4")
_ALIASES: Final = {"profile": "latencyProfile"}
"""The example of the reference spells it otherwise than its table."""


@dataclass(frozen=True)
class Source:
    """One source from the network."""

    id: str
    label: str
    address: str
    port: int
    profile: str = NORMAL
    srtp_key: str = field(default="", repr=False)
    key_lost: bool = False
    """It is encrypted, and this unit can no longer open the key it was given."""

    def changed(self, changes: Mapping[str, Any]) -> "Source":
        """Return it with other properties; raises `InvalidValue`."""
        unknown = sorted(changes.keys() - _CHECKS.keys())
        if unknown:
            raise InvalidValue(f"a source has no property '{unknown[0][:40]}' that can be set")
        fields: dict[str, Any] = {
            _FIELDS[name]: _CHECKS[name](value) for name, value in changes.items()
        }
        if "srtpKey" in changes:
            fields["key_lost"] = False
        return replace(self, **fields)


@dataclass(frozen=True)
class SourceList:
    """All that is configured."""

    enabled: bool = False
    codec: str = PCMU.name
    order: tuple[str, ...] = INTERNAL
    sources: Mapping[str, Source] = field(default_factory=dict)

    def place(self, id_: str) -> int:
        """Return the priority of a source; raises `NotFound`."""
        if id_ not in self.order:
            raise NotFound(f'"{id_[:_LONGEST_ID]}"')
        return self.order.index(id_) + FIRST

    def with_settings(self, changes: Mapping[str, Any]) -> "SourceList":
        """Return the list switched on or off, or with another codec."""
        changed = self
        for name, value in changes.items():
            if name == "enabled" and isinstance(value, bool):
                changed = replace(changed, enabled=value)
            elif name == "audiocodec" and isinstance(value, str) and value in BY_NAME:
                changed = replace(changed, codec=value)
            elif name == "enabled":
                raise InvalidValue("enabled must be true or false")
            elif name == "audiocodec":
                raise InvalidValue(f"audiocodec must be one of {', '.join(BY_NAME)}")
            else:
                raise InvalidValue(f"there is no property '{name[:40]}' that can be set")
        return changed

    def with_new(self, id_: str, given: Mapping[str, Any]) -> "SourceList":
        """Return the list with one more source; raises `InvalidValue`, `Conflict`."""
        given = _plain(given)
        if given.pop("type", "Multicast") != "Multicast":
            raise InvalidValue("type must be Multicast")
        for name in ("label", "ipAddress", "port"):
            if name not in given:
                raise InvalidValue(f"{name} is required")
        if len(self.sources) >= MOST_SOURCES:
            raise InvalidValue(f"there can be at most {MOST_SOURCES} multicast sources")
        place = given.pop("prio", len(self.order) + FIRST)
        source = Source(id_, "", "", 0).changed(given)
        self._check_free(source)
        grown = replace(self, order=(*self.order, id_), sources={**self.sources, id_: source})
        return grown.moved(id_, place)

    def with_change(self, id_: str, changes: Mapping[str, Any]) -> "SourceList":
        """Return the list with other properties of one source."""
        self.place(id_)
        changes = _plain(changes)
        place = changes.pop("prio", None)
        changed = self
        if changes:
            if id_ not in self.sources:
                raise InvalidValue(f"of {id_} only prio can be set")
            source = self.sources[id_].changed(changes)
            self._check_free(source)
            changed = replace(self, sources={**self.sources, id_: source})
        return changed if place is None else changed.moved(id_, place)

    def without(self, id_: str) -> "SourceList":
        """Return the list without a source."""
        self.place(id_)
        if id_ not in self.sources:
            raise InvalidValue(f"{id_} is a source of the unit itself and cannot be removed")
        return replace(
            self,
            order=tuple(each for each in self.order if each != id_),
            sources={each: source for each, source in self.sources.items() if each != id_},
        )

    def moved(self, id_: str, place: Any) -> "SourceList":
        """Return the list with one source at a place, or at the end when that is beyond; the others close up."""
        if isinstance(place, bool) or not isinstance(place, int) or not FIRST <= place <= LAST:
            raise InvalidValue(f"prio must be from {FIRST} to {LAST}")
        rest = [each for each in self.order if each != id_]
        rest.insert(place - FIRST, id_)
        return replace(self, order=tuple(rest))

    def described(self) -> dict[str, Any]:
        """Return all of it as VAPIX has it, without keys."""
        return {
            "enabled": self.enabled,
            "audiocodec": self.codec,
            "sources": [self.described_source(id_) for id_ in self.order],
        }

    def described_source(self, id_: str) -> dict[str, Any]:
        """Return one source as VAPIX has it, without its key; raises `NotFound`."""
        place = self.place(id_)
        source = self.sources.get(id_)
        if source is None:
            return {"id": id_, "label": id_, "prio": place, "type": "Internal"}
        return {
            "id": id_,
            "label": source.label,
            "ipAddress": source.address,
            "port": source.port,
            "prio": place,
            "latencyProfile": source.profile,
            "type": "Multicast",
        }

    def _check_free(self, wanted: Source) -> None:
        for source in self.sources.values():
            same = (source.address, source.port) == (wanted.address, wanted.port)
            if same and source.id != wanted.id:
                raise Conflict(f'"{source.label}" receives {source.address}:{source.port}')


def listed(order: tuple[str, ...], sources: Mapping[str, Source]) -> tuple[str, ...]:
    """Return an order in which every source stands once, whatever was kept of it."""
    known = (*INTERNAL, *sources)
    kept = tuple(dict.fromkeys(id_ for id_ in order if id_ in known))
    return (*kept, *(id_ for id_ in known if id_ not in kept))


def checked_group(value: Any) -> str:
    """Return a multicast address; raises `InvalidValue`."""
    try:
        address = ipaddress.IPv4Address(value if isinstance(value, str) else "")
    except ValueError:
        address = None
    if address is None or address not in _GROUPS:
        raise InvalidValue("ipAddress must be from 224.0.0.0 to 239.255.255.255")
    return str(address)


def checked_port(value: Any) -> int:
    """Return a port; raises `InvalidValue`."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in PORTS:
        raise InvalidValue(f"port must be from {PORTS[0]} to {PORTS[-1]}")
    return value


def _label(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_LABEL:
        raise InvalidValue(f"label must be a text of 1 to {LONGEST_LABEL} characters")
    if not value.isprintable():
        raise InvalidValue("label must be one line of text without control characters")
    return value


def _profile(value: Any) -> str:
    if not isinstance(value, str) or value not in PROFILES:
        raise InvalidValue(f"latencyProfile must be one of {', '.join(PROFILES)}")
    return value


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    return {_ALIASES.get(name, name): value for name, value in given.items()}


_CHECKS: Final = {
    "label": _label,
    "ipAddress": checked_group,
    "port": checked_port,
    "latencyProfile": _profile,
    "srtpKey": checked_key,
}
_FIELDS: Final = {
    "label": "label",
    "ipAddress": "address",
    "port": "port",
    "latencyProfile": "profile",
    "srtpKey": "srtp_key",
}
