"""Whatever stands in a message, the answer is an answer or a fault: no bug, and nothing echoed as XML."""

import asyncio
import tempfile
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemons.http.soap.names import PREFIXES
from daemons.http.vapix.services.endpoint import services
from tests.unit.http.edge import make_edge
from tests.unit.http.soap import ask, put
from tests.unit.http.test_fuzz import complaints

OPERATIONS = [operation.name for operation in services.description.operations]
NAMES = [
    *("NewActionRule", "Name", "Enabled", "StartEvent", "Conditions", "Condition", "RuleID"),
    *("TopicExpression", "MessageContent", "ActivationTimeout", "PrimaryAction", "EventID"),
    *("NewActionConfiguration", "TemplateToken", "Parameters", "Parameter", "ConfigurationID"),
    *("NewRecipientConfiguration", "NewScheduledEvent", "Schedule", "ICalendar", "port", "active"),
    *("ScheduleFilter", "ScheduleType", "IncludeCapability", "FailoverAction"),
]
RIGHT = {
    "AddActionRule": "<NewActionRule><Enabled>1</Enabled><PrimaryAction>1</PrimaryAction>{0}</NewActionRule>",
    "AddActionConfiguration": "<NewActionConfiguration>{0}</NewActionConfiguration>",
    "AddRecipientConfiguration": "<NewRecipientConfiguration>{0}</NewRecipientConfiguration>",
    "AddScheduledEvent": "<NewScheduledEvent>{0}</NewScheduledEvent>",
}
TEXTS = st.one_of(
    st.sampled_from(
        ["1", "true", "PT10S", "tns1:A", "not(boolean(//SimpleItem))", "Pulse", "-1", ""]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
)
ELEMENTS = st.recursive(
    st.tuples(st.sampled_from(NAMES), TEXTS.map(escape), TEXTS),
    lambda inner: st.tuples(
        st.sampled_from(NAMES),
        st.lists(inner, max_size=6).map(lambda all: "".join(map(_xml, all))),
        TEXTS,
    ),
    max_leaves=20,
)


def _xml(element: tuple[str, str, str]) -> str:
    name, content, value = element
    attributes = f"Name={quoteattr(value)} Value={quoteattr(value)}"
    return f"<{name} {attributes}>{content}</{name}>"


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return a folder for uploads."""
    return Path(tempfile.mkdtemp())


@settings(max_examples=250)
@given(operation=st.sampled_from(OPERATIONS), inner=st.lists(ELEMENTS, max_size=4))
def test_operations_take_anything(
    folder: Path, operation: str, inner: list[tuple[str, str, str]]
) -> None:
    """Right elements in wrong places, with any text in them."""
    edge = make_edge(folder)
    put(edge, put_rule=1, put_action=1, put_recipient=1, put_schedule="a")
    put(edge, rules=[], actions=[], recipients=[], schedules=[], topics=[])
    put(edge, action_templates=[], recipient_templates=[])
    prefix, _, name = operation.partition(":")
    content = RIGHT.get(name, "{0}").replace("{0}", "".join(map(_xml, inner)))
    body = f'<{name} xmlns="{PREFIXES[prefix]}">{content}</{name}>'
    with complaints() as records:
        reply = asyncio.run(ask(edge, body))
    assert reply.status in (200, 400)
    assert ElementTree.fromstring(reply.text).tag.endswith("}Envelope")
    assert not records
