"""One transaction, as data: what it writes, what it tells, and how it turns one state into the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from daemons.params.state import Record, State

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Line:
    """One line of the history; secrets read `******`."""

    name: str
    old: str
    new: str


@dataclass
class Change:
    """What one request does to the store. Computed against a state, applied as a whole or not at all."""

    who: str = ""
    values: dict[str, str | None] = field(default_factory=dict)
    """Name -> new value, None for the default."""
    secrets: dict[str, bytes | None] = field(default_factory=dict)
    """Name, or `type/id` -> sealed value."""
    groups_added: list[str] = field(default_factory=list)
    groups_removed: list[str] = field(default_factory=list)
    records: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """(type, id) -> content, None to delete."""
    reset: str | None = None
    """The level of a reset."""
    forget: bool = False
    """Nothing of the past may stay on the disk: no history, no copies."""
    told: dict[str, str] = field(default_factory=dict)
    """What the signal says: name -> present value, secrets as `******`."""
    history: list[Line] = field(default_factory=list)
    revision: int = 0
    """Given when it is applied."""
    generation: int = 0
    """Given when it is applied, for a reset."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (
            self.values
            or self.secrets
            or self.groups_added
            or self.groups_removed
            or self.records
            or self.reset
        )

    def apply(self, state: State) -> None:
        """Turn `state` into the one after this change, and take its number."""
        state.revision += 1
        self.revision = state.revision
        if self.reset is not None:
            state.generation += 1
            state.level = self.reset
            self.generation = state.generation
        _merge(state.values, self.values)
        _merge(state.secrets, self.secrets)
        if self.groups_added or self.groups_removed:
            state.groups = state.groups.union(self.groups_added).difference(self.groups_removed)
        for key, content in self.records.items():
            if content is None:
                state.records.pop(key, None)
            else:
                state.records[key] = Record(self.revision, content)


def _merge(into: dict[str, _Value], changes: Mapping[str, _Value | None]) -> None:
    for name, value in changes.items():
        if value is None:
            into.pop(name, None)
        else:
            into[name] = value
