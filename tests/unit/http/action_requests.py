"""Requests to the action service, as clients write them, and how to look at what comes of them."""

import json
from typing import Any
from xml.etree import ElementTree

from tests.unit.http.edge import Edge
from tests.unit.http.soap import ACTION, Reply

AA = f"{{{ACTION}}}"
WSNT = "{http://docs.oasis-open.org/wsn/b-2}"
DECLARED = (
    f'xmlns="{ACTION}" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" '
    'xmlns:tns1="http://www.onvif.org/ver10/topics" '
    'xmlns:tnsaxis="http://www.axis.com/2009/event/topics"'
)
CONCRETE = 'Dialect="http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete"'
ITEM_FILTER = 'Dialect="http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter"'
READY = 'boolean(//SimpleItem[@Name="ready" and @Value="1"])'
SYSTEM_READY = "tns1:Device/tnsaxis:Status/SystemReady"


def wanted(topic: str, content: str | None = None, topic_attributes: str = CONCRETE) -> str:
    """Return what a condition or a start event holds."""
    text = f"<wsnt:TopicExpression {topic_attributes}>{topic}</wsnt:TopicExpression>"
    if content is not None:
        text += f"<wsnt:MessageContent {ITEM_FILTER}>{content}</wsnt:MessageContent>"
    return text


def new_rule(inner: str, action: int = 1) -> str:
    """Return the request that adds a rule."""
    rule = f"<Name>R</Name><Enabled>true</Enabled>{inner}<PrimaryAction>{action}</PrimaryAction>"
    return f"<AddActionRule {DECLARED}><NewActionRule>{rule}</NewActionRule></AddActionRule>"


def conditions(*each: str) -> str:
    """Return conditions."""
    return f"<Conditions>{''.join(f'<Condition>{one}</Condition>' for one in each)}</Conditions>"


def new_action(template: str, parameters: dict[str, str], name: str = "N") -> str:
    """Return the request that adds an action."""
    given = "".join(
        f'<Parameter Name="{key}" Value="{value}"/>' for key, value in parameters.items()
    )
    return (
        f"<AddActionConfiguration {DECLARED}><NewActionConfiguration><Name>{name}</Name>"
        f"<TemplateToken>{template}</TemplateToken><Parameters>{given}</Parameters>"
        "</NewActionConfiguration></AddActionConfiguration>"
    )


def sent(edge: Edge, method: str) -> Any:
    """Return what the events daemon was last given."""
    return json.loads(
        next(given for name, (given,) in reversed(edge.events.calls) if name == method)
    )


def about(operation: str, name: str, id_: int) -> str:
    """Return a request about one thing."""
    return f"<{operation} {DECLARED}><{name}>{id_}</{name}></{operation}>"


def told(reply: Reply, path: str) -> ElementTree.Element:
    """Return an element of the answer."""
    found = reply.body.find("/".join(AA + part for part in path.split("/")))
    assert found is not None, reply.text
    return found
