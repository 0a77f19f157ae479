"""The simple form of service requests and answers says what JSON says."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.bus.text import can_travel
from common.errors import InvalidValue
from common.sip import Account, Configuration, DtmfTrigger, SipProxy, TurnServer
from daemons.http.forms import Arguments
from daemons.http.vapix import simple_form
from daemons.http.vapix.call import wire

TEXTS = st.text(max_size=12).filter(can_travel)
KEYS = st.from_regex("[A-Z][A-Za-z0-9]{0,6}", fullmatch=True)
SCALARS = st.one_of(st.none(), TEXTS)
OBJECTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
NETWORK_TEXTS = st.text("abcz.:-[]@ +&=%\"'_#é1", max_size=12)


def read(lines: str) -> dict[str, Any]:
    """Return what a request with these lines as its arguments asks for."""
    return simple_form.nested(Arguments.parse("&".join(lines.splitlines()).encode()))


@example({"A": "\r\n\u2028\x85", "B": [{"C": ["+% &=", None, ""]}]})
@given(st.dictionaries(KEYS, OBJECTS, max_size=4))
def test_what_is_written_is_read(content: dict[str, Any]) -> None:
    """Texts, nulls, lists and objects, as deep as any command has them."""
    if depth(content) <= 7:
        assert read(simple_form.lines(content, quotes=True)) == content


def depth(content: Any) -> int:
    """Return how many names stand before the deepest value."""
    match content:
        case dict():
            return 1 + max(map(depth, content.values()), default=0)
        case list():
            return 1 + max(map(depth, content), default=0)
        case _:
            return 0


@given(
    st.builds(
        Account,
        id=NETWORK_TEXTS,
        user_id=NETWORK_TEXTS,
        enabled=st.booleans(),
        name=st.sampled_from(["null", "true", "0", '"', '"a"', "a_b"]),
        sip_proxies=st.lists(
            st.builds(SipProxy, server=NETWORK_TEXTS.filter(bool)), max_size=2
        ).map(tuple),
        attributes=st.builds(type(Account().attributes), answer_automatically=st.booleans()),
    )
)
def test_an_account_in_both_forms_is_the_same(account: Account) -> None:
    """What JSON shows and what the simple form shows are taken for the same account.

    Where none is shown, there is no password, and an account that has that said of it has none.
    """
    shown = {"SIPAccount": wire.shown(account)}
    in_json = msgspec.json.decode(msgspec.json.encode(shown))["SIPAccount"]
    simply = read(simple_form.lines(shown, quotes=True))["SIPAccount"]
    told = msgspec.structs.replace(account, password=None)
    assert wire.merged(Account, None, in_json) == told
    assert wire.merged(Account, None, simply) == told


@given(
    st.builds(
        Configuration,
        sip_enabled=st.booleans(),
        sip_port=st.integers(1024, 65_535),
        access_list=st.lists(NETWORK_TEXTS, max_size=2).map(tuple),
        turn_servers=st.lists(
            st.builds(TurnServer, server=NETWORK_TEXTS.filter(bool)), max_size=2
        ).map(tuple),
        attributes=st.builds(
            type(Configuration().attributes),
            max_calls=st.integers(1, 16),
            audio_direction=st.sampled_from(["Send", "Receive"]),
            disable_tcp_switch=st.booleans(),
        ),
    )
)
def test_a_configuration_in_both_forms_is_the_same(configuration: Configuration) -> None:
    """Numbers, switches, lists and attributes."""
    shown = {"SIPConfiguration": wire.shown(configuration)}
    in_json = msgspec.json.decode(msgspec.json.encode(shown))["SIPConfiguration"]
    simply = read(simple_form.lines(shown, quotes=True))["SIPConfiguration"]
    assert wire.merged(Configuration, None, in_json) == configuration
    assert wire.merged(Configuration, None, simply) == configuration


def test_the_documented_forms() -> None:
    """Quotes are optional around texts; lists have their index between underscores (VAPIX sys-sip)."""
    assert read('SIPAccount_0_Id="sip_account_0"\nSIPAccount_1_Id=b') == {
        "SIPAccount": [{"Id": "sip_account_0"}, {"Id": "b"}]
    }
    assert read('StatusText="Does+not+register"') == {"StatusText": "Does not register"}
    assert read('A=null\nB="null"\nC="a+string%0A"') == {
        "A": None,
        "B": "null",
        "C": "a string\n",
    }
    status = {"Status": 0, "StatusText": "Does not register", "RegURI": None, "IsDefault": True}
    assert simple_form.lines({"SIPAccountStatus": status}, quotes=True).splitlines() == [
        "SIPAccountStatus_Status=0",
        'SIPAccountStatus_StatusText="Does+not+register"',
        "SIPAccountStatus_RegURI=null",
        "SIPAccountStatus_IsDefault=true",
    ]


def test_elements_come_in_the_order_of_their_indices() -> None:
    """Whatever the order of the arguments, and as numbers."""
    assert read("A_10=c\nA_2=b\nA_0=a") == {"A": ["a", "b", "c"]}


def test_an_empty_list_can_be_said() -> None:
    """By an empty text in its place."""
    sent = read("SIPProxies=\nName=")
    assert wire.sent(Account, sent) == {"Name": "", "SIPProxies": []}


@pytest.mark.parametrize("lines", ["A=1\nA_B=2", "A_B=2\nA=1", "A_0=1\nA_0_B=2"])
def test_what_contradicts_itself_is_refused(lines: str) -> None:
    """A value with something inside."""
    with pytest.raises(InvalidValue):
        read(lines)


def test_a_field_that_must_be_there_stays_missing_when_it_is_null() -> None:
    """It has no default."""
    assert wire.sent(DtmfTrigger, {"DTMFSequence": None, "Id": None}) == {"Id": ""}
