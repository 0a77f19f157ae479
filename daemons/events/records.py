"""The records that the events daemon keeps: rules, actions, recipients, schedules, and the numbers given away."""

import msgspec

from common.params.registry import PARAMETERS, RecordType
from common.rules import MOST_ACTIONS, MOST_RECIPIENTS, MOST_RULES, MOST_SCHEDULES, Condition


class RuleRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule; its number is the record's id."""

    name: str
    action: int
    enabled: bool
    trigger: Condition | None
    conditions: tuple[Condition, ...]
    wait_s: float


class ActionRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An action configuration. Which of its parameters are secret its template says."""

    name: str
    template: str
    parameters: dict[str, str]
    recipient: int = 0
    secrets: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    """Sealed, and left out of every listing."""

    def __repr__(self) -> str:
        return f"ActionRecord(name={self.name!r}, template={self.template!r})"


class RecipientRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recipient configuration."""

    name: str
    template: str
    parameters: dict[str, str]
    secrets: dict[str, str] | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return f"RecipientRecord(name={self.name!r}, template={self.template!r})"


class ScheduleRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A schedule or pulse."""

    name: str
    icalendar: str


class NumbersRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last number given to each kind of thing: none is given twice, for clients remember them."""

    last: dict[str, int]


_SECRET = frozenset({"secrets"})

RULE = PARAMETERS.declare_record(
    RecordType("rule", owner="events", shape=RuleRecord, maximum=MOST_RULES)
)
ACTION = PARAMETERS.declare_record(
    RecordType(
        "rule-action",
        owner="events",
        shape=ActionRecord,
        secret_fields=_SECRET,
        maximum=MOST_ACTIONS,
    )
)
RECIPIENT = PARAMETERS.declare_record(
    RecordType(
        "recipient",
        owner="events",
        shape=RecipientRecord,
        secret_fields=_SECRET,
        maximum=MOST_RECIPIENTS,
    )
)
SCHEDULE = PARAMETERS.declare_record(
    RecordType("schedule", owner="events", shape=ScheduleRecord, maximum=MOST_SCHEDULES)
)
NUMBERS = PARAMETERS.declare_record(
    RecordType("rule-numbers", owner="events", shape=NumbersRecord, maximum=1)
)
