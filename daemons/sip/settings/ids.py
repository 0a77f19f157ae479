"""Ids of accounts and of what belongs to DTMF. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from common.errors import Conflict, InvalidValue
from common.sip import MOST_ENTITIES, Account, DtmfConfiguration, DtmfEvent, DtmfTrigger

Entity = TypeVar("Entity", Account, DtmfConfiguration, DtmfEvent, DtmfTrigger)

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NUMBER = re.compile(r"(.+)_(0|[1-9][0-9]{0,5})")


def identified(
    kept: Sequence[Entity], given: Sequence[Entity], prefix: str, number: int
) -> tuple[list[Entity], int]:
    """Return what is given, each with an id, and the next number of all.

    An id that nothing has is taken as it is, so that who sends the same twice has made one thing. One without an id
    gets `<prefix>_<number>`, with a number that nothing had before.
    """
    sent = [each.id for each in given if each.id]
    for id_ in sent:
        if not _ID.fullmatch(id_):
            raise InvalidValue("Id: 1 to 64 of letters, digits, and . _ -")
        number = max(number, _number(id_, prefix) + 1)
    if len(set(sent)) < len(sent):
        raise InvalidValue("Id: the same one stands there twice")
    taken = {each.id for each in kept} | set(sent)
    whole = []
    for each in given:
        if each.id:
            whole.append(each)
            continue
        while f"{prefix}_{number}" in taken:
            number += 1
        whole.append(msgspec.structs.replace(each, id=f"{prefix}_{number}"))
        number += 1
    return whole, number


def together(
    kept: Iterable[Entity], given: Iterable[Entity], prefix: str, what: str, first: str = ""
) -> tuple[Entity, ...]:
    """Return all of them: `first`, then in order of their numbers, then the others in order of their ids."""
    by_id = {each.id: each for each in kept} | {each.id: each for each in given}
    if len(by_id) > MOST_ENTITIES:
        raise Conflict(f"there can be at most {MOST_ENTITIES} {what}")

    def place(entity: Entity) -> tuple[bool, bool, int, str]:
        number = _number(entity.id, prefix)
        return entity.id != first, number < 0, number, entity.id

    return tuple(sorted(by_id.values(), key=place))


def _number(id_: str, prefix: str) -> int:
    match = _NUMBER.fullmatch(id_)
    return int(match[2]) if match and match[1] == prefix else -1
