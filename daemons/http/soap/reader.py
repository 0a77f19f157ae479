"""Reads XML that a stranger sent: small, without a document type, and into nothing but texts.

Expat itself is used, which has no entity to expand and no file to open once a document type is an error. What could
make a small document expensive has a limit here: depth, elements, attributes, and the length of names, for expat
hands out every name with the whole of its namespace. The document is parsed in one piece, so that a token without an
end is not looked at again for each piece.
"""

import pyexpat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from common.bus.text import can_travel
from common.errors import InvalidValue
from daemons.http.soap.names import XML

DEEPEST: Final = 32
MOST_ELEMENTS: Final = 2000
MOST_ATTRIBUTES: Final = 64
"""Of one element."""
MOST_DECLARATIONS: Final = 1000
"""Of namespaces, in the whole document; gSOAP declares some seventy of them on the outermost element."""
LONGEST_NAME: Final = 256
"""Of a name, a prefix and the name of a namespace."""
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "iso-8859-1", "us-ascii"})
"""What expat knows by itself. For any other it would ask for a codec by the name that the sender chose."""
_BETWEEN: Final = " "
"""What expat puts between namespace and name; no name holds it, and a namespace that does is refused."""

Name = tuple[str, str]
"""Namespace and local name; the namespace is empty where there is none."""


@dataclass(slots=True)
class Element:
    """One element, without comments and processing instructions."""

    name: Name
    attributes: Mapping[Name, str]
    prefixes: Mapping[str, str]
    """Prefix -> namespace as they are declared here, for texts that hold qualified names."""
    children: list["Element"] = field(default_factory=list)
    text: str = ""
    """All character data directly inside."""

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.name[1]

    def all(self, local: str) -> Iterator["Element"]:
        """Yield the children of that name, in whatever namespace: clients do not agree on it."""
        return (child for child in self.children if child.local == local)

    def attribute(self, local: str) -> str | None:
        """Return an attribute that has no namespace."""
        return self.attributes.get(("", local))


def read(content: bytes) -> Element:
    """Return the outermost element; `InvalidValue` says what is wrong with the document, or too large."""
    reading = _Reading()
    try:
        reading.parser.Parse(content, True)
    except pyexpat.ExpatError as error:
        what = pyexpat.ErrorString(error.code) or "it is malformed"
        raise InvalidValue(f"line {error.lineno}: {what}") from None
    if reading.outermost is None:
        raise InvalidValue("there is no element")
    return reading.outermost


class _Reading:
    """One document on its way."""

    def __init__(self) -> None:
        self.outermost: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._prefixes: list[Mapping[str, str]] = [{"xml": XML}]
        self._declared: dict[str, str] = {}
        self._elements = 0
        self._declarations = 0
        self.parser = pyexpat.ParserCreate(namespace_separator=_BETWEEN)
        self.parser.ordered_attributes = True
        self.parser.specified_attributes = True
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._xml
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartNamespaceDeclHandler = self._namespace
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _xml(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise InvalidValue("the encoding must be UTF-8, UTF-16, ISO-8859-1 or US-ASCII")

    def _doctype(self, *_what: object) -> None:
        raise InvalidValue("a document type is not allowed")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._declarations += 1
        if self._declarations > MOST_DECLARATIONS:
            raise InvalidValue(f"more than {MOST_DECLARATIONS} namespaces are declared")
        if len(prefix or "") > LONGEST_NAME or len(uri or "") > LONGEST_NAME:
            raise InvalidValue(f"the name of a namespace has more than {LONGEST_NAME} characters")
        if _BETWEEN in (uri or ""):
            raise InvalidValue("the name of a namespace holds a space")
        self._declared[prefix or ""] = uri or ""

    def _start(self, name: str, attributes: list[str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise InvalidValue(f"there are more than {MOST_ELEMENTS} elements")
        if len(self._open) >= DEEPEST:
            raise InvalidValue(f"elements lie more than {DEEPEST} deep")
        if len(attributes) > 2 * MOST_ATTRIBUTES:
            raise InvalidValue(f"an element has more than {MOST_ATTRIBUTES} attributes")
        if self._declared:
            self._prefixes.append({**self._prefixes[-1], **self._declared})
            self._declared = {}
        else:
            self._prefixes.append(self._prefixes[-1])
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        told = {_name(key): _carried(value) for key, value in pairs}
        element = Element(_name(name), told, self._prefixes[-1])
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.outermost = element
        self._open.append(element)
        self._texts.append([])

    def _end(self, _name: str) -> None:
        self._open.pop().text = _carried("".join(self._texts.pop()))
        self._prefixes.pop()

    def _characters(self, text: str) -> None:
        self._texts[-1].append(text)


def _name(told: str) -> Name:
    namespace, _, local = told.rpartition(_BETWEEN)
    if len(local) > LONGEST_NAME:
        raise InvalidValue(f"a name has more than {LONGEST_NAME} characters")
    return namespace, local


def _carried(text: str) -> str:
    if not can_travel(text):
        raise InvalidValue("a text cannot hold a noncharacter")
    return text
