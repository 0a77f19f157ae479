"""ItemFilter expressions: which messages of a topic a filter means (VAPIX events page 1, ONVIF Core 9.5.2).

    boolean(//SimpleItem[@Name="port" and @Value="1"]) and not(boolean(//SimpleItem[@Name="state"]))

`boolean(...)` holds when one item of the message, in its source or its data, satisfies the brackets.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from common.errors import InvalidValue

LONGEST = 2048
DEEPEST = 32

Items = Mapping[str, str]
Holds = Callable[[Items], bool]
_ItemHolds = Callable[[str, str], bool]

_TOKEN = re.compile(
    r"""\s*(?: (?P<path>//(?:\w+:)?SimpleItem) | (?P<attribute>@(?:Name|Value)) | (?P<text>"[^"]*"|'[^']*')
         | (?P<word>[A-Za-z]+) | (?P<sign>[()\[\]=]) | (?P<other>\S) )""",
    re.VERBOSE,
)


class ContentFilter:
    """A filter on the items of a message."""

    def __init__(
        self,
        text: str,
        holds: Holds,
        equalities: Mapping[str, str] | None,
        needs: Mapping[str, str],
    ) -> None:
        self._text = text
        self._holds = holds
        self.equalities = equalities
        """item -> value when the filter is nothing but values that must all be there; None when it is more."""
        self.needs = needs
        """item -> value that every message that is meant has, whatever else it must have."""

    @classmethod
    def parse(cls, text: str) -> "ContentFilter":
        """Read an expression, where an empty one means any message; `InvalidValue` says where it goes wrong."""
        if len(text) > LONGEST:
            raise InvalidValue(f"around character {LONGEST}: the expression is too long")
        if not text.strip():
            return cls("", lambda items: True, {}, {})
        return _Parser(text).whole()

    def matches(self, source: Items, data: Items) -> bool:
        """Whether a message is meant."""
        return self._holds({**source, **data})

    def __str__(self) -> str:
        return self._text


def equality_text(items: Items) -> str:
    """Print the filter for messages that hold all of these values."""
    return " and ".join(
        f'boolean(//SimpleItem[@Name="{name}" and @Value="{value}"])'
        for name, value in items.items()
    )


def negation(text: str) -> str | None:
    """Return what stands in `not(...)` when that is the whole expression; None when it is not."""
    stripped = text.strip()
    match = re.match(r"not\s*\(", stripped)
    if match is None or not stripped.endswith(")"):
        return None
    inner = stripped[match.end() : -1]
    try:
        ContentFilter.parse(inner)
    except InvalidValue:
        return None
    return inner.strip() or None


@dataclass(frozen=True)
class _Part:
    """A part of an expression, with the values it needs, and whether it needs nothing else."""

    holds: Holds
    needs: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False


@dataclass(frozen=True)
class _ItemPart:
    holds: _ItemHolds
    name: str | None = None
    value: str | None = None
    plain: bool = True
    """Whether it says nothing more than that name and value."""


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            (match[match.lastgroup or "other"], match.start(match.lastgroup or "other"))
            for match in _TOKEN.finditer(text)
        ]
        self._next = 0
        self._depth = 0

    def whole(self) -> ContentFilter:
        part = self._any_of()
        if self._next < len(self._tokens):
            raise self._unexpected("the end")
        return ContentFilter(self._text, part.holds, part.needs if part.plain else None, part.needs)

    def _any_of(self) -> _Part:
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidValue(f"around character {self._place()}: nested too deeply")
        parts = [self._all_of()]
        while self._take("or"):
            parts.append(self._all_of())
        self._depth -= 1
        if len(parts) == 1:
            return parts[0]
        each = tuple(part.holds for part in parts)
        return _Part(lambda items: any(holds(items) for holds in each))

    def _all_of(self) -> _Part:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        if len(parts) == 1:
            return parts[0]
        each = tuple(part.holds for part in parts)
        needs, clash = _joined(parts)
        plain = not clash and all(part.plain for part in parts)
        return _Part(lambda items: all(holds(items) for holds in each), needs, plain)

    def _one(self) -> _Part:
        if self._take("not"):
            self._expect("(")
            inner = self._any_of()
            self._expect(")")
            return _Part(lambda items: not inner.holds(items))
        if self._take("("):
            inner = self._any_of()
            self._expect(")")
            return inner
        if not self._take("boolean"):
            raise self._unexpected("boolean")
        self._expect("(")
        if not self._peek().startswith("//"):
            raise self._unexpected("//SimpleItem")
        self._next += 1
        item = _ItemPart(lambda name, value: True)
        if self._take("["):
            item = self._any_item()
            self._expect("]")
        self._expect(")")
        return _item_exists(item)

    def _any_item(self) -> _ItemPart:
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidValue(f"around character {self._place()}: nested too deeply")
        parts = [self._all_items()]
        while self._take("or"):
            parts.append(self._all_items())
        self._depth -= 1
        if len(parts) == 1:
            return parts[0]
        each = tuple(part.holds for part in parts)
        return _ItemPart(lambda name, value: any(h(name, value) for h in each), plain=False)

    def _all_items(self) -> _ItemPart:
        part = self._one_item()
        while self._take("and"):
            part = _both(part, self._one_item())
        return part

    def _one_item(self) -> _ItemPart:
        if self._take("not"):
            self._expect("(")
            inner = self._any_item()
            self._expect(")")
            return _ItemPart(lambda name, value: not inner.holds(name, value), plain=False)
        if self._take("("):
            inner = self._any_item()
            self._expect(")")
            return inner
        attribute = self._peek()
        if not attribute.startswith("@"):
            raise self._unexpected("@Name or @Value")
        self._next += 1
        self._expect("=")
        text = self._peek()
        if text[:1] not in ('"', "'"):
            raise self._unexpected("a text in quotes")
        self._next += 1
        wanted = text[1:-1]
        if attribute == "@Name":
            return _ItemPart(lambda name, value: name == wanted, name=wanted)
        return _ItemPart(lambda name, value: value == wanted, value=wanted)

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _place(self) -> int:
        """Return the character, counted from 1, at which reading stands."""
        if self._next < len(self._tokens):
            return self._tokens[self._next][1] + 1
        return len(self._text) + 1

    def _take(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self._next += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unexpected(sign)

    def _unexpected(self, expected: str) -> InvalidValue:
        found = self._peek() or "end of text"
        return InvalidValue(
            f"around character {self._place()}: syntax error, unexpected {found}, expecting {expected}"
        )


def _item_exists(item: _ItemPart) -> _Part:
    if item.plain and item.name is not None:
        name = item.name
        if item.value is not None:
            wanted = item.value
            return _Part(lambda items: items.get(name) == wanted, {name: wanted}, plain=True)
        return _Part(lambda items: name in items)
    return _Part(lambda items: any(item.holds(name, value) for name, value in items.items()))


def _both(left: _ItemPart, right: _ItemPart) -> _ItemPart:
    clash = (left.name is not None and right.name is not None) or (
        left.value is not None and right.value is not None
    )
    return _ItemPart(
        lambda name, value: left.holds(name, value) and right.holds(name, value),
        left.name if left.name is not None else right.name,
        left.value if left.value is not None else right.value,
        left.plain and right.plain and not clash,
    )


def _joined(parts: list[_Part]) -> tuple[Mapping[str, str], bool]:
    """Return the values that the parts need together, and whether two of them contradict each other."""
    joined: dict[str, str] = {}
    clash = False
    for part in parts:
        for name, value in part.needs.items():
            clash |= joined.setdefault(name, value) != value
    return joined, clash
