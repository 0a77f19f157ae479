"""What the store keeps, in memory."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Record:
    """One typed record, without its secret fields."""

    revision: int
    content: str


@dataclass
class State:
    """Everything the store keeps, in memory. Only what differs from the defaults is in it."""

    values: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    """Sealed; by parameter name, or `type/id` for a record's secret fields."""
    groups: frozenset[str] = frozenset()
    """The numbered groups that exist."""
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    revision: int = 0
    generation: int = 0
    level: str = ""

    def copy(self) -> "State":
        """Return a state of its own, for changes that may yet fail."""
        return State(
            dict(self.values),
            dict(self.secrets),
            self.groups,
            dict(self.records),
            self.revision,
            self.generation,
            self.level,
        )
