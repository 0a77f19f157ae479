"""Rules and what belongs to them, as the events daemon and its edges pass them to each other, as JSON."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

MOST_RULES = 256
"""M-EVT-01."""
MOST_RECIPIENTS = 20
"""M-RCP-01."""
MOST_ACTIONS = 512
MOST_SCHEDULES = 128
MOST_CONDITIONS = 32
LONGEST_NAME = 128
LONGEST_EXPRESSION = 2048
LONGEST_PARAMETER = 8192
LONGEST_WAIT_S = 359_999
"""99:59:59 (M-EVT-03)."""

Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
Expression = Annotated[str, msgspec.Meta(max_length=LONGEST_EXPRESSION)]
Parameters = dict[
    Annotated[str, msgspec.Meta(max_length=64)],
    Annotated[str, msgspec.Meta(max_length=LONGEST_PARAMETER)],
]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody may send: a name that is not declared is an error."""


class Condition(Form, frozen=True, forbid_unknown_fields=True):
    """What must hold, or happen (M-EVT-04)."""

    topic: Expression
    """A topic expression (VAPIX events page 1): `tns1:Device/tnsaxis:IO/Port`, `tns1:Device//.`, joined by `|`."""
    content: Expression = ""
    """An ItemFilter expression: `boolean(//SimpleItem[@Name="port" and @Value="0"]) and ...`; empty for any."""
    invert: bool = False
    """Met when no state satisfies topic and content (M-EVT-07)."""


class Rule(Form, frozen=True, forbid_unknown_fields=True):
    """When this happens, do that."""

    name: Name
    action: int
    """Id of an `Action`."""
    id: int = 0
    """0 for one that is not stored yet."""
    enabled: bool = True
    trigger: Condition | None = None
    """Starts the rule, no matter whether it still holds later (M-EVT-05); the only place for a stateless topic."""
    conditions: Annotated[tuple[Condition, ...], msgspec.Meta(max_length=MOST_CONDITIONS)] = ()
    """All must hold while the rule is active (M-EVT-06)."""
    wait_s: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_WAIT_S)] = 0.0
    """The least time from one activation to the next (M-EVT-03)."""


class Action(Form, frozen=True, forbid_unknown_fields=True):
    """What is done: a template with its parameters (VAPIX events page 5.2)."""

    template: str
    id: int = 0
    name: Name = ""
    parameters: Parameters = {}
    """Secret ones are left out when read, and keep their value when left out of a change."""
    recipient: int = 0
    """Id of a `Recipient`; 0 when the template needs none or its parameters stand among the action's own."""


class Recipient(Form, frozen=True, forbid_unknown_fields=True):
    """Whom to tell, or to send files to (M-RCP-*)."""

    name: Name
    template: str
    id: int = 0
    parameters: Parameters = {}
    """As with `Action`."""


class Schedule(Form, frozen=True, forbid_unknown_fields=True):
    """A recurring interval, or with no end a recurring pulse (VAPIX events page 3.2)."""

    name: Name
    icalendar: Annotated[str, msgspec.Meta(max_length=8192)]
    id: str = ""
    """`com.axis.schedules.genid.id-N` for one that was made here."""


ParameterKind = Literal[
    "text", "multiline", "integer", "choice", "flag", "secret", "clip", "port", "sip_account"
]


class TemplateParameter(msgspec.Struct, frozen=True):
    """One parameter of a template: what a form asks for and what is checked."""

    name: str
    label: str
    help: str = ""
    kind: ParameterKind = "text"
    default: str | None = ""
    """None when it must be given and may not be empty."""
    values: Mapping[str, str] | None = None
    """Of a choice: value -> label."""
    low: int | None = None
    high: int | None = None
    longest: int = 1024
    deprecated: bool = False


class ActionTemplate(msgspec.Struct, frozen=True):
    """A kind of action."""

    token: str
    label: str
    group: str
    """What a person finds it under: Audio clips, Notifications, ..."""
    parameters: tuple[TemplateParameter, ...] = ()
    recipient: str | None = None
    """Token of the kind of recipient it needs."""
    unlimited: bool = False
    """Lasts while the rule is active."""
    unavailable: str = ""
    """Why it cannot be used on this unit now; empty when it can."""


class RecipientTemplate(msgspec.Struct, frozen=True):
    """A kind of recipient."""

    token: str
    label: str
    parameters: tuple[TemplateParameter, ...]
    takes_files: bool = False
    notes: tuple[str, ...] = ()
    unavailable: str = ""


class Told(msgspec.Struct, frozen=True):
    """An event, or a state, in the record or in an assumption."""

    topic: str
    source: dict[str, str] = {}
    data: dict[str, str] = {}


class Reason(msgspec.Struct, frozen=True):
    """One condition of a rule at one moment: whether it was met, and since when."""

    condition: Condition
    met: bool
    is_trigger: bool = False
    since: float | None = None
    """When it became so, in seconds since 1970; None when nobody knows."""
    states: tuple[Told, ...] = ()
    """The states (at most eight) that decide; empty when there is none of that topic."""


Outcome = Literal["activated", "ended", "waiting", "not met", "disabled"]
"""`waiting`: everything is met but the time between actions is not over; `not met`: triggered in vain."""


class Evaluation(msgspec.Struct, frozen=True):
    """What one event did to one rule, and why."""

    time: float
    rule: int
    name: str
    outcome: Outcome
    event: Told | None
    """None when time alone did it, or the rule was changed."""
    reasons: tuple[Reason, ...]
    until: float | None = None
    """When waiting ends."""


class DryRun(Form, frozen=True, forbid_unknown_fields=True):
    """What would happen between two times, with the present states but for what is assumed."""

    start: float
    end: float
    states: tuple[Told, ...] = ()
    """Assumed to hold from the start."""
    events: tuple[tuple[float, Told], ...] = ()
    """Assumed to happen: (seconds since 1970, event)."""
    rules: tuple[Rule, ...] | None = None
    """Tried instead of the stored ones."""


class Replay(Form, frozen=True, forbid_unknown_fields=True):
    """The record of some time, run against a changed set of rules."""

    start: float
    end: float
    rules: tuple[Rule, ...]


class Replayed(msgspec.Struct, frozen=True):
    """What the stored rules and the changed ones do with the same events."""

    events: int
    stored: tuple[Evaluation, ...]
    changed: tuple[Evaluation, ...]
    complete: bool
    """Whether the record reaches back to the start."""


class Search(Form, frozen=True, forbid_unknown_fields=True):
    """A question to the record, newest first."""

    before: float | None = None
    after: float | None = None
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """Found in topic, items or name of a rule."""
    rule: int | None = None
    kinds: tuple[Literal["event", "evaluation", "delivery"], ...] = ()
    """Empty for all."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


class Recorded(msgspec.Struct, frozen=True):
    """One entry of the record."""

    number: int
    time: float
    kind: Literal["event", "evaluation", "delivery"]
    event: Told | None = None
    evaluation: Evaluation | None = None
    delivery: "DeliveryState | None" = None
    left_out: int = 0
    """How many entries just before it are missing: there were too many at once, or the disk took none."""


class DeliveryState(msgspec.Struct, frozen=True):
    """How far a message to a recipient is."""

    number: int
    time: float
    recipient: str
    what: str
    """What is sent, in words."""
    state: Literal["queued", "sending", "delivered", "failed"]
    attempts: int
    reason: str = ""
    next_attempt: float | None = None
