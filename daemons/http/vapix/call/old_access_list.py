"""The access list as clients before it had a policy know it: `AllowedURIs`, of who may call."""

from collections.abc import Mapping
from typing import Any, Final

from common.sip import Configuration
from daemons.http.vapix.call import wire

_NAMES: Final = {"ApplyAllowedURIs": "ApplyAccessList", "AllowedURIs": "AccessList"}
_POLICY: Final = "AccessListPolicy"


def shown(configuration: Configuration) -> dict[str, Any]:
    """Return the old fields; a list of who may not call is nothing that they can say."""
    allows = configuration.access_list_policy == "Allow"
    return {
        "ApplyAllowedURIs": allows and configuration.apply_access_list,
        "AllowedURIs": list(configuration.access_list) if allows else [],
    }


def is_in(given: Mapping[str, Any]) -> bool:
    """Whether an old field was sent."""
    return not _NAMES.keys().isdisjoint(given)


def taken_over(
    changes: Mapping[str, Any], given: Mapping[str, Any], now: Configuration, keep_current: bool
) -> dict[str, Any]:
    """Return the changes with those that the old fields of `given` say.

    Clients read the whole configuration, change a field and send it back, with the fields by both names: the one that
    was changed counts, and what was just sent back changes nothing.
    """
    wanted = dict(changes)
    before, current = shown(now), wire.shown(now)
    for old, name in _NAMES.items():
        if old not in given:
            continue
        value = wire.only_sent(Configuration, {name: given[old]})[name]
        sent_back = keep_current and value == before[old]
        changed_by_name = name in changes and not (keep_current and changes[name] == current[name])
        if not sent_back and not changed_by_name:
            wanted[name] = value
            wanted[_POLICY] = "Allow"
    return wanted
