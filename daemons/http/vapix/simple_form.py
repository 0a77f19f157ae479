"""The simple form of an object: `Key_SubKey=value`, and `Key_0_SubKey=value` in lists (VAPIX pages 1.5, sys-sip).

It cannot say that a list is empty: such a list is left out, and an empty text in its place is taken for it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from common.errors import InvalidValue

_DEEPEST: Final = 8
_LONGEST_INDEX: Final = 4


def nested(sent: Mapping[str, str]) -> dict[str, Any]:
    """Return the object that arguments stand for: of texts, for what has another type is only known to who asks.

    Quotes around a value are its form, not its content; the word null without them is nothing at all.
    """
    whole: dict[str, Any] = {}
    for name, text in sent.items():
        *outer, last = name.split("_", _DEEPEST)
        inner = whole
        for key in outer:
            inner = inner.setdefault(key, {})
            if not isinstance(inner, dict):
                raise InvalidValue(f"{name[:64]} is inside of something that has a value")
        if isinstance(inner.get(last), dict):
            raise InvalidValue(f"{name[:64]} has something inside already")
        inner[last] = _value(text)
    return {key: _with_lists(value) for key, value in whole.items()}


def lines(content: Mapping[str, Any], *, quotes: bool) -> str:
    """Return an object of builtins as lines; `quotes` puts texts in quotes."""
    return "".join(f"{name}={value}\n" for name, value in _flat(content, quotes))


def _value(text: str) -> str | None:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    return None if text == "null" else text


def _with_lists(value: Any) -> Any:
    """Return the same with a list for every object whose keys are indices, in their order."""
    if not isinstance(value, dict):
        return value
    if all(map(_is_index, value)):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(inner) for key, inner in value.items()}


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= _LONGEST_INDEX


def _flat(value: Any, quotes: bool, name: str = "") -> Iterator[tuple[str, str]]:
    before = f"{name}_" if name else ""
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from _flat(inner, quotes, f"{before}{key}")
        case list():
            for index, inner in enumerate(value):
                yield from _flat(inner, quotes, f"{before}{index}")
        case None:
            yield name, "null"
        case bool():
            yield name, "true" if value else "false"
        case str() if quotes:
            yield name, f'"{quote_plus(value, safe=":")}"'
        case _:
            yield name, quote(str(value), safe=": '.,")
