"""Settings as somebody sent them, read into their shapes. Pure."""

import re
from typing import Any, TypeVar

import msgspec

from common.errors import InvalidValue
from common.sip import Account, Configuration

_Shape = TypeVar("_Shape")
_PLACE = re.compile(r"(.*) - at `(?:\$|key in )(.*)`", re.DOTALL)
_ATTRIBUTES = "Attributes"


def read(text: str, shape: type[_Shape]) -> _Shape:
    """Return JSON in its shape; raise `InvalidValue` that names the field.

    What is null counts as not sent, for that is what clients mean by it; but a null password takes the password away.
    """
    return _shaped(_json(text), shape)


def read_accounts(text: str) -> list[Account]:
    """Return a list of accounts."""
    return read(text, list[Account])


def with_changes(configuration: Configuration, changes: str) -> Configuration:
    """Return a configuration with the fields that were sent; attributes are taken one by one."""
    sent = _json(changes)
    whole: dict[str, Any] = msgspec.to_builtins(configuration)
    if not isinstance(sent, dict):
        raise InvalidValue("the changes are a JSON object")
    attributes = sent.get(_ATTRIBUTES, {})
    if not isinstance(attributes, dict):
        raise InvalidValue(f"{_ATTRIBUTES}: expected `object`")
    merged = whole | sent | {_ATTRIBUTES: whole[_ATTRIBUTES] | attributes}
    return _shaped(merged, Configuration)


def _json(text: str) -> Any:
    try:
        return _without_nulls(msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError):
        raise InvalidValue("this is no JSON") from None


def _shaped(content: Any, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.convert(content, shape)
    except msgspec.ValidationError as error:
        raise InvalidValue(_named(str(error))) from None


def _named(message: str) -> str:
    """Return `SIPPort: expected int`, from a message that says where in the JSON it is."""
    match = _PLACE.fullmatch(message)
    if match is None:
        return message
    field = re.sub(r"\[[^\]]*\]", "", match[2]).strip(".")
    return f"{field}: {match[1][:1].lower()}{match[1][1:]}" if field else match[1]


def _without_nulls(content: Any) -> Any:
    if isinstance(content, dict):
        return {
            name: _without_nulls(value)
            for name, value in content.items()
            if value is not None or name == "Password"
        }
    if isinstance(content, list):
        return [_without_nulls(value) for value in content]
    return content
