"""Every VAPIX API of the unit: what API discovery lists and the documentation is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from common.params.kinds import Access


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of an API: a JSON method, or an action of a text CGI."""

    name: str
    """Empty where a CGI does just one thing."""
    access: Access
    changes: bool
    """Whether it has an effect, so that other web sites must not make a browser ask for it."""
    summary: str
    """The first line of the handler's docstring."""
    parameters: tuple[str, ...] = ()


@dataclass
class Description:
    """One API."""

    path: str
    style: str
    """`text` or `json`; `rest` for the suite's own paths."""
    methods: tuple[str, ...]
    name: str
    id: str | None
    """What API discovery calls it; None for a CGI that it does not list."""
    version: str
    access: Access
    """The least that anything behind the path asks for."""
    operations: list[Operation] = field(default_factory=list)

    def declare(self, operation: Operation) -> None:
        """Add an operation; what the path refuses at the door cannot be allowed behind it."""
        if operation.access < self.access:
            raise ValueError(f"{self.path}: {operation.name} is open, its path is not")
        if any(known.name in ("", operation.name) for known in self.operations):
            raise ValueError(f"{self.path}: '{operation.name}' is declared twice")
        if not operation.summary:
            raise ValueError(f"{self.path}: '{operation.name}' lacks a docstring")
        self.operations.append(operation)


class Catalogue:
    """All APIs that have been declared."""

    def __init__(self) -> None:
        self._entries: list[Description] = []

    def add(self, description: Description) -> None:
        """Add an API."""
        self._entries.append(description)

    def __iter__(self) -> Iterator[Description]:
        return iter(self._entries)


CATALOGUE = Catalogue()


def summary_of(handler: object) -> str:
    """Return the first line of a handler's docstring."""
    return (handler.__doc__ or "").strip().partition("\n")[0]
