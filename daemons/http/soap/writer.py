"""Writes SOAP messages as gSOAP does: a prefix on every element, and every prefix declared on the Envelope."""

from collections.abc import Mapping
from typing import Final

from daemons.http.soap.names import PREFIXES

_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_VALUE: Final = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
_OPENING: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope'
    + "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in PREFIXES.items())
    + "><SOAP-ENV:Body>"
)


def escaped(text: str) -> str:
    """Return a text as XML has it; XML knows no control characters, so that there is a `?` for each."""
    return _possible(text).translate(_IN_TEXT)


def element(name: str, *content: str, attributes: Mapping[str, str] | None = None) -> str:
    """Return an element with a prefixed name; `content` is XML already."""
    told = "".join(
        f' {key}="{_possible(value).translate(_IN_VALUE)}"'
        for key, value in (attributes or {}).items()
    )
    return f"<{name}{told}>{''.join(content)}</{name}>"


def text(name: str, content: str | int, attributes: Mapping[str, str] | None = None) -> str:
    """Return an element that holds a text."""
    return element(name, escaped(str(content)), attributes=attributes)


def truth(name: str, value: bool) -> str:
    """Return an element that holds a boolean."""
    return element(name, "true" if value else "false")


def envelope(body: str) -> bytes:
    """Return the whole message."""
    return f"{_OPENING}{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>\n".encode("utf-8", "replace")


def _possible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(letter if letter in "\t\n\r" or letter >= " " else "?" for letter in text)
