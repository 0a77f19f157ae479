"""Topic expressions and content filters, as real clients and devices write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.content_filters import ContentFilter, equality_text, negation
from common.errors import InvalidValue
from common.topic_filters import TopicFilter, friendly_topic

PORT = "tns1:Device/tnsaxis:IO/Port"
READY = "tns1:Device/tnsaxis:Status/SystemReady"


@pytest.mark.parametrize(
    ("expression", "means", "not_"),
    [
        (PORT, [PORT], [READY, "tns1:Device/tnsaxis:IO/VirtualPort", "tns1:Device/tnsaxis:IO"]),
        ("tns1:Device/tnsaxis:IO/tnsaxis:Port", [PORT], []),
        ("onvif:Device/axis:IO//.", [PORT, "tns1:Device/tnsaxis:IO"], [READY]),
        ("axis:Call/State", ["tnsaxis:Call/State"], ["tnsaxis:Call/StateChange"]),
        ("//.", [PORT, "tnsaxis:Call/State"], []),
        (f"{PORT}|{READY}//.", [PORT, READY], ["tnsaxis:Call/State"]),
        ("tns1:Device//.", [PORT, "tns1:Device/Trigger/DigitalInput"], ["tnsaxis:Device"]),
    ],
)
def test_a_topic_expression_means(expression: str, means: list[str], not_: list[str]) -> None:
    """What documentation, clients and stored rules write, in long and short form."""
    read = TopicFilter.parse(expression)
    assert [topic for topic in means if not read.matches(topic)] == []
    assert [topic for topic in not_ if read.matches(topic)] == []


def test_a_topic_is_printed_in_its_short_form() -> None:
    """Whatever was written, the same topic reads the same."""
    read = TopicFilter.parse("onvif:Device/axis:IO/axis:Port")
    assert (str(read), read.only) == (PORT, PORT)
    assert TopicFilter.parse("tns1:Device//.").only is None
    assert friendly_topic(PORT) == "onvif:Device/axis:IO/Port"
    assert friendly_topic(PORT, namespaces=False) == "Device/IO/Port"


@pytest.mark.parametrize("text", ["", "Port", "x:Device", "tns1:Device/", "tns1:a/*", "|", "tns1"])
def test_what_is_no_topic_expression(text: str) -> None:
    """The answer says so as a device does."""
    with pytest.raises(InvalidValue, match="failed to parse topic expression"):
        TopicFilter.parse(text)


ACTIVE = 'boolean(//SimpleItem[@Name="state" and @Value="1"])'
FIRST = 'boolean(//SimpleItem[@Name="port" and @Value="0"])'


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("", True),
        (ACTIVE, True),
        (FIRST, False),
        (f"{FIRST} or {ACTIVE}", True),
        (f"{FIRST} and {ACTIVE}", False),
        (f"not({FIRST}) and {ACTIVE}", True),
        (f"not({FIRST} or {ACTIVE})", False),
        ('boolean(//tt:SimpleItem[@Name="port" and (@Value="0" or @Value="1")])', True),
        ("boolean(//SimpleItem[@Name='port' and not(@Value='1')])", False),
        ('boolean(//SimpleItem[@Value="1"])', True),
        ('boolean(//SimpleItem[@Value="1" and @Name="state"])', True),
        ('boolean(//SimpleItem[@Name="port" and @Name="state"])', False),
        ("boolean(//SimpleItem)", True),
    ],
)
def test_a_content_filter_means(expression: str, *, holds: bool) -> None:
    """Source and data items alike are looked at."""
    assert ContentFilter.parse(expression).matches({"port": "1"}, {"state": "1"}) is holds


def test_plain_filters_are_known_by_their_values() -> None:
    """An index and a form can be made of them."""
    both = f"{FIRST} and {ACTIVE}"
    assert ContentFilter.parse(both).equalities == {"port": "0", "state": "1"}
    assert equality_text({"port": "0", "state": "1"}) == both
    assert ContentFilter.parse(f"{FIRST} or {ACTIVE}").equalities is None
    assert ContentFilter.parse(f"not({ACTIVE})").equalities is None
    contradiction = f'{FIRST} and boolean(//SimpleItem[@Name="port" and @Value="1"])'
    assert ContentFilter.parse(contradiction).equalities is None


@pytest.mark.parametrize(
    ("expression", "needs"),
    [
        ("", {}),
        (f"{FIRST} and {ACTIVE}", {"port": "0", "state": "1"}),
        (f"{FIRST} and not({ACTIVE})", {"port": "0"}),
        (f"({FIRST}) and ({ACTIVE} or boolean(//SimpleItem))", {"port": "0"}),
        (f"{FIRST} or {ACTIVE}", {}),
        (f"not({FIRST})", {}),
    ],
)
def test_what_a_filter_needs_whatever_else_it_says(expression: str, needs: dict[str, str]) -> None:
    """An index finds it by one of these, and they say which thing it is about."""
    assert ContentFilter.parse(expression).needs == needs


def test_a_negation_is_seen_as_a_whole_only() -> None:
    """`not(a) and (b)` is no negation of `a) and (b`."""
    assert negation(f"not({ACTIVE})") == ACTIVE
    assert negation(f"not({FIRST}) and not({ACTIVE})") is None
    assert negation(ACTIVE) is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[", "around character 1: syntax error, unexpected [, expecting boolean"),
        ("boolean[", r"around character 8: syntax error, unexpected [, expecting ("),
        ("boolean(//SimpleItem[@Name=port])", "around character 28"),
        ("(" * 100, "nested too deeply"),
        ("boolean(//SimpleItem[" + "(" * 100, "nested too deeply"),
        (f"{ACTIVE} {ACTIVE}", "expecting the end"),
        ("x" * 3000, "too long"),
    ],
)
def test_what_is_no_content_filter(text: str, where: str) -> None:
    """The answer says where."""
    with pytest.raises(InvalidValue) as refusal:
        ContentFilter.parse(text)
    assert where in str(refusal.value)


WORDS = ["not", "and", "or", "(", ")", "[", "]", "boolean", "//SimpleItem", "@Name", "=", '"x"']


@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else may come of a stranger's text."""
    for parse in (TopicFilter.parse, ContentFilter.parse):
        try:
            parse(text)
        except InvalidValue:
            continue
