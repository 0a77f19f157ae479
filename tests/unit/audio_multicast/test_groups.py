"""What is said when multicast may use an interface only that is not there."""

import errno

import pytest

from daemons.audio.multicast import groups

GONE = "nosuch0"


@pytest.fixture(autouse=True)
def _by_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parameter says which interface, as on a unit."""
    monkeypatch.delenv(groups.FIXED_INTERFACE, raising=False)


def test_a_page_without_its_interface_says_which_is_missing() -> None:
    """Python's own error has neither number nor words."""
    with pytest.raises(OSError, match=GONE) as raised:
        groups.open_sending_group("239.7.7.40", 5640, only=GONE, ttl=0, dscp=0)
    assert raised.value.errno == errno.ENODEV
    assert raised.value.strerror == f"the unit has no network interface {GONE}"


def test_a_source_without_an_interface_says_what_is_missing() -> None:
    """The one that is asked for by name, or any."""
    assert groups.interfaces(GONE) == ()
    assert GONE in groups.none_present(GONE)
    assert groups.none_present("") == "the unit has no network interface with an IPv4 address"
