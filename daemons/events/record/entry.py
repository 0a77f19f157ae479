"""One entry of the record: what is kept of it, within bounds."""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from common.rules import DeliveryState, Evaluation, Reason, Recorded, Told

LONGEST_VALUE: Final = 1024
LONGEST_CONTENT: Final = 16 * 1024
"""Bytes of one entry."""
_CUT: Final = "\N{HORIZONTAL ELLIPSIS}"

Kind = Literal["event", "evaluation", "delivery"]
Noted = Told | Evaluation | DeliveryState


@dataclass(frozen=True)
class Entry:
    """Something to write down."""

    time: float
    """Seconds since 1970."""
    noted: Noted
    stateful: bool = False
    """Of an event: whether it is a state's."""
    left_out: int = 0


@dataclass(frozen=True)
class Row:
    """An entry as it is stored."""

    time: float
    kind: Kind
    rule: int
    """0 for none."""
    stateful: bool
    left_out: int
    content: str
    """JSON."""


def row_of(entry: Entry) -> Row:
    """Return what is stored of an entry: long values are cut, and of a long evaluation the states are left out."""
    kind: Kind
    rule, noted = 0, entry.noted
    match noted:
        case Told():
            kind, noted = "event", short(noted)
        case Evaluation():
            kind, rule, noted = "evaluation", noted.rule, _short_evaluation(noted)
        case DeliveryState():
            kind, noted = "delivery", _short_delivery(noted)
    content = msgspec.json.encode(noted).decode()
    return Row(entry.time, kind, rule, entry.stateful, entry.left_out, content)


def recorded(number: int, time: float, kind: Kind, left_out: int, content: str) -> Recorded:
    """Return a stored entry; raises msgspec.DecodeError for one of another shape."""
    match kind:
        case "event":
            event = msgspec.json.decode(content, type=Told)
            return Recorded(number, time, kind, event=event, left_out=left_out)
        case "evaluation":
            evaluation = msgspec.json.decode(content, type=Evaluation)
            return Recorded(number, time, kind, evaluation=evaluation, left_out=left_out)
        case "delivery":
            delivery = msgspec.json.decode(content, type=DeliveryState)
            return Recorded(number, time, kind, delivery=delivery, left_out=left_out)


def short(told: Told) -> Told:
    """Return an event or state without the ends of long values."""
    if all(len(value) <= LONGEST_VALUE for value in (*told.source.values(), *told.data.values())):
        return told
    return Told(
        told.topic,
        {name: _cut(value) for name, value in told.source.items()},
        {name: _cut(value) for name, value in told.data.items()},
    )


def _short_evaluation(evaluation: Evaluation) -> Evaluation:
    event = short(evaluation.event) if evaluation.event else None
    reasons = tuple(
        msgspec.structs.replace(reason, states=tuple(map(short, reason.states)))
        for reason in evaluation.reasons
    )
    whole = msgspec.structs.replace(evaluation, event=event, reasons=reasons)
    if len(msgspec.json.encode(whole)) <= LONGEST_CONTENT:
        return whole
    bare = tuple(msgspec.structs.replace(reason, states=()) for reason in reasons)
    return msgspec.structs.replace(whole, reasons=_that_fit(bare, whole))


def _that_fit(reasons: tuple[Reason, ...], evaluation: Evaluation) -> tuple[Reason, ...]:
    left = LONGEST_CONTENT - len(
        msgspec.json.encode(msgspec.structs.replace(evaluation, reasons=()))
    )
    kept = []
    for reason in reasons:
        left -= len(msgspec.json.encode(reason)) + 1
        if left < 0:
            break
        kept.append(reason)
    return tuple(kept)


def _short_delivery(delivery: DeliveryState) -> DeliveryState:
    return msgspec.structs.replace(
        delivery,
        recipient=_cut(delivery.recipient),
        what=_cut(delivery.what),
        reason=_cut(delivery.reason),
    )


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + _CUT


def speaks_of(entry: Recorded, text: str) -> bool:
    """Whether `text`, in lower case, is found in a topic, an item, or the name of a rule or recipient."""
    words: list[str] = []
    if entry.event is not None:
        words = _words(entry.event)
    elif entry.evaluation is not None:
        event = entry.evaluation.event
        words = [entry.evaluation.name, *(_words(event) if event else ())]
    elif entry.delivery is not None:
        words = [entry.delivery.recipient, entry.delivery.what, entry.delivery.reason]
    return any(text in word.lower() for word in words)


def _words(told: Told) -> list[str]:
    items = (*told.source.items(), *told.data.items())
    return [told.topic, *(word for item in items for word in item)]
