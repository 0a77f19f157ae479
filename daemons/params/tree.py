"""The parameter tree: which names exist, what they are worth, and in which order VAPIX lists them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.errors import InvalidValue, NotFound
from common.params.kinds import MASK, Access
from common.params.registry import Found, Parameter, Registry
from common.params.view import ParameterView, TypeElement
from daemons.params.state import State

SERIAL_NUMBER = "Properties.System.SerialNumber"
UNKNOWN_SERIAL_NUMBER = "000000000000"
MOST_TREES = 20
"""How often one question may go through the whole tree: an answer names what overlaps again and again."""


@dataclass(frozen=True)
class Entry:
    """One existing parameter."""

    name: str
    path: tuple[str, ...]
    found: Found


class Listing:
    """Every existing parameter in VAPIX order, for one set of numbered groups."""

    def __init__(self, registry: Registry, groups: frozenset[str]) -> None:
        self.groups = groups
        found = [_entry(name, Found(parameter)) for name, parameter in registry.parameters.items()]
        for group in groups:
            template = registry.template_of_group(group)
            if template is not None:
                found += [
                    _entry(f"{group}.{member.name}", Found(member, template, group))
                    for member in template.members
                ]
        found.sort(key=_vapix_order)
        self.entries = found
        self._spans: dict[str, tuple[int, int]] = {"": (0, len(found))}
        for number, entry in enumerate(found):
            for length in range(1, len(entry.path) + 1):
                prefix = ".".join(entry.path[:length])
                first, _end = self._spans.get(prefix, (number, 0))
                self._spans[prefix] = first, number + 1

    def below(self, group: str) -> list[Entry]:
        """Return the parameters that `group` names: itself, or everything below it.

        `*` stands for any one level; an empty group is the whole tree.
        """
        if "*" not in group:
            first, end = self._spans.get(group, (0, 0))
            return self.entries[first:end]
        pattern = group.split(".")
        return [
            entry
            for entry in self.entries
            if len(entry.path) >= len(pattern)
            and all(
                wanted in ("*", part) for wanted, part in zip(pattern, entry.path, strict=False)
            )
        ]


class Declarations:
    """The registry with the listing of the groups that exist now."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._listing = Listing(registry, frozenset())

    def listing(self, groups: frozenset[str]) -> Listing:
        """Return the listing for `groups`, made anew only when they have changed."""
        if groups != self._listing.groups:
            self._listing = Listing(self.registry, groups)
        return self._listing


class Tree:
    """The declarations together with one state of the store."""

    def __init__(self, declarations: Declarations, state: State) -> None:
        self.declarations = declarations
        self.registry = declarations.registry
        self.state = state

    @property
    def serial_number(self) -> str:
        """The unit's serial number, as far as it is known."""
        return self.state.values.get(SERIAL_NUMBER, UNKNOWN_SERIAL_NUMBER)

    def find(self, name: str) -> Found:
        """Return the declaration behind an existing name; raises `NotFound`."""
        found = self.registry.find(name)
        if found.group is not None and found.group not in self.state.groups:
            raise NotFound(f"there is no group {found.group}")
        return found

    def value(self, name: str, parameter: Parameter) -> str:
        """Return the present value, a secret masked."""
        if parameter.secret:
            return MASK
        stored = self.state.values.get(name)
        return parameter.default_of(self.serial_number) if stored is None else stored

    def below(self, groups: Iterable[str], access: Access) -> Iterator[list[Entry]]:
        """Yield what `access` may read of each of `groups`."""
        listing = self.declarations.listing(self.state.groups)
        left = MOST_TREES * len(listing.entries)
        for group in groups:
            entries = listing.below(group)
            left -= len(listing.entries) if "*" in group else len(entries)
            if left < 0:
                raise InvalidValue("asks for too much at once")
            yield [entry for entry in entries if access >= entry.found.parameter.read]

    def select(
        self, groups: Iterable[str], access: Access
    ) -> list[tuple[bool, list[tuple[str, str]]]]:
        """Return, for each group, whether `access` sees anything of it, and the names with values."""
        found = []
        for entries in self.below(groups, access):
            pairs = [
                (entry.name, self.value(entry.name, entry.found.parameter)) for entry in entries
            ]
            found.append((bool(pairs), pairs))
        return found

    def views(self, groups: Iterable[str], access: Access) -> list[ParameterView]:
        """Return the declarations below `groups` that `access` may read, each once, in order."""
        entries = {entry.name: entry for below in self.below(groups, access) for entry in below}
        return [self._view(entry, access) for entry in entries.values()]

    def _view(self, entry: Entry, access: Access) -> ParameterView:
        parameter = entry.found.parameter
        name, attributes, entries = parameter.kind.vapix_type()
        flags = {
            "readonly": parameter.read_only,
            "const": parameter.const,
            "hidden": parameter.hidden,
            "writeonly": parameter.secret,
        }
        return ParameterView(
            name=entry.name,
            value=self.value(entry.name, parameter),
            default=MASK if parameter.secret else parameter.default_of(self.serial_number),
            label=parameter.label,
            help=parameter.help,
            kind=parameter.kind.field(),
            writable=not parameter.read_only and access >= parameter.write,
            hidden=parameter.hidden,
            reset=parameter.reset.value,
            group=entry.found.group,
            security_level=_security_level(entry.found),
            type=TypeElement(name, attributes, list(entries)),
            flags=[flag for flag, is_set in flags.items() if is_set],
        )


def _security_level(found: Found) -> str:
    if found.template is None:
        return found.parameter.security_level()
    return found.parameter.security_level(found.template.create, found.template.delete)


def _entry(name: str, found: Found) -> Entry:
    return Entry(name, tuple(name.split(".")), found)


def _vapix_order(entry: Entry) -> list[tuple[bool, str, str]]:
    """A group's own parameters come before its subgroups, both without regard to case (VAPIX page 2.2)."""
    last = len(entry.path) - 1
    return [(level < last, part.lower(), part) for level, part in enumerate(entry.path)]
