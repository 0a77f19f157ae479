"""Where every parameter is declared, once; everything else about parameters is derived from here."""

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

import msgspec

from common.errors import InvalidValue, NotFound
from common.params.kinds import Access, Kind, Reset, Secret

_NUMBER = "(?:0|[1-9][0-9]{0,3})"


@dataclass(frozen=True)
class Parameter:
    """One setting or fact, under its VAPIX name (without `root.`)."""

    name: str
    kind: Kind
    default: str
    """`{SERIAL}` and `{serial}` in it stand for the unit's serial number, in capitals or not."""
    label: str
    """VAPIX `niceName`."""
    help: str
    owner: str
    """The daemon that declares it: it alone may publish a read-only value or read a secret one."""
    read: Access = Access.VIEWER
    write: Access = Access.ADMIN
    """What VAPIX prints as the write digit; what is read-only nobody writes but its owner."""
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
        default = self.default_of("0123456789AB")
        normal = self.kind.parse(default)
        if normal != default:
            raise ValueError(f"{self.name}: the default {default!r} is written {normal!r}")
        if not self.label or not self.help:
            raise ValueError(f"{self.name} lacks a label or a help text")

    def default_of(self, serial_number: str) -> str:
        """Return the default on the unit with that serial number."""
        return self.default.replace("{SERIAL}", serial_number.upper()).replace(
            "{serial}", serial_number.lower()
        )

    @property
    def secret(self) -> bool:
        """Whether no reading may show it."""
        return isinstance(self.kind, Secret)

    def security_level(
        self, create: Access = Access.INTERNAL, delete: Access = Access.INTERNAL
    ) -> str:
        """Return the four digits create, delete, read, write (VAPIX page 1.3)."""
        return f"{create:d}{delete:d}{self.read:d}{self.write:d}"


class Options(TypedDict, total=False):
    """What most declarations leave as it is."""

    read: Access
    write: Access
    reset: Reset
    read_only: bool
    const: bool
    hidden: bool
    checked_by_owner: bool
    formerly: tuple[str, ...]


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
    """Why nobody can add or remove one through param.cgi, when that is so."""
    reset: Reset = Reset.RESTORE

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


Settle = Callable[[Collection[str], Mapping[str, str], Mapping[str, str]], Mapping[str, str]]
"""Told which names are written, and every value before and after; returns the values that hold then. Pure."""


@dataclass(frozen=True)
class Rule:
    """Parameters that depend on each other: when one is written, the others follow in the same transaction."""

    names: frozenset[str]
    settle: Settle


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
    former_names: dict[str, str] = field(default_factory=dict)
    """Name of an older version -> present name."""
    templates: dict[str, Template] = field(default_factory=dict)
    records: dict[str, RecordType] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)

    def declare(self, parameter: Parameter) -> Parameter:
        """Add a parameter; a name can be declared only once."""
        if parameter.name in self.parameters:
            raise ValueError(f"{parameter.name} is declared twice")
        self.parameters[parameter.name] = parameter
        self.former_names.update(dict.fromkeys(parameter.formerly, parameter.name))
        return parameter

    def owned_by(self, owner: str) -> "Owner":
        """Return the short way to declare what one daemon owns."""
        return Owner(self, owner)

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

    def declare_rule(self, rule: Rule) -> Rule:
        """Add a rule for parameters that are declared already."""
        if unknown := rule.names - self.parameters.keys():
            raise ValueError(f"a rule names {', '.join(sorted(unknown))}, which nobody declares")
        self.rules.append(rule)
        return rule

    def lookup(self, name: str) -> Found | None:
        """Return the declaration of `name`, if there is one.

        Whether a numbered group exists is not known here, only that it could.
        """
        if (parameter := self.parameters.get(name)) is not None:
            return Found(parameter)
        for template in self.templates.values():
            if not name.startswith(f"{template.parent}.{template.letter}"):
                continue
            match = re.fullmatch(
                rf"({re.escape(template.parent)}\.{template.letter}{_NUMBER})\.(.+)", name
            )
            if match is not None and (member := template.member(match[2])) is not None:
                return Found(member, template, match[1])
        return None

    def find(self, name: str) -> Found:
        """Return the declaration of `name`; raises `NotFound`."""
        found = self.lookup(name)
        if found is None:
            raise NotFound(f"no parameter is called '{name[:100]}'")
        return found

    def nearest(self, name: str) -> str | None:
        """Return the declared name that `name` was probably meant to be."""
        return next(iter(difflib.get_close_matches(name[:100], self.parameters, n=1)), None)

    def template_of_group(self, group: str) -> Template | None:
        """Return the template of a numbered group's name such as `MediaClip.M3`."""
        for template in self.templates.values():
            if re.fullmatch(rf"{re.escape(template.parent)}\.{template.letter}{_NUMBER}", group):
                return template
        return None

    def record(self, name: str) -> RecordType:
        """Return a record type; raises `InvalidValue` when there is none of that name."""
        if name not in self.records:
            raise InvalidValue(f"no record type is called '{name[:100]}'")
        return self.records[name]

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.parameters.values())


@dataclass(frozen=True)
class Owner:
    """One daemon as it declares its parameters."""

    registry: Registry
    name: str

    def setting(
        self, name: str, kind: Kind, default: str, label: str, help: str, **options: Unpack[Options]
    ) -> Parameter:
        """Declare what people may change."""
        return self.registry.declare(
            Parameter(name, kind, default, label, help, self.name, **options)
        )

    def fact(
        self, name: str, kind: Kind, default: str, label: str, help: str, **options: Unpack[Options]
    ) -> Parameter:
        """Declare what people may only read: constant, or published by the owner; no reset touches it."""
        fixed: Options = {"write": Access.INTERNAL, "reset": Reset.NEVER, "read_only": True}
        return self.registry.declare(
            Parameter(name, kind, default, label, help, self.name, **(fixed | options))
        )


PARAMETERS = Registry()
