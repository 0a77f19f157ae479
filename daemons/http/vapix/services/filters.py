"""The filters of a rule, as wsnt:FilterType has them (VAPIX events pages 1 and 5; WS-BaseNotification 4.2).

A content that is as a whole `not(...)` is a condition that is inverted, and printed the same way again.
"""

import re
from datetime import UTC, datetime
from typing import Final

from common.content_filters import ContentFilter, negation
from common.errors import InvalidValue
from common.rules import Condition
from common.topic_filters import TopicFilter
from daemons.http.soap import values, writer
from daemons.http.soap.fault import SoapFault
from daemons.http.soap.names import TOPICS_AXIS, TOPICS_ONVIF
from daemons.http.soap.reader import Element

_CONCRETE: Final = "http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete"
_TOPIC_DIALECTS: Final = frozenset(
    {
        _CONCRETE,
        "http://docs.oasis-open.org/wsn/t-1/TopicExpression/Simple",
        "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet",
    }
)
_ITEM_FILTER: Final = "http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter"
_PREFIX_OF: Final = {TOPICS_ONVIF: "tns1", TOPICS_AXIS: "tnsaxis"}
_PREFIX: Final = re.compile(r"(?<![\w.\-])([A-Za-z_][\w.\-]*):")
_ANY_ITEM: Final = "boolean(//SimpleItem)"
"""What an inverted condition on a topic alone says: there is no state of it at all."""


def condition_of(element: Element) -> Condition:
    """Read a start event or a condition; a `SoapFault` says what cannot be read."""
    expression = values.required(element, "TopicExpression")
    if expression.attribute("Dialect") not in (None, *_TOPIC_DIALECTS):
        raise _wsnt_fault("unknown topic expression dialect", "TopicExpressionDialectUnknownFault")
    content = values.optional(element, "MessageContent")
    if content is not None and content.attribute("Dialect") not in (None, _ITEM_FILTER):
        raise _wsnt_fault("unknown message content dialect", "InvalidFilterFault")
    try:
        topic = str(TopicFilter.parse(_with_known_prefixes(expression)))
    except InvalidValue as error:
        raise _wsnt_fault(error.message, "InvalidTopicExpressionFault") from None
    text = "" if content is None else content.text.strip()
    inner = negation(text)
    try:
        ContentFilter.parse(text)
    except InvalidValue as error:
        raise _wsnt_fault(error.message, "InvalidMessageContentExpressionFault") from None
    return Condition(topic, text if inner is None else inner, invert=inner is not None)


def filter_of(condition: Condition) -> str:
    """Print what a start event or a condition holds."""
    topic = writer.text("wsnt:TopicExpression", condition.topic, {"Dialect": _CONCRETE})
    content = f"not({condition.content or _ANY_ITEM})" if condition.invert else condition.content
    if not content:
        return topic
    return topic + writer.text("wsnt:MessageContent", content, {"Dialect": _ITEM_FILTER})


def _with_known_prefixes(expression: Element) -> str:
    """Return the expression with the prefixes that everybody uses; a client may have declared others."""

    def known(match: re.Match[str]) -> str:
        return _PREFIX_OF.get(expression.prefixes.get(match[1], ""), match[1]) + ":"

    return _PREFIX.sub(known, expression.text.strip())


def _wsnt_fault(reason: str, name: str) -> SoapFault:
    """Return a fault of WS-BaseNotification, which tells when it was."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = writer.element(f"wsnt:{name}", writer.text("wsrfbf:Timestamp", now))
    return SoapFault(reason, detail=detail)
