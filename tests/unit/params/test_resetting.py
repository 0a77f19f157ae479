"""Restore and factory default clear what their policy covers, and nothing else."""

import pytest

from common.errors import InvalidValue
from daemons.params.change import Change
from daemons.params.resetting import reset
from daemons.params.state import Record, State
from daemons.params.tree import SERIAL_NUMBER, Tree
from tests.unit.params.example import tree


def used() -> Tree:
    """Return the example tree after a long life."""
    return tree(
        values={
            "Audio.Gain": "-3",
            "Network.Address": "10.9.9.9",
            "Network.Name": "lobby",
            "Profile.P0.Name": "x",
            "Forgotten.Name": "of another version",
            SERIAL_NUMBER: "00408C123ABC",
        },
        secrets={
            "Network.Password": b"1",
            "Network.Token": b"2",
            "recipient/mail": b"3",
            "Profile.P0.Key": b"4",
        },
        groups=frozenset({"Profile.P0", "Clip.C1"}),
        records={("recipient", "mail"): Record(3, "{}"), ("forgotten", "x"): Record(4, "{}")},
        revision=10,
        generation=4,
        level="restore",
    )


def after(level: str) -> tuple[State, Change]:
    """Return the state after a reset, and the change."""
    old = used()
    change = reset(old, level, "joe")
    change.apply(old.state)
    return old.state, change


@pytest.mark.covers("M-MNT-02", part="policy")
def test_a_restore_keeps_the_listed_settings() -> None:
    """Everything else goes: values, secrets, groups, records, and what nobody declares any more."""
    state, change = after("restore")
    assert state.values == {"Network.Address": "10.9.9.9", SERIAL_NUMBER: "00408C123ABC"}
    assert state.secrets == {"Network.Password": b"1"}
    assert not state.groups
    assert not state.records
    assert (state.generation, state.level, change.generation) == (5, "restore", 5)
    assert change.told["Network.Name"] == "unit-00408c123abc"
    assert sorted(change.groups_removed) == ["Clip.C1", "Profile.P0"]
    assert not change.forget


@pytest.mark.covers("M-MNT-04", part="policy")
def test_a_factory_default_keeps_only_what_the_unit_is() -> None:
    """The serial number is no setting; the past is forgotten."""
    state, change = after("factory_default")
    assert state.values == {SERIAL_NUMBER: "00408C123ABC"}
    assert not state.secrets
    assert not state.groups
    assert not state.records
    assert (state.generation, state.level) == (5, "factory_default")
    assert change.forget


def test_a_reset_of_an_untouched_unit_is_one_all_the_same() -> None:
    """The other daemons have things to wipe, too."""
    change = reset(tree(), "restore", "joe")
    assert not change.empty
    state = State()
    change.apply(state)
    assert (state.generation, state.revision) == (1, 1)


def test_there_are_two_levels() -> None:
    """Anything else is a mistake of the caller."""
    with pytest.raises(InvalidValue):
        reset(tree(), "everything", "joe")
