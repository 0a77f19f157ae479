"""Values change by those who may, to what their kinds accept, and each change is told and remembered."""

from collections.abc import Collection, Mapping

import pytest

from common.errors import InvalidValue, NotFound, NotPermitted
from common.params.kinds import Access
from common.params.registry import Rule
from daemons.params.change import Change, Line
from daemons.params.tree import SERIAL_NUMBER, Tree
from daemons.params.updating import publish, update
from tests.unit.params.example import sealer, tree


def updated(
    changes: dict[str, str],
    access: Access = Access.ADMIN,
    *,
    on: Tree | None = None,
    atomic: bool = False,
    vetoes: dict[str, str] | None = None,
) -> tuple[Change, dict[str, str]]:
    """Return what an update of the example tree comes to."""
    return update(
        on or tree(), sealer(), changes, access, "joe", atomic=atomic, vetoes=vetoes or {}
    )


@pytest.mark.covers("M-LOG-14", part="editing")
def test_a_change_is_written_told_and_remembered() -> None:
    """Who did it stands in the history, with the old and the new value."""
    change, refused = updated({"Audio.Gain": "-3.0"})
    assert not refused
    assert change.values == {"Audio.Gain": "-3"}
    assert change.told == {"Audio.Gain": "-3"}
    assert change.history == [Line("Audio.Gain", "0", "-3")]
    assert change.who == "joe"


def test_only_what_differs_from_the_default_is_kept() -> None:
    """Writing the default removes the stored value."""
    change, _ = updated({"Audio.Gain": "0"}, on=tree(values={"Audio.Gain": "-3"}))
    assert change.values == {"Audio.Gain": None}


def test_writing_the_present_value_is_no_change() -> None:
    """No transaction, no signal, no history."""
    change, refused = updated({"Audio.Gain": "0", "Network.Password": "******"})
    assert change.empty
    assert not refused


@pytest.mark.parametrize(
    ("name", "text", "access", "reason"),
    [
        ("Audio.Gain", "loud", Access.ADMIN, "must be mute or a level"),
        ("Audio.Gain", "-3", Access.VIEWER, "needs the rights of an operator"),
        ("Network.Port", "1", Access.OPERATOR, "needs the rights of an admin"),
        ("Network.Keys", "x", Access.OPERATOR, "no parameter is called"),
        ("Brand.Brand", "x", Access.INTERNAL, "is read-only"),
        (SERIAL_NUMBER, "x", Access.INTERNAL, "is read-only"),
        ("Network.Prt", "1", Access.ADMIN, "did you mean Network.Port?"),
        ("Profile.P0.Name", "x", Access.ADMIN, "there is no group"),
        ("Network", "x", Access.ADMIN, "no parameter is called"),
    ],
)
def test_a_change_is_refused_with_a_reason(
    name: str, text: str, access: Access, reason: str
) -> None:
    """The reason is for a person; the rest is written unless all must be."""
    changes = {name: text, "Audio.A0.Enabled": "no"}
    change, refused = updated(changes, access)
    assert reason in refused[name]
    if access > Access.VIEWER:
        assert list(change.values) == ["Audio.A0.Enabled"]
    change, refused = updated(changes, access, atomic=True)
    assert change.empty
    assert name in refused


def test_what_the_owner_refuses_is_not_written() -> None:
    """The owner's reason goes to the one who asked."""
    change, refused = updated(
        {"Network.Port": "1", "Audio.Gain": "1"}, vetoes={"Network.Port": "is taken"}
    )
    assert refused == {"Network.Port": "is taken"}
    assert list(change.values) == ["Audio.Gain"]


def test_a_secret_is_sealed_and_shown_nowhere() -> None:
    """Neither what is told nor what is remembered holds it."""
    change, _ = updated({"Network.Password": "hunter2"})
    assert "hunter2" not in repr(change)
    sealed = change.secrets["Network.Password"]
    assert sealed is not None
    assert sealer().unseal("Network.Password", sealed) == "hunter2"
    assert sealer().unseal("Network.Token", sealed) is None
    assert change.history == [Line("Network.Password", "******", "******")]
    assert change.told == {"Network.Password": "******"}


def test_a_refused_secret_is_not_quoted() -> None:
    """The reason names the rule, not the text."""
    _change, refused = updated({"Network.Password": "hunter2\n" * 20})
    assert "hunter2" not in refused["Network.Password"]


def test_an_emptied_secret_is_gone() -> None:
    """Nothing sealed remains of it."""
    change, _ = updated({"Network.Password": ""}, on=tree(secrets={"Network.Password": b"x"}))
    assert change.secrets == {"Network.Password": None}


def test_a_sealed_secret_that_was_tampered_with_is_none() -> None:
    """A damaged or foreign secret counts as not set."""
    sealed = sealer().seal("a", "text")
    assert sealer().unseal("a", sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert sealer().unseal("a", b"") is None


def test_an_owner_publishes_its_facts() -> None:
    """Facts are no change of settings: no history; and names made of the serial number are told."""
    change = publish(tree(), "system", {SERIAL_NUMBER: "00408C123ABC"})
    assert change.values == {SERIAL_NUMBER: "00408C123ABC"}
    assert change.told == {SERIAL_NUMBER: "00408C123ABC", "Network.Name": "unit-00408c123abc"}
    assert not change.history
    same = tree(values={SERIAL_NUMBER: "00408C123ABC"})
    assert publish(same, "system", {SERIAL_NUMBER: "00408C123ABC"}).empty


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        ("audio", SERIAL_NUMBER, NotPermitted),
        ("", SERIAL_NUMBER, NotPermitted),
        ("system", "Brand.Brand", NotPermitted),
        ("audio", "Audio.Gain", NotPermitted),
        ("system", "Nothing", NotFound),
    ],
)
def test_nobody_else_publishes_them(owner: str, name: str, error: type[Exception]) -> None:
    """Settings, constants and the facts of others are not for publishing."""
    with pytest.raises(error):
        publish(tree(), owner, {name: "x"})


def test_a_wrong_fact_is_the_owners_bug() -> None:
    """A fact that does not fit its kind is refused whole."""
    with pytest.raises(InvalidValue, match="Serial"):
        publish(tree(), "system", {SERIAL_NUMBER: "x" * 99})


def ruled() -> Tree:
    """Return a tree in which the port follows the gain, and the gain is mute while the audio is off."""

    def settle(
        written: Collection[str], before: Mapping[str, str], after: Mapping[str, str]
    ) -> Mapping[str, str]:
        assert set(before) == set(after) == set(rule.names)
        if after["Audio.A0.Enabled"] == "no":
            return {"Audio.Gain": "mute"}
        if after["Audio.Gain"] != before["Audio.Gain"] and "Network.Port" not in written:
            return {"Network.Port": "8080"}
        return after

    made = tree()
    rule = Rule(frozenset({"Audio.Gain", "Audio.A0.Enabled", "Network.Port"}), settle)
    made.registry.declare_rule(rule)
    return made


def test_what_a_rule_says_is_written_told_and_remembered_with_the_change() -> None:
    """One transaction, whoever wrote it and whatever else he may write; what he names himself stays his."""
    change, refused = updated({"Audio.Gain": "-3"}, Access.OPERATOR, on=ruled())
    assert not refused
    assert change.told == change.values == {"Audio.Gain": "-3", "Network.Port": "8080"}
    assert change.history == [Line("Audio.Gain", "0", "-3"), Line("Network.Port", "80", "8080")]
    change, _ = updated({"Audio.Gain": "-3", "Network.Port": "80"}, on=ruled())
    assert change.told == {"Audio.Gain": "-3"}


def test_a_rule_can_leave_a_parameter_as_it_was() -> None:
    """Nothing of what was asked for is left then: not written, not told, not remembered."""
    held = ruled()
    held.state.values |= {"Audio.A0.Enabled": "no", "Audio.Gain": "mute"}
    change, _ = updated({"Audio.Gain": "-3"}, on=held)
    assert change.empty
    assert (change.told, change.history) == ({}, [])


def test_what_is_refused_moves_no_rule() -> None:
    """Neither by itself, nor a good change beside it that must not stand alone."""
    change, _ = updated({"Audio.Gain": "loud"}, on=ruled())
    assert change.empty
    change, _ = updated({"Audio.Gain": "-3", "Network.Prt": "1"}, on=ruled(), atomic=True)
    assert change.empty


def test_a_rule_can_only_name_what_is_declared() -> None:
    """A misspelt name is found at the import."""
    with pytest.raises(ValueError, match=r"a rule names Audio\.Gian"):
        tree().registry.declare_rule(Rule(frozenset({"Audio.Gian"}), lambda _w, _b, after: after))
