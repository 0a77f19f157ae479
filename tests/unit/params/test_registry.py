"""The registry keeps every declaration once, and finds it by the names that clients use."""

import pytest

from common.errors import InvalidValue, NotFound
from common.params.kinds import Access, Int, Text
from common.params.registry import Parameter, Registry
from tests.unit.params.example import registry


def test_a_name_is_declared_once() -> None:
    """A second claim on a name is an error at import."""
    made = registry()
    with pytest.raises(ValueError, match="twice"):
        made.declare(made.parameters["Audio.Gain"])
    with pytest.raises(ValueError, match="twice"):
        made.declare_template(made.templates["clip"])
    with pytest.raises(ValueError, match="twice"):
        made.declare_record(made.records["recipient"])


@pytest.mark.parametrize(
    ("default", "label", "help_"),
    [("70", "Port", "Where."), ("5", "", "Where."), ("5", "Port", "")],
)
def test_a_declaration_must_be_whole(default: str, label: str, help_: str) -> None:
    """A default the kind refuses, a missing label or a missing help text is an error at import."""
    with pytest.raises((ValueError, InvalidValue)):
        Parameter("A.B", Int(0, 9), default, label, help_, "audio")


def test_a_default_that_is_not_in_its_one_form_is_refused() -> None:
    """Otherwise a value equal to the default would be stored."""
    with pytest.raises(ValueError, match="is written '5'"):
        Parameter("A.B", Int(0, 9), "05", "Port", "Where.", "audio")


@pytest.mark.parametrize(
    ("name", "group"),
    [("Audio.Gain", None), ("Profile.P0.Name", "Profile.P0"), ("Profile.P17.Name", "Profile.P17")],
)
def test_a_name_leads_to_its_declaration(name: str, group: str | None) -> None:
    """Names of numbered groups lead to their template."""
    assert registry().find(name).group == group


@pytest.mark.parametrize(
    "name",
    [
        "",
        "audio.gain",
        "Audio",
        "Audio.Gain.X",
        "Profile.P.Name",
        "Profile.P01.Name",
        "Profile.P99999.Name",
        "Profile.P0.Nothing",
        "Profile.P0",
        "ProfileXP0.Name",
        "x" * 100_000,
    ],
)
def test_an_unknown_name_is_not_found(name: str) -> None:
    """Names are case-exact, and numbers have no leading zeros."""
    with pytest.raises(NotFound):
        registry().find(name)


def test_the_nearest_name_is_known() -> None:
    """A slip of the finger is recognised."""
    assert registry().nearest("Audio.Gian") == "Audio.Gain"
    assert registry().nearest("Zzz") is None


def test_security_levels_are_four_digits() -> None:
    """Create, delete, read, write (VAPIX page 1.3)."""
    made = Registry()
    fact = made.owned_by("a").fact("A.B", Text(), "", "B", "B.", read=Access.ANYBODY)
    setting = made.owned_by("a").setting("A.C", Text(), "", "C", "C.", write=Access.OPERATOR)
    assert fact.security_level() == "7707"
    assert setting.security_level() == "7714"
    assert setting.security_level(Access.OPERATOR, Access.OPERATOR) == "4414"
