"""Show something with an LED (VAPIX events page 5.2). What a rule asks for never hides a fault."""

from common.clock import Clock
from common.lamps import Lamps
from common.rules import ActionTemplate, TemplateParameter
from daemons.events.actions.kind import ActionKind, Job

_COLOURS = {
    "green": "Green",
    "green,none": "Green, flashing",
    "amber": "Amber",
    "amber,none": "Amber, flashing",
    "red": "Red",
    "red,none": "Red, flashing",
}


def cause_of(color: str) -> str:
    """Return the cause of the LED table that a list of colours means."""
    colour, _, rest = color.partition(",")
    return f"rule_{colour}_flashing" if rest else f"rule_{colour}"


class LedActions:
    """Which rule asks for what; a cause holds as long as one of them does."""

    def __init__(self, lamps: Lamps, clock: Clock) -> None:
        self._lamps = lamps
        self._clock = clock
        self._asking: dict[str, set[int]] = {}
        """Cause -> the rules that are active and ask for it."""
        self._until: dict[str, float] = {}
        """Cause -> until when rules ask for it that are not, by the monotonic clock."""

    async def show(self, job: Job) -> str:
        """Show a colour until it ends."""
        cause = cause_of(job.parameter("color"))
        self._asking.setdefault(cause, set()).add(job.rule)
        self._lamps.hold(cause)
        return cause

    async def drop(self, job: Job, cause: str) -> None:
        """End it."""
        asking = self._asking.setdefault(cause, set())
        asking.discard(job.rule)
        remaining_s = self._until.get(cause, 0.0) - self._clock.monotonic()
        if asking:
            return
        if remaining_s > 0:
            self._lamps.hold(cause, remaining_s)
        else:
            self._lamps.drop(cause)

    async def show_for_a_time(self, job: Job) -> str:
        """Show a colour for some seconds."""
        cause = cause_of(job.parameter("color"))
        lasting_s = float(job.integer("duration", 10))
        ends = self._clock.monotonic() + lasting_s
        if ends > self._until.get(cause, 0.0):
            self._until[cause] = ends
            if not self._asking.get(cause):
                self._lamps.hold(cause, lasting_s)
        return ""


def kinds(lamps: Lamps, clock: Clock, *, has_leds: bool) -> list[ActionKind]:
    """Return what can be done with LEDs."""
    actions = LedActions(lamps, clock)
    unavailable = "" if has_leds else "this board has no LEDs"
    return [
        ActionKind(
            ActionTemplate(
                "com.axis.action.fixed.ledcontrol",
                "Flash status LED",
                "LEDs",
                (
                    *_PARAMETERS,
                    TemplateParameter(
                        "duration", "Duration (s)", kind="integer", default="10", low=1, high=3600
                    ),
                    _INTERVAL,
                ),
                unavailable=unavailable,
            ),
            actions.show_for_a_time,
        ),
        ActionKind(
            ActionTemplate(
                "com.axis.action.unlimited.ledcontrol",
                "Flash status LED while the rule is active",
                "LEDs",
                (*_PARAMETERS, _INTERVAL),
                unlimited=True,
                unavailable=unavailable,
            ),
            actions.show,
            actions.drop,
        ),
    ]


_PARAMETERS = (
    TemplateParameter(
        "led", "LED", kind="choice", default="statusled", values={"statusled": "Status LED"}
    ),
    TemplateParameter("color", "Colour", kind="choice", default=None, values=_COLOURS),
)
# Every rhythm of this unit's LEDs has a meaning of its own (docs/generated/front-panel.md), so there is one for rules.
_INTERVAL = TemplateParameter(
    "interval",
    "Interval (ms)",
    "Accepted; this unit flashes once a second.",
    "integer",
    low=0,
    high=60_000,
    deprecated=True,
)
