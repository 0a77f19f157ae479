"""What is said in the event stream, each time one message of JSON (VAPIX event streams page 1)."""

from typing import Any, Final

import msgspec

from common.bus.text import can_travel
from common.content_filters import ContentFilter
from common.errors import InvalidValue
from common.topic_filters import TopicFilter
from daemons.http.event_feed import EventFilter, Happening
from daemons.http.vapix.families import SECOND_GENERATION, ApiFault, Fault

API_VERSION: Final = "1.0"
CONFIGURE: Final = "events:configure"
LARGEST: Final = 32 * 1024
MOST_FILTERS: Final = 32
LONGEST_CONTEXT: Final = 256
FAMILY: Final = SECOND_GENERATION.with_codes({Fault.TOO_LARGE: 2107})
"""2106 is a failed login here (VAPIX page 1.4)."""


class Request(msgspec.Struct, frozen=True):
    """A message of a client that can be answered."""

    method: str
    context: str | None
    filters: tuple[EventFilter, ...]


class _Envelope(msgspec.Struct, frozen=True):
    """As much of a message as is known before it is read; each may be missing, or be anything."""

    version: Any = msgspec.field(name="apiVersion", default=None)
    context: Any = None
    method: Any = None
    params: Any = None


class Refused(Exception):
    """A message that is answered with an error, and the answer."""

    def __init__(self, fault: ApiFault, envelope: _Envelope | None = None) -> None:
        super().__init__(fault.message)
        self.fault = fault
        envelope = envelope or _Envelope()
        self.method = envelope.method if isinstance(envelope.method, str) else None
        self.context = envelope.context if isinstance(envelope.context, str) else None

    def answer(self) -> str:
        """Return the answer."""
        error = {
            "code": FAMILY.codes[self.fault.fault],
            "message": FAMILY.message_of(self.fault),
        }
        return _message(self.context, self.method, error=error)


def read(text: str) -> Request:
    """Read a message; raises `Refused`."""
    if len(text.encode()) > LARGEST:
        raise Refused(ApiFault(Fault.TOO_LARGE, f"A message may have at most {LARGEST} bytes"))
    try:
        envelope = msgspec.json.decode(text, type=_Envelope)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise Refused(ApiFault(Fault.BAD_JSON)) from None
    try:
        return _request(envelope)
    except ApiFault as fault:
        raise Refused(fault, envelope) from None


def done(request: Request) -> str:
    """Return the answer to a request that was carried out."""
    return _message(request.context, request.method, data={})


def failed(request: Request) -> str:
    """Return the answer to a request that the unit cannot carry out now."""
    error = {"code": FAMILY.codes[Fault.INTERNAL], "message": "Internal Error"}
    return _message(request.context, request.method, error=error)


def notification(happening: Happening) -> str:
    """Return the message of an event."""
    told = {
        "timestamp": round(happening.since * 1000),
        "topic": happening.topic,
        "message": {"source": happening.source, "key": {}, "data": happening.data},
    }
    return _encoded(
        {
            "apiVersion": API_VERSION,
            "method": "events:notify",
            "params": {"notification": told},
        }
    )


def _request(envelope: _Envelope) -> Request:
    if envelope.version is None:
        raise ApiFault(Fault.MISSING, "apiVersion is missing")
    if not isinstance(envelope.version, str):
        raise ApiFault(Fault.BAD_VALUE, "apiVersion must be a text")
    if envelope.version.partition(".")[0] != API_VERSION.partition(".")[0]:
        raise ApiFault(Fault.VERSION)
    context = envelope.context
    if context is not None and (not isinstance(context, str) or len(context) > LONGEST_CONTEXT):
        raise ApiFault(
            Fault.BAD_VALUE, f"context must be a text of at most {LONGEST_CONTEXT} characters"
        )
    if envelope.method is None:
        raise ApiFault(Fault.MISSING, "method is missing")
    if envelope.method != CONFIGURE:
        raise ApiFault(Fault.METHOD)
    return Request(CONFIGURE, context, _filters(envelope.params))


def _filters(params: Any) -> tuple[EventFilter, ...]:
    listed = params.get("eventFilterList") if isinstance(params, dict) else None
    if listed is None:
        raise ApiFault(Fault.MISSING, "eventFilterList is missing")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ApiFault(Fault.BAD_VALUE, "eventFilterList must be a list of filters")
    if len(listed) > MOST_FILTERS:
        raise ApiFault(Fault.BAD_VALUE, f"there can be at most {MOST_FILTERS} filters")
    return tuple(map(_filter, listed))


def _filter(given: dict[str, Any]) -> EventFilter:
    topic, content = given.get("topicFilter"), given.get("contentFilter")
    if topic is None and content is None:
        raise ApiFault(Fault.MISSING, "a filter needs topicFilter or contentFilter")
    for text in (topic, content):
        if text is not None and (not isinstance(text, str) or not can_travel(text)):
            raise ApiFault(Fault.BAD_VALUE, "topicFilter and contentFilter must be texts")
    try:
        return EventFilter(
            None if topic is None else TopicFilter.parse(topic),
            None if content is None else ContentFilter.parse(content),
        )
    except InvalidValue as error:
        raise ApiFault(Fault.BAD_VALUE, error.message) from None


def _message(context: str | None, method: str | None, **outcome: object) -> str:
    head = {"apiVersion": API_VERSION, "context": context, "method": method}
    return _encoded({name: told for name, told in head.items() if told is not None} | outcome)


def _encoded(content: object) -> str:
    return msgspec.json.encode(content).decode()
