"""What keys do: what one names is there, and what is removed is forgotten."""

import json
from typing import Any

import pytest

from common.errors import Conflict, InvalidValue
from common.sip import MOST_ENTITIES
from daemons.sip.records import AUTOMATIC, DEFAULT_DTMF, DEFAULT_DTMF_ID, Dtmf
from daemons.sip.settings.dtmf import KINDS, kind_of, put, removed
from daemons.sip.settings.shapes import read


def with_dtmf(kind: str, *entities: dict[str, Any], kept: Dtmf | None = None) -> Dtmf:
    """Return what there is after some entities were sent."""
    known = kind_of(kind)
    return put(kept or Dtmf(), known, read(json.dumps(entities), known.entities), 0)[0]


def without(kind: str, *ids: str, kept: Dtmf) -> Dtmf:
    """Return what there is after some were removed."""
    return removed(kept, kind_of(kind), ids)


def whole() -> Dtmf:
    """Return two sequences, one event for both, and a set of them beside the default one."""
    dtmf = with_dtmf("event", {"Name": "stop audio"})
    dtmf = with_dtmf(
        "trigger",
        {"DTMFSequence": "1", "DTMFEventId": "dtmf_event_0"},
        {"DTMFSequence": "12", "DTMFEventId": "dtmf_event_0"},
        kept=dtmf,
    )
    both = ["dtmf_trigger_0", "dtmf_trigger_1"]
    return with_dtmf(
        "configuration",
        {"Name": "Own", "DTMFTriggerId": both, "RFC2833": False},
        {"Id": DEFAULT_DTMF_ID, "Name": DEFAULT_DTMF.name, "DTMFTriggerId": both},
        kept=dtmf,
    )


@pytest.mark.covers("M-SIP-44", part="the characters that a sequence has")
@pytest.mark.parametrize("sequence", ["0123456789ABCD*#", "1", "*" * 64])
def test_a_sequence(sequence: str) -> None:
    """0-9, A-D, # and *, up to 64."""
    [trigger] = with_dtmf("trigger", {"DTMFSequence": sequence}).triggers
    assert trigger.dtmf_sequence == sequence


@pytest.mark.parametrize("sequence", ["", "E", "a", "1 2", "1\n", "+", "1" * 65, None, 1])
def test_what_is_no_sequence(sequence: Any) -> None:
    """Nothing else."""
    with pytest.raises(InvalidValue, match="DTMFSequence"):
        with_dtmf("trigger", {"DTMFSequence": sequence})


def test_there_is_always_the_default_configuration() -> None:
    """It is the one of the account that is there from the start."""
    assert Dtmf().of(AUTOMATIC) == DEFAULT_DTMF
    with pytest.raises(Conflict, match=DEFAULT_DTMF_ID):
        without("configuration", DEFAULT_DTMF_ID, kept=Dtmf())
    assert [each.id for each in whole().configurations] == [DEFAULT_DTMF_ID, "dtmf_config_0"]


@pytest.mark.covers("M-SIP-47", part="peer-to-peer accounts share their protocols")
def test_the_protocols_of_the_default_configuration_can_be_chosen() -> None:
    """For all peer-to-peer accounts at once."""
    sent = {"Id": DEFAULT_DTMF_ID, "RFC2833": False, "RFC2976": True}
    found = with_dtmf("configuration", sent).of(AUTOMATIC)
    assert (found.rfc2833, found.rfc2976) == (False, True)


@pytest.mark.parametrize(
    ("kind", "entity", "field"),
    [
        ("trigger", {"DTMFSequence": "1"}, "DTMFSequence"),
        ("trigger", {"DTMFSequence": "3", "DTMFEventId": "dtmf_event_9"}, "DTMFEventId"),
        ("trigger", {"DTMFEventId": "dtmf_event_0"}, "DTMFSequence"),
        ("configuration", {"DTMFTriggerId": ["dtmf_trigger_9"]}, "DTMFTriggerId"),
        ("configuration", {"DTMFTriggerId": ["dtmf_trigger_0"] * 2}, "DTMFTriggerId"),
        ("configuration", {"Name": "a\0"}, "Name"),
        ("configuration", {"RFC2833": "yes"}, "RFC2833"),
        ("event", {"Name": "a\n"}, "Name"),
        ("event", {"Id": "a b"}, "Id"),
        ("sequence", {}, "kind"),
    ],
)
def test_what_cannot_be(kind: str, entity: dict[str, Any], field: str) -> None:
    """Each is refused by name."""
    with pytest.raises(InvalidValue, match=field):
        with_dtmf(kind, entity, kept=whole())


def test_sequences_may_change_places() -> None:
    """What counts is that they are unique afterwards."""
    swapped = with_dtmf(
        "trigger",
        {"Id": "dtmf_trigger_0", "DTMFSequence": "12"},
        {"Id": "dtmf_trigger_1", "DTMFSequence": "1"},
        kept=whole(),
    )
    assert [each.dtmf_sequence for each in swapped.triggers] == ["12", "1"]


def test_what_is_removed_is_forgotten() -> None:
    """And what nobody knows is no error."""
    left = without("trigger", "dtmf_trigger_0", "nobody", kept=whole())
    assert [each.id for each in left.triggers] == ["dtmf_trigger_1"]
    assert {each.dtmf_trigger_id for each in left.configurations} == {("dtmf_trigger_1",)}
    left = without("event", "dtmf_event_0", kept=whole())
    assert [each.dtmf_event_id for each in left.triggers] == ["", ""]
    assert without("configuration", "dtmf_config_0", kept=whole()).configurations[1:] == ()


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_limit(kind: str) -> None:
    """Of each kind, the default configuration included."""
    entities = [
        {"Name": "x"} if kind != "trigger" else {"DTMFSequence": f"{number}"}
        for number in range(MOST_ENTITIES + (kind != "configuration"))
    ]
    with pytest.raises(Conflict, match="100"):
        with_dtmf(kind, *entities)
    with_dtmf(kind, *entities[1:])
