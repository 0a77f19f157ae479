"""Parameters as the params daemon describes them to an edge, in JSON."""

from typing import Any

import msgspec


class TypeElement(msgspec.Struct, frozen=True):
    """What stands in `<type>` of `param.cgi?action=listdefinitions`."""

    name: str
    attributes: dict[str, str]
    entries: list[tuple[str, str]]
    """(value, nice value) of an enumeration."""


class ParameterView(msgspec.Struct, frozen=True):
    """One parameter with its present value and everything its declaration says."""

    name: str
    value: str
    """`******` for a secret."""
    default: str
    label: str
    help: str
    kind: dict[str, Any]
    """The form field, its kind named by `type`."""
    writable: bool
    """Whether the one who asked may change it."""
    hidden: bool
    """Not meant for pages for people."""
    reset: str
    group: str | None
    """The numbered group it lies in, e.g. `MediaClip.M3`."""
    security_level: str
    type: TypeElement
    flags: list[str]
    """Attributes of `<type>`: `readonly`, `const`, `hidden`, `writeonly`."""


class HistoryEntry(msgspec.Struct, frozen=True):
    """One change of one parameter; secrets read `******`."""

    revision: int
    time: float
    """Seconds since 1970 (UTC)."""
    who: str
    name: str
    old: str
    new: str


DEFINITIONS = msgspec.json.Decoder(list[ParameterView])
"""Reads what `Definitions` returns."""
HISTORY = msgspec.json.Decoder(list[HistoryEntry])
"""Reads what `History` returns."""
