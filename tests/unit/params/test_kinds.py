"""Parameter kinds accept what VAPIX says, write it in one form, and refuse the rest in words."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidValue
from common.params.kinds import (
    Bool,
    Choice,
    Gain,
    Hostname,
    Int,
    IpAddress,
    IpAddressList,
    Kind,
    Secret,
    Text,
)

KINDS: tuple[Kind, ...] = (
    Bool(),
    Bool("On", "Off"),
    Int(-5, 99),
    Int(),
    Choice.of("one", "Two"),
    Gain(-34.5, 12, 1.5),
    Gain(-72, 6),
    Text(16),
    Text(16, r"[a-z]+", "must be letters"),
    Secret(16),
    IpAddress(),
    IpAddressList(),
    Hostname(),
)
LIKELY = st.sampled_from(
    ["yes", "NO", "on", "7", "+7", "-0", "007", "mute", "-1.5", "two", "10.0.0.1", "fe80::1%eth0"]
) | st.ip_addresses().map(str)
TEXTS = LIKELY | st.text(max_size=40)


@pytest.mark.parametrize("kind", KINDS, ids=repr)
@given(text=TEXTS)
def test_what_a_kind_accepts_it_writes_in_one_form(kind: Kind, text: str) -> None:
    """Parsing is settled after once, and refusal is the only other outcome."""
    try:
        value = kind.parse(text)
    except InvalidValue:
        return
    assert kind.parse(value) == value
    assert not re.search(r"[\x00-\x1f\x7f]", value)


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_a_kind_describes_itself(kind: Kind) -> None:
    """Every kind has a VAPIX element and a form field."""
    name, attributes, entries = kind.vapix_type()
    assert name
    assert all(isinstance(value, str) for value in attributes.values())
    assert all(len(entry) == 2 for entry in entries)
    assert kind.field()["type"]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Bool(), "YES", "yes"),
        (Bool("anonymous", "password"), "Anonymous", "anonymous"),
        (Int(0, 20), "+007", "7"),
        (Int(-9, 9), "-0", "0"),
        (Choice.of("dhcp", "none"), "DHCP", "dhcp"),
        (Gain(-34.5, 12, 1.5), "-1.50", "-1.5"),
        (Gain(-34.5, 12, 1.5), "-0", "0"),
        (Gain(-72, 6), "MUTE", "mute"),
        (IpAddress(), "FE80::0:1", "fe80::1"),
        (IpAddress(), "fe80::1%eth0", "fe80::1%eth0"),
        (IpAddress(), "", ""),
        (IpAddressList(), "10.0.0.1/24, fe80::1%eth0/64,::1", "10.0.0.1/24,fe80::1%eth0/64,::1"),
        (Hostname(), "example.org", "example.org"),
        (Hostname(), "0.0.0.0", "0.0.0.0"),
    ],
)
def test_a_value_is_kept_in_its_one_form(kind: Kind, text: str, value: str) -> None:
    """Case, signs and leading zeros do not survive."""
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Bool(), "true"),
        (Int(0, 20), "21"),
        (Int(0, 20), "-1"),
        (Int(0, 20), "7.0"),
        (Int(0, 20), ""),
        (Int(0, 20), "\u0667"),
        (Int(), "9" * 4000),
        (Choice.of("dhcp"), "static"),
        (Gain(-34.5, 12, 1.5), "1"),
        (Gain(-34.5, 12, 1.5), "13.5"),
        (Gain(-34.5, 12, 1.5), "1e1"),
        (Gain(-34.5, 12, 1.5), "nan"),
        (Text(4), "fives"),
        (Text(64), "two\nlines"),
        (Text(64), "nul\0"),
        (Text(64), "a\x85root.Brand.Brand=b"),
        (Text(64), "a\u2028root.Brand.Brand=b"),
        (Text(64), "\udc80"),
        (Text(64, r"[a-z]+"), "a1"),
        (IpAddress(), "10.0.0.256"),
        (IpAddress(), "fe80::1%$(reboot)"),
        (IpAddress(), "10.0.0.1\n"),
        (IpAddressList(), "fe80::1%;ls/64"),
        (IpAddressList(), "10.0.0.1,,10.0.0.2"),
        (Hostname(), "-oProxyCommand=x"),
        (Hostname(), "a_b"),
        (Hostname(), "a..b"),
        (Hostname(), "fe80::1%`id`"),
    ],
)
def test_a_wrong_value_is_refused(kind: Kind, text: str) -> None:
    """Each refusal is InvalidValue, whatever the text."""
    with pytest.raises(InvalidValue):
        kind.parse(text)


def test_a_gain_lists_its_levels_loudest_last() -> None:
    """The list is what `<enum>` prints."""
    assert Gain(-3, 0, 1.5).levels() == ("-3", "-1.5", "0")


@pytest.mark.parametrize("kind", KINDS, ids=repr)
@pytest.mark.parametrize("unit", ["a", "a.", "a-", "1", "1.", "::", ",", "10.0.0.1,", "%"])
def test_a_long_text_is_judged_at_once(kind: Kind, unit: str) -> None:
    """No kind takes more than 50 ms over 64 KiB."""
    text = unit * (65_536 // len(unit))
    start = time.thread_time()
    with pytest.raises(InvalidValue):
        kind.parse(text)
    assert time.thread_time() - start < 0.05
