"""Numbered groups come and go by the rules of their template."""

import pytest

from common.errors import (
    ApplianceError,
    Conflict,
    InvalidValue,
    NotFound,
    NotPermitted,
    NotSupported,
)
from common.params.kinds import Access
from daemons.params.change import Change
from daemons.params.groups import add, drop_groups, put_group, remove
from tests.unit.params.example import sealer, tree


def added(
    values: dict[str, str],
    *,
    groups: tuple[str, ...] = (),
    access: Access = Access.OPERATOR,
    force: bool = False,
    template: str = "profile",
    parent: str = "Profile",
) -> tuple[Change, tuple[str, dict[str, str]]]:
    """Return what adding a group to the example tree comes to."""
    existing = tree(groups=frozenset(groups))
    return add(existing, sealer(), template, parent, values, access, "joe", force=force)


def test_a_new_group_takes_the_lowest_free_number() -> None:
    """Values that are not given take the template's defaults."""
    change, (letter, refused) = added(
        {"Profile.P.Name": "x", "Count": "3"}, groups=("Profile.P0", "Profile.P2")
    )
    assert (letter, refused) == ("P1", {})
    assert change.groups_added == ["Profile.P1"]
    assert change.values == {"Profile.P1.Name": "x", "Profile.P1.Count": "3"}
    assert change.told["Profile.P1.Kind"] == "x"
    assert {line.name for line in change.history} == {"Profile.P1.Name", "Profile.P1.Count"}


def test_a_refused_value_leaves_the_group() -> None:
    """The group is made, the value is told as refused (VAPIX page 2.5)."""
    change, (letter, refused) = added(
        {"Count": "99", "Nothing": "x", "Kind": "y", "Key": "hunter2"}
    )
    assert letter == "P0"
    assert set(refused) == {"Count", "Nothing", "Kind"}
    assert change.groups_added == ["Profile.P0"]
    assert list(change.secrets) == ["Profile.P0.Key"]
    assert "hunter2" not in repr(change)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"template": "nothing"}, NotFound),
        ({"parent": "Clip"}, InvalidValue),
        ({"template": "clip", "parent": "Clip"}, NotSupported),
        ({"access": Access.VIEWER}, NotPermitted),
        ({"groups": ("Profile.P0", "Profile.P1", "Profile.P2")}, Conflict),
    ],
)
def test_a_group_is_not_made(arguments: dict[str, object], error: type[ApplianceError]) -> None:
    """Unknown templates, wrong parents, missing rights and a full house are refused."""
    with pytest.raises(error):
        added({}, **arguments)  # type: ignore[arg-type]


def test_force_goes_beyond_the_limit() -> None:
    """`force=yes` is for those who know what they do."""
    _change, (letter, _) = added({}, groups=("Profile.P0", "Profile.P1", "Profile.P2"), force=True)
    assert letter == "P3"


def test_removal_takes_everything_in_the_group() -> None:
    """Values and secrets go with it, those of a neighbour stay."""
    existing = tree(
        groups=frozenset({"Profile.P1", "Profile.P10"}),
        values={"Profile.P1.Name": "x", "Profile.P10.Name": "y"},
        secrets={"Profile.P1.Key": b"x"},
    )
    change, refused = remove(existing, ["Profile.P1", "Profile.P1"], Access.OPERATOR, "joe")
    assert not refused
    assert change.groups_removed == ["Profile.P1"]
    assert change.values == {"Profile.P1.Name": None}
    assert change.secrets == {"Profile.P1.Key": None}


@pytest.mark.parametrize(
    "group", ["Profile.P9", "Profile", "Network", "Clip.C0", "", "Profile.P1.Name"]
)
def test_removal_is_all_or_nothing(group: str) -> None:
    """One refused group keeps the others."""
    existing = tree(groups=frozenset({"Profile.P1", "Clip.C0"}))
    change, refused = remove(existing, ["Profile.P1", group], Access.ADMIN, "joe")
    assert change.empty
    assert list(refused) == [group]


def test_a_viewer_removes_nothing() -> None:
    """Deleting needs the template's level."""
    existing = tree(groups=frozenset({"Profile.P1"}))
    change, refused = remove(existing, ["Profile.P1"], Access.VIEWER, "joe")
    assert change.empty
    assert "rights" in refused["Profile.P1"]


def test_an_owner_puts_and_drops_its_groups() -> None:
    """What exists already changes only where it differs."""
    change = put_group(tree(), "audio", "Clip.C7", {"Name": "bell"})
    assert change.groups_added == ["Clip.C7"]
    assert change.values == {"Clip.C7.Name": "bell"}
    existing = tree(groups=frozenset({"Clip.C7"}), values={"Clip.C7.Name": "bell"})
    assert put_group(existing, "audio", "Clip.C7", {"Name": "bell"}).empty
    dropped = drop_groups(existing, "audio", ["Clip.C7", "Clip.C8"])
    assert dropped.groups_removed == ["Clip.C7"]


@pytest.mark.parametrize(
    ("owner", "group", "values", "error"),
    [
        ("system", "Clip.C0", {}, NotPermitted),
        ("audio", "Clip", {}, InvalidValue),
        ("audio", "Clip.C007", {}, InvalidValue),
        ("audio", "Clip.C0", {"Nothing": "x"}, InvalidValue),
        ("audio", "Clip.C0", {"Name": "far too long"}, InvalidValue),
    ],
)
def test_nobody_puts_what_is_not_theirs(
    owner: str, group: str, values: dict[str, str], error: type[ApplianceError]
) -> None:
    """Only the owner, only numbered groups, only declared members."""
    with pytest.raises(error):
        put_group(tree(), owner, group, values)
    if not values:
        with pytest.raises(error):
            drop_groups(tree(), owner, [group])
