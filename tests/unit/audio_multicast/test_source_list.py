"""The multicast controller's list: what may stand in it, and that its priorities have no gaps."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ApplianceError, Conflict, InvalidValue, NotFound
from daemons.audio.multicast.source_list import (
    INTERNAL,
    LAST,
    Source,
    SourceList,
    checked_group,
    listed,
)
from daemons.audio.records import MOST_SOURCES

KEY = "0123456789abcdef" * 3 + "0123456789ab"


def given_source(number: int = 0, **more: Any) -> dict[str, Any]:
    """Return what a client sends to add a source."""
    return {"label": f"source {number}", "ipAddress": "239.1.1.1", "port": 5000 + number, **more}


def with_sources(count: int) -> SourceList:
    """Return a list with some sources, last in priority."""
    made = SourceList()
    for number in range(count):
        made = made.with_new(f"s{number}", given_source(number))
    return made


def test_a_new_unit_has_its_own_sources_in_order() -> None:
    """SIP before talkers before clips; nothing is received."""
    made = SourceList().described()
    assert made["enabled"] is False
    assert made["audiocodec"] == "PCMU"
    assert [(each["id"], each["prio"], each["type"]) for each in made["sources"]] == [
        ("SIP", 1, "Internal"),
        ("VAPIXAudio", 2, "Internal"),
        ("VAPIXMediaClip", 3, "Internal"),
    ]


def test_a_source_is_described_as_vapix_has_it_without_its_key() -> None:
    """The key is nowhere in what is told, nor in how the list prints."""
    made = SourceList().with_new("s", given_source(prio=2, srtpKey=KEY, profile="Low"))
    assert made.described_source("s") == {
        "id": "s",
        "label": "source 0",
        "ipAddress": "239.1.1.1",
        "port": 5000,
        "prio": 2,
        "latencyProfile": "Low",
        "type": "Multicast",
    }
    assert made.sources["s"].srtp_key == KEY
    assert KEY not in f"{made!r} {made.described()}"


def test_setting_a_priority_moves_the_others() -> None:
    """They close up behind, and make room before."""
    made = with_sources(2)
    assert made.order == (*INTERNAL, "s0", "s1")
    made = made.with_change("s1", {"prio": 1})
    assert made.order == ("s1", *INTERNAL, "s0")
    made = made.with_change("SIP", {"prio": 5})
    assert made.order == ("s1", "VAPIXAudio", "VAPIXMediaClip", "s0", "SIP")
    assert made.with_change("s1", {"prio": LAST}).order[-1] == "s1"


@given(st.lists(st.tuples(st.sampled_from("amr"), st.integers(0, 12), st.integers(-1, 14))))
def test_priorities_are_unique_and_without_gaps(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is added, moved and removed, they count from 1, and no more than 13."""
    made = SourceList()
    for number, (what, which, place) in enumerate(steps):
        id_ = made.order[which % len(made.order)]
        try:
            if what == "a":
                made = made.with_new(f"n{number}", given_source(number, prio=place))
            elif what == "m":
                made = made.with_change(id_, {"prio": place})
            else:
                made = made.without(id_)
        except ApplianceError:
            pass
        places = [each["prio"] for each in made.described()["sources"]]
        assert places == list(range(1, len(places) + 1))
        assert len(places) <= LAST == 13
        assert set(INTERNAL) <= set(made.order)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("label", ""),
        ("label", "x" * 32),
        ("label", "two\nlines"),
        ("label", 7),
        ("ipAddress", "223.255.255.255"),
        ("ipAddress", "240.0.0.0"),
        ("ipAddress", "ff02::1"),
        ("ipAddress", 3758096385),
        ("port", 1023),
        ("port", 65535),
        ("port", "5000"),
        ("port", True),
        ("prio", 0),
        ("prio", 14),
        ("prio", "1"),
        ("latencyProfile", "Fast"),
        ("latencyProfile", ["Low"]),
        ("srtpKey", "ab" * 29),
        ("srtpKey", "zz" * 30),
        ("srtpKey", 5),
        ("colour", "red"),
        ("id", "mine"),
        ("type", "Internal"),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: Any) -> None:
    """With words that name the property and never quote a key, for a new source and a known one."""
    made = with_sources(1)
    changes: tuple[Callable[[], SourceList], ...] = (
        lambda: made.with_new("new", given_source(1, **{name: value})),
        lambda: made.with_change("s0", {name: value}),
    )
    for change in changes:
        with pytest.raises(InvalidValue) as refused:
            change()
        assert name in refused.value.message
        if name == "srtpKey":
            assert str(value) not in refused.value.message


@pytest.mark.parametrize("missing", ["label", "ipAddress", "port"])
def test_what_a_source_needs_is_asked_for(missing: str) -> None:
    """The reference requires them."""
    source = given_source()
    del source[missing]
    with pytest.raises(InvalidValue, match=missing):
        SourceList().with_new("s", source)


def test_limits_hold_at_both_ends() -> None:
    """The first and last address, port and label that fit."""
    for address, port, label in (("224.0.0.0", 1024, "x"), ("239.255.255.255", 65534, "x" * 31)):
        made = SourceList().with_new("s", {"label": label, "ipAddress": address, "port": port})
        assert made.sources["s"] == Source("s", label, address, port)
    assert checked_group("239.1.2.3") == "239.1.2.3"


def test_keys_have_60_or_92_digits_or_none() -> None:
    """AES of 128 and 256 bits; an empty key takes it away."""
    made = SourceList().with_new("s", given_source(srtpKey="AB" * 46))
    assert made.sources["s"].srtp_key == "ab" * 46
    assert made.with_change("s", {"srtpKey": ""}).sources["s"].srtp_key == ""


def test_there_are_ten_sources_beside_the_units_own() -> None:
    """Together they have the thirteen priorities; the eleventh is refused."""
    full = with_sources(MOST_SOURCES)
    assert len(full.order) == LAST
    with pytest.raises(InvalidValue, match="at most 10"):
        full.with_new("more", given_source(99))


def test_two_sources_cannot_be_the_same_group_and_port() -> None:
    """Neither a new one nor one that is changed."""
    made = with_sources(2)
    with pytest.raises(Conflict, match="source 0"):
        made.with_new("new", given_source(0))
    with pytest.raises(Conflict, match="source 0"):
        made.with_change("s1", {"port": 5000})
    assert made.with_change("s1", {"port": 5001, "label": "same"}).sources["s1"].label == "same"


def test_of_the_units_own_only_the_priority_changes() -> None:
    """They stay, and keep their names."""
    with pytest.raises(InvalidValue, match="cannot be removed"):
        SourceList().without("SIP")
    with pytest.raises(InvalidValue, match="only prio"):
        SourceList().with_change("SIP", {"label": "calls"})
    with pytest.raises(NotFound):
        SourceList().with_change("nobody", {"prio": 1})
    with pytest.raises(NotFound):
        SourceList().without("nobody")


def test_an_order_that_lost_something_is_made_whole() -> None:
    """A source without a place is the last; a place without a source is none."""
    source = Source("s", "s", "239.1.1.1", 5000)
    assert listed(("gone", "SIP", "SIP"), {"s": source}) == (
        "SIP",
        "VAPIXAudio",
        "VAPIXMediaClip",
        "s",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"enabled": "yes"},
        {"enabled": 1},
        {"audiocodec": "MP3"},
        {"audiocodec": None},
        {"sources": []},
    ],
)
def test_settings_of_the_whole_are_checked(changes: dict[str, Any]) -> None:
    """Nothing else can be set, and nothing in another form."""
    with pytest.raises(InvalidValue):
        SourceList().with_settings(changes)
    assert SourceList().with_settings({"enabled": True, "audiocodec": "PCMA"}).codec == "PCMA"
