"""Drive an output (VAPIX events page 5.2)."""

from typing import Final

from common.bus.ioports import IoPortsInterface
from common.bus.suite import IOPORTS
from common.rules import ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job

LONGEST_STEP_MS: Final = 65_535
"""What the port's sequence can hold in one step."""
LONGEST_S: Final = 3600
_ACTIVE = {"high": "active", "low": "inactive"}
_OTHER = {"active": "inactive", "inactive": "active"}


def steps_of(state: str, duration_s: int) -> list[tuple[str, int]]:
    """Return the steps that take an output to a state for a time and back; with 0 it stays."""
    left_ms = duration_s * 1000
    steps = []
    while left_ms > 0:
        steps.append((state, min(left_ms, LONGEST_STEP_MS)))
        left_ms -= LONGEST_STEP_MS
    return [*steps, (_OTHER[state], 0)] if steps else [(state, 0)]


def kinds(ioports: IoPortsInterface) -> list[ActionKind]:
    """Return what can be done with outputs."""

    async def toggle(job: Job) -> str:
        state = _ACTIVE[job.parameter("state", "high")]
        await ioports.run_sequence(
            job.integer("port", 0), steps_of(state, job.integer("duration", 0))
        )
        return state

    async def back(job: Job, state: str) -> None:
        await ioports.run_sequence(job.integer("port", 0), [(_OTHER[state], 0)])

    return [ActionKind(_FIXED, toggle), ActionKind(_UNLIMITED, toggle, back, IOPORTS)]


_PARAMETERS = (
    TemplateParameter("port", "Port", kind="port", default=None, longest=2),
    TemplateParameter(
        "state",
        "State",
        kind="choice",
        default=None,
        values={"high": "Active", "low": "Inactive"},
    ),
)
_FIXED = ActionTemplate(
    "com.axis.action.fixed.io.toggle",
    "Toggle I/O once",
    "I/O",
    (
        *_PARAMETERS,
        TemplateParameter(
            "duration",
            "Duration (s)",
            "How long; with 0 it stays.",
            "integer",
            "0",
            low=0,
            high=LONGEST_S,
        ),
    ),
)
_UNLIMITED = ActionTemplate(
    "com.axis.action.unlimited.io.toggle",
    "Toggle I/O while the rule is active",
    "I/O",
    _PARAMETERS,
    unlimited=True,
)
