"""What was sent with a command, field by field; a `ServiceFault` names the field that is at fault."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from daemons.http import body
from daemons.http.vapix.service_api import invalid, missing

_Shape = TypeVar("_Shape")


def text(arguments: Mapping[str, Any], name: str) -> str:
    """Return a text that has to be there."""
    return _required(arguments, name, str)


def optional_text(arguments: Mapping[str, Any], name: str) -> str:
    """Return a text; empty where none was sent."""
    return "" if arguments.get(name) is None else text(arguments, name)


def texts(arguments: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of texts that has to be there; one text is a list of one."""
    given = arguments.get(name)
    if isinstance(given, str):
        return [given] if given else []
    return _required(arguments, name, list[str])


def optional_texts(arguments: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of texts; empty where none was sent."""
    return [] if arguments.get(name) is None else texts(arguments, name)


def truth(arguments: Mapping[str, Any], name: str, default: bool) -> bool:
    """Return a switch."""
    return default if arguments.get(name) is None else _required(arguments, name, bool)


def structure(arguments: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object that has to be there."""
    return _required(arguments, name, dict[str, Any])


def structures(arguments: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of objects that has to be there."""
    return _required(arguments, name, list[dict[str, Any]])


def typed(content: Any, shape: type[_Shape], name: str = "") -> _Shape:
    """Return `content` as that shape; texts stand for numbers and switches, as the simple form has them."""
    try:
        return msgspec.convert(content, shape, strict=False)
    except msgspec.ValidationError as error:
        field, what = body.complaint(error)
        place = f"{name}{'.' if name and field and field[0] != '[' else ''}{field}"
        reason = f"{place}: {what}" if place else what
        raise missing(reason) if "missing required field" in what else invalid(reason) from None


def _required(arguments: Mapping[str, Any], name: str, shape: type[_Shape]) -> _Shape:
    if arguments.get(name) is None:
        raise missing(f"{name} is missing.")
    return typed(arguments[name], shape, name)
