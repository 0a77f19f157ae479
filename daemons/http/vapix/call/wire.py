"""The types of `common.sip` as clients of the Call service send and see them.

An `Attribute` of the service, a name and a text, is a field of the type's `Attributes`. Those that this unit does
not have are ignored, as the service's documents have it; which there are can be asked.

No password is shown: where there is one stands `HIDDEN`, as with the passwords of newer APIs, so that a page can
tell that there is one, and a client that sends back what it has read changes nothing.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from common.sip import HIDDEN, Wire
from daemons.http.vapix.call import fields

_Entity = TypeVar("_Entity", bound=Wire)

_ATTRIBUTE: Final = "Attribute"
_ATTRIBUTES: Final = "Attributes"
_PASSWORD: Final = "Password"  # noqa: S105 - the name of a field


class AttributeInfo(msgspec.Struct, rename="pascal"):
    """What can be an attribute."""

    name: str
    type: str
    """`string`, `int` or `bool`."""
    default: str


class _Attribute(msgspec.Struct, rename="pascal"):
    name: str
    value: str | bool | int | None = None
    """Documented as a text; clients also send it as what it stands for."""


def attribute_infos(attributes: type[Wire]) -> list[AttributeInfo]:
    """Describe the attributes that there are."""
    return [
        AttributeInfo(field.encode_name, _kind(field.default), _text(field.default))
        for field in msgspec.structs.fields(attributes)
    ]


def sent(shape: type[Wire], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `shape` that were sent.

    Null stands for a field's default: clients send it for texts that nobody has filled in. So does an empty text for
    a list, which the simple form cannot say otherwise. What else there is means nothing here and is forgotten.
    """
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        name = field.encode_name
        if name == _ATTRIBUTES:
            if _ATTRIBUTE in given:
                found[name] = _sent_attributes(type(field.default), given[_ATTRIBUTE])
            continue
        if name not in given:
            continue
        value = given[name]
        if value is None or (value == "" and isinstance(field.default, tuple)):
            if field.default is not msgspec.NODEFAULT:
                found[name] = _builtins(field.default)
            continue
        found[name] = _without_nulls(value)
    return found


def merged(shape: type[_Entity], now: _Entity | None, given: Mapping[str, Any]) -> _Entity:
    """Return `now`, or a new entity, with what was sent.

    No document says what becomes of fields that a client leaves out where it changes something. They stay as they
    are: a client that knows fewer fields than there are must not clear the others. Nor does a password that is null,
    which a page sends that shows none. One that is empty is taken away where there can be an account without one.
    """
    changes = sent(shape, given)
    if given.get(_PASSWORD) == "":
        changes[_PASSWORD] = None
    whole: dict[str, Any] = {} if now is None else _builtins(now)
    if _ATTRIBUTES in changes and _ATTRIBUTES in whole:
        changes[_ATTRIBUTES] = {**whole[_ATTRIBUTES], **changes[_ATTRIBUTES]}
    return fields.typed({**whole, **changes}, shape)


def only_sent(shape: type[Wire], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return just the fields that were sent, checked."""
    changes = sent(shape, given)
    whole = _builtins(fields.typed(changes, shape))
    found = {name: whole[name] for name in changes}
    if _ATTRIBUTES in found:
        found[_ATTRIBUTES] = {name: whole[_ATTRIBUTES][name] for name in changes[_ATTRIBUTES]}
    return found


def shown(entity: Wire) -> dict[str, Any]:
    """Return an entity as clients see it."""
    whole: dict[str, Any] = _without_secrets(_builtins(entity))
    attributes = whole.pop(_ATTRIBUTES, None)
    if attributes is not None:
        whole[_ATTRIBUTE] = [
            {"Name": name, "Value": _text(value)} for name, value in attributes.items()
        ]
    return whole


def _sent_attributes(attributes: type[Wire], given: Any) -> dict[str, Any]:
    known = {field.encode_name: field.default for field in msgspec.structs.fields(attributes)}
    listed = fields.typed(given or [], list[_Attribute], _ATTRIBUTE)
    found = {
        one.name: known[one.name] if one.value is None else one.value
        for one in listed
        if one.name in known
    }
    for name, value in found.items():
        fields.typed({name: value}, attributes, _ATTRIBUTE)
    return found


def _builtins(value: Any) -> Any:
    """Return a value as JSON has it: msgspec's own way leaves tuples as they are."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _kind(value: Any) -> str:
    return {bool: "bool", int: "int"}.get(type(value), "string")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_nulls(value: Any) -> Any:
    """Leave out what is null in a list of objects; no field holds anything deeper, whatever was sent."""
    if not isinstance(value, list):
        return value
    return [
        {key: inner for key, inner in one.items() if inner is not None}
        if isinstance(one, dict)
        else one
        for one in value
    ]


def _without_secrets(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: (HIDDEN if one else "") if key == _PASSWORD else _without_secrets(one)
                for key, one in value.items()
            }
        case list():
            return [_without_secrets(one) for one in value]
        case _:
            return value
