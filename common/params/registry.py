"""Where every parameter is declared, once; everything else about parameters is derived from here."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from common.errors import InvalidValue, NotFound
from common.params.kinds import Access, Kind, Reset, Secret


@dataclass(frozen=True)
class Parameter:
    """One setting or fact, under its VAPIX name (without `root.`)."""

    name: str
    kind: Kind
    default: str
    label: str
    """VAPIX `niceName`."""
    help: str
    owner: str
    """The daemon that declares it: it alone may publish a read-only value or read a secret one."""
    read: Access = Access.VIEWER
    write: Access = Access.ADMIN
    reset: Reset = Reset.RESTORE
    read_only: bool = False
    const: bool = False
    """Never changes while the unit runs."""
    hidden: bool = False
    """Left out of pages for people; VAPIX lists it."""
    checked_by_owner: bool = False
    """The owner is asked before a change is written."""
    formerly: tuple[str, ...] = ()
    """Names under which older versions stored it."""

    def __post_init__(self) -> None:
        normal = self.kind.parse(self.default)
        if normal != self.default:
            raise ValueError(f"{self.name}: the default {self.default!r} is written {normal!r}")
        if not self.label or not self.help:
            raise ValueError(f"{self.name} lacks a label or a help text")

    @property
    def secret(self) -> bool:
        """Whether no reading may show it."""
        return isinstance(self.kind, Secret)

    def security_level(
        self, create: Access = Access.INTERNAL, delete: Access = Access.INTERNAL
    ) -> str:
        """Return the four digits create, delete, read, write (VAPIX page 1.3)."""
        write = Access.INTERNAL if self.read_only else self.write
        return f"{create:d}{delete:d}{self.read:d}{write:d}"


@dataclass(frozen=True)
class Template:
    """A numbered group that comes and goes: `MediaClip.M#`, `StreamProfile.S#`."""

    name: str
    """What `param.cgi?action=add&template=` calls it."""
    parent: str
    """The group it lies in, e.g. `MediaClip`."""
    letter: str
    """What stands before the number; VAPIX takes the first letter of the parent's last part."""
    members: tuple[Parameter, ...]
    """Named relative to the group: `Name`, `Location`."""
    owner: str
    maximum: int
    """How many there can be; `force=yes` goes beyond."""
    create: Access = Access.OPERATOR
    delete: Access = Access.OPERATOR
    refuse_add: str = ""
    """Why nobody can add one through param.cgi, when that is so."""

    def member(self, name: str) -> Parameter | None:
        """Return the declaration of a member by its relative name."""
        return next((member for member in self.members if member.name == name), None)


@dataclass(frozen=True)
class RecordType:
    """A typed record (an account, a rule): its shape, its owner and its secret fields."""

    name: str
    owner: str
    shape: type[msgspec.Struct]
    secret_fields: frozenset[str] = frozenset()
    maximum: int | None = None
    reset: Reset = Reset.RESTORE


@dataclass(frozen=True)
class Found:
    """A declaration that a name led to, with the numbered group it lies in, if any."""

    parameter: Parameter
    template: Template | None = None
    group: str | None = None
    """The numbered group, e.g. `MediaClip.M3`."""


@dataclass
class Registry:
    """All declarations."""

    parameters: dict[str, Parameter] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    records: dict[str, RecordType] = field(default_factory=dict)

    def declare(self, parameter: Parameter) -> Parameter:
        """Add a parameter; a name can be declared only once."""
        if parameter.name in self.parameters:
            raise ValueError(f"{parameter.name} is declared twice")
        self.parameters[parameter.name] = parameter
        return parameter

    def declare_template(self, template: Template) -> Template:
        """Add a numbered group."""
        if template.name in self.templates:
            raise ValueError(f"template {template.name} is declared twice")
        self.templates[template.name] = template
        return template

    def declare_record(self, record: RecordType) -> RecordType:
        """Add a record type."""
        if record.name in self.records:
            raise ValueError(f"record type {record.name} is declared twice")
        self.records[record.name] = record
        return record

    def find(self, name: str) -> Found:
        """Return the declaration of `name`; raises `NotFound`, with the nearest name as a hint.

        Whether a numbered group exists is not known here, only that it could.
        """
        if (parameter := self.parameters.get(name)) is not None:
            return Found(parameter)
        for template in self.templates.values():
            match = re.fullmatch(
                rf"({re.escape(template.parent)}\.{template.letter}[0-9]{{1,4}})\.(.+)", name
            )
            if match is not None and (member := template.member(match[2])) is not None:
                return Found(member, template, match[1])
        close = difflib.get_close_matches(name[:100], self.parameters, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise NotFound(f"no parameter is called '{name[:100]}'{hint}")

    def template_of_group(self, group: str) -> Template | None:
        """Return the template of a numbered group's name such as `MediaClip.M3`."""
        for template in self.templates.values():
            if re.fullmatch(rf"{re.escape(template.parent)}\.{template.letter}[0-9]{{1,4}}", group):
                return template
        return None

    def record(self, name: str) -> RecordType:
        """Return a record type; raises `InvalidValue` when there is none of that name."""
        if name not in self.records:
            raise InvalidValue(f"no record type is called '{name[:100]}'")
        return self.records[name]

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.parameters.values())


PARAMETERS = Registry()
