"""What keys do: sequences, the events they cause, and the sets of them that accounts have. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from common.errors import Conflict, InvalidValue
from common.sip import DtmfConfiguration, DtmfEvent, DtmfTrigger
from daemons.sip.records import DEFAULT_DTMF_ID, Dtmf
from daemons.sip.settings.checks import check_text
from daemons.sip.settings.ids import identified, together


@dataclass(frozen=True)
class Kind:
    """One of the three lists."""

    entities: Any
    """The shape of many of them."""
    field: str
    prefix: str
    what: str


KINDS: Mapping[str, Kind] = {
    "configuration": Kind(
        list[DtmfConfiguration], "configurations", "dtmf_config", "DTMF configurations"
    ),
    "event": Kind(list[DtmfEvent], "events", "dtmf_event", "DTMF events"),
    "trigger": Kind(list[DtmfTrigger], "triggers", "dtmf_trigger", "DTMF sequences"),
}


def kind_of(name: str) -> Kind:
    """Return a kind; raise `InvalidValue` for another word."""
    if name not in KINDS:
        raise InvalidValue(f"kind: '{name[:64]}' is none of {', '.join(KINDS)}")
    return KINDS[name]


def put(dtmf: Dtmf, kind: Kind, given: Sequence[Any], number: int) -> tuple[Dtmf, list[str], int]:
    """Return it with more or other entities, their ids, and the next number of that kind."""
    kept = getattr(dtmf, kind.field)
    whole, number = identified(kept, given, kind.prefix, number)
    merged = together(kept, whole, kind.prefix, kind.what, DEFAULT_DTMF_ID)
    changed = msgspec.structs.replace(dtmf, **{kind.field: merged})
    _check(changed)
    return changed, [each.id for each in whole], number


def removed(dtmf: Dtmf, kind: Kind, ids: Collection[str]) -> Dtmf:
    """Return it without some; what named them forgets them."""
    if DEFAULT_DTMF_ID in ids and kind.field == "configurations":
        raise Conflict(f"{DEFAULT_DTMF_ID} cannot be removed: peer-to-peer accounts have it")
    left = tuple(each for each in getattr(dtmf, kind.field) if each.id not in ids)
    changed = msgspec.structs.replace(dtmf, **{kind.field: left})
    events = {event.id for event in changed.events}
    triggers = {trigger.id for trigger in changed.triggers}
    return msgspec.structs.replace(
        changed,
        triggers=tuple(
            trigger
            if trigger.dtmf_event_id in events
            else msgspec.structs.replace(trigger, dtmf_event_id="")
            for trigger in changed.triggers
        ),
        configurations=tuple(
            msgspec.structs.replace(
                each, dtmf_trigger_id=tuple(id_ for id_ in each.dtmf_trigger_id if id_ in triggers)
            )
            for each in changed.configurations
        ),
    )


def _check(dtmf: Dtmf) -> None:
    events = {event.id for event in dtmf.events}
    triggers = {trigger.id for trigger in dtmf.triggers}
    for event in dtmf.events:
        check_text(event.name, "Name")
    sequences: set[str] = set()
    for trigger in dtmf.triggers:
        if trigger.dtmf_event_id and trigger.dtmf_event_id not in events:
            raise InvalidValue(f"DTMFEventId: there is no event '{trigger.dtmf_event_id[:64]}'")
        if trigger.dtmf_sequence in sequences:
            raise InvalidValue(f"DTMFSequence: there is a '{trigger.dtmf_sequence}' already")
        sequences.add(trigger.dtmf_sequence)
    for each in dtmf.configurations:
        check_text(each.name, "Name")
        if unknown := set(each.dtmf_trigger_id) - triggers:
            raise InvalidValue(f"DTMFTriggerId: there is no sequence '{min(unknown)[:64]}'")
        if len(set(each.dtmf_trigger_id)) < len(each.dtmf_trigger_id):
            raise InvalidValue("DTMFTriggerId: the same one stands there twice")
