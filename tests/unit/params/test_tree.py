"""The tree lists what exists as VAPIX does, to those who may see it."""

import pytest

from common.errors import InvalidValue
from common.params.kinds import Access
from daemons.params.tree import MOST_TREES, SERIAL_NUMBER
from tests.unit.params.example import tree

NAMES = [
    "Audio.Gain",
    "Audio.A0.Enabled",
    "Brand.Brand",
    "Network.Address",
    "Network.Keys",
    "Network.Name",
    "Network.Password",
    "Network.Port",
    "Network.Token",
    SERIAL_NUMBER,
]


def names(group: str, access: Access = Access.ADMIN, **state: object) -> list[str]:
    """Return the names that a selection lists."""
    [(_known, pairs)] = tree(**state).select([group], access)
    return [name for name, _value in pairs]


@pytest.mark.covers("M-API-04", part="order and values")
def test_a_group_comes_before_its_subgroups_without_regard_to_case() -> None:
    """Own parameters first, then subgroups, both sorted (VAPIX page 2.2)."""
    assert names("") == NAMES


def test_numbered_groups_are_listed_where_they_exist() -> None:
    """Only what exists is listed, and indices sort as text, as everything else does."""
    groups = frozenset({"Profile.P10", "Profile.P2"})
    listed = names("Profile", groups=groups)
    assert [name.split(".")[1] for name in listed] == ["P10"] * 4 + ["P2"] * 4
    assert names("Profile.P2.Name", groups=groups) == ["Profile.P2.Name"]
    assert names("Profile.P3.Name", groups=groups) == []
    assert names("Profile") == []


@pytest.mark.parametrize(
    ("group", "listed"),
    [
        ("Network.Port", ["Network.Port"]),
        ("Network.P", []),
        ("network.Port", []),
        ("Audio", ["Audio.Gain", "Audio.A0.Enabled"]),
        ("Audio.*", ["Audio.Gain", "Audio.A0.Enabled"]),
        ("Audio.*.Enabled", ["Audio.A0.Enabled"]),
        ("*.*.Enabled", ["Audio.A0.Enabled"]),
        ("*.Enabled", []),
        ("*", NAMES),
        ("Audio.A*", []),
        ("Audio.", []),
        (".", []),
        ("*" * 1000, []),
    ],
)
def test_a_star_stands_for_one_level(group: str, listed: list[str]) -> None:
    """What is below a matched group belongs to it; a star inside a word is no star."""
    assert names(group) == listed


def test_what_may_not_be_read_is_unknown() -> None:
    """A viewer does not learn that there is more."""
    assert tree().select(["Network.Keys", "Nothing"], Access.VIEWER) == [(False, []), (False, [])]
    assert names("Network.Keys", Access.ADMIN) == ["Network.Keys"]
    assert "Network.Keys" not in names("", Access.VIEWER)


def test_values_are_defaults_until_set() -> None:
    """Secrets are masked, and names made of the serial number follow it."""
    state = {"values": {"Audio.Gain": "-3", SERIAL_NUMBER: "00408C123ABC"}}
    values = dict(tree(**state).select([""], Access.ADMIN)[0][1])
    assert values["Audio.Gain"] == "-3"
    assert values["Network.Port"] == "80"
    assert values["Network.Password"] == "******"
    assert values["Network.Name"] == "unit-00408c123abc"


@pytest.mark.parametrize("group", ["", "*", "*.Nothing"])
def test_a_question_does_not_go_through_the_tree_for_ever(group: str) -> None:
    """A few bytes for each time would make megabytes, and hold everybody else up."""
    everything = tree()
    assert len(everything.select([group] * MOST_TREES, Access.VIEWER)) == MOST_TREES
    for read in (everything.select, everything.views):
        with pytest.raises(InvalidValue, match="too much"):
            read([group] * (MOST_TREES + 1), Access.VIEWER)


def test_a_view_says_everything_an_edge_needs() -> None:
    """Value, level, flags, type element, form field, and whether the asker may write."""
    found = tree(groups=frozenset({"Profile.P0"}))
    views = {view.name: view for view in found.views(["", "Audio"], Access.OPERATOR)}
    assert list(views) == [
        name for name in names("", groups=found.state.groups) if "Keys" not in name
    ]
    gain = views["Audio.Gain"]
    assert (gain.value, gain.writable, gain.security_level) == ("0", True, "7714")
    assert gain.type.name == "enum"
    assert gain.type.entries[0] == ("mute", "Mute")
    assert gain.kind["type"] == "gain"
    assert not views["Network.Port"].writable
    assert views["Brand.Brand"].flags == ["readonly", "const"]
    assert views["Network.Password"].flags == ["writeonly"]
    assert views["Profile.P0.Name"].group == "Profile.P0"
    assert views["Profile.P0.Name"].security_level == "4414"
