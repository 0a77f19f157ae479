"""Who is taken: the switches, the access list, and places that nobody can fill up."""

import pytest

from common.sip import Configuration, ConfigurationAttributes
from daemons.sip.calls.policy import Load, known_addresses, refusal

ON = Configuration(sip_enabled=True, allow_incoming_calls=True)
NOBODY = Load(0, 0, 0)
FROM = '"Joe" <sip:joe@pbx.example:5070;transport=udp>;tag=1'


def listed(*entries: str, policy: str = "Allow") -> Configuration:
    """Return a configuration with an access list."""
    return Configuration(
        sip_enabled=True,
        allow_incoming_calls=True,
        apply_access_list=True,
        access_list=entries,
        access_list_policy=policy,  # type: ignore[arg-type]
    )


def code(
    configuration: Configuration, load: Load = NOBODY, source: str = "192.0.2.7", who: str = FROM
) -> int:
    """Return how a call is refused; 0 when it is taken."""
    found = refusal(configuration, who, source, load, known_addresses(configuration))
    return found.code if found else 0


def test_nobody_calls_a_unit_that_takes_no_calls() -> None:
    """Both switches are needed."""
    assert code(ON) == 0
    assert code(Configuration(sip_enabled=True)) == 403
    assert code(Configuration(allow_incoming_calls=True)) == 403


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("192.0.2.0/24", True),
        ("198.51.100.0/24", False),
        ("192.0.2.*", True),
        ("2001:db8::/32", False),
        ("sip:joe@pbx.example", True),
        ("sips:joe@pbx.example", True),
        ("SIP:Joe@PBX.example", True),
        ("sip:joe@pbx.example:5070", True),
        ("sip:joe@pbx.example:5060", True),
        ("sip:joe@192.0.2.7", True),
        ("sip:192.0.2.7:5060", True),
        ("joe@192.0.2.*", True),
        ("jane@192.0.2.7", False),
        ("joe@192.0.2.8", False),
        ("sip:jane@pbx.example", False),
        ("joe@pbx.example", True),
        ("*@pbx.example", True),
        ("*@example", False),
        ("pbx.example", True),
        ("sip:pbx.example", True),
        ("*.example", True),
        ("*", True),
        ("joe", False),
        ("", False),
        ("pbx.exampl.", False),
    ],
)
def test_entries_name_callers(entry: str, named: bool) -> None:
    """A list that allows takes those it names, a list that blocks the others."""
    assert (code(listed(entry)) == 0) is named
    assert (code(listed(entry, policy="Block")) == 403) is named


def test_an_address_is_where_a_call_came_from_whatever_it_says_of_itself() -> None:
    """From is written by the caller: it opens nothing that is for an address."""
    forged = "<sip:joe@192.0.2.1>"
    assert code(listed("192.0.2.1"), who=forged) == 403
    assert code(listed("192.0.2.0/30"), who=forged) == 403
    for entry in ("sip:joe@192.0.2.1", "joe@192.0.2.*1", "sip:192.0.2.1", "joe@[2001:db8::1]"):
        assert code(listed(entry), who=forged) == 403
    assert code(listed("sip:joe@192.0.2.7", policy="Block"), who=forged) == 403
    assert code(listed("192.0.2.1"), source="192.0.2.1", who="<sip:anonymous@invalid>") == 0
    assert code(listed("192.0.2.1"), source="::ffff:192.0.2.1") == 0
    assert code(listed("fe80::1"), source="fe80::1%eth0") == 0
    assert code(listed("sip:joe@pbx.example"), who='"joe@pbx.example" <sip:x@y>') == 403
    assert code(listed("joe@pbx.example", policy="Block"), who="<sip:%6aoe@pbx.example>") == 403


def test_no_caller_keeps_the_daemon_busy() -> None:
    """However long his name is, and however many stars an entry has."""
    long = f"<sip:{'-' * 900}@pbx.example>"
    assert code(listed("*-*-*-*-*-*x@pbx.example"), who=long) == 403
    assert code(listed("*-*-*-*-*-*-@pbx.example"), who=long) == 0
    assert code(listed("*@pbx.example", policy="Block"), who="<sip:a%0Ab@pbx.example>") == 403


@pytest.mark.parametrize("who", ["", "nonsense", "<sip:>", "<tel:+49>", "<<>>", '"', "<sip:@@>"])
def test_what_is_no_address_is_named_by_nothing(who: str) -> None:
    """A caller without an address is a caller that no list of names allows."""
    assert code(listed("joe@pbx.example"), who=who) == 403
    assert code(ON, who=who) == 0


def test_more_calls_than_there_may_be_are_busy() -> None:
    """As many as configured, whoever calls."""
    two = Configuration(
        sip_enabled=True,
        allow_incoming_calls=True,
        attributes=ConfigurationAttributes(max_calls=2),
    )
    assert code(two, Load(1, 0, 0)) == 0
    assert code(two, Load(2, 0, 0)) == 486


def test_strangers_who_wait_never_take_the_last_place() -> None:
    """Four places: three for strangers who leave them hanging, two for one address, the last for those we know."""
    assert code(listed("*"), Load(3, 3, 0)) == 0, "there is nobody to keep a place for"
    assert code(listed("*"), Load(2, 2, 2)) == 486
    known = listed("*", "192.0.2.7")
    assert code(known, Load(2, 2, 1), "192.0.2.8") == 0
    assert code(known, Load(3, 3, 0), "192.0.2.8") == 486
    assert code(known, Load(3, 2, 0), "192.0.2.8") == 0
    assert code(known, Load(3, 3, 3)) == 0
    assert code(known, Load(4, 4, 0)) == 486


def test_known_are_those_whom_the_list_allows_by_address() -> None:
    """Names can be claimed, addresses less so; who is blocked is not known in this sense."""
    assert known_addresses(listed("192.0.2.7", "joe@x", "10.0.0.0/8", "192.0.2.*")) == [
        "192.0.2.7",
        "10.0.0.0/8",
    ]
    assert known_addresses(listed("192.0.2.7", policy="Block")) == []
    assert known_addresses(ON) == []
