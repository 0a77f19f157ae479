"""The status LED as rules ask for it."""

from typing import cast

from common.clock import ManualClock
from common.lamps import Lamps
from common.rules import Action
from daemons.events.actions.kind import Job
from daemons.events.actions.leds import LedActions


class Told:
    """Lamps that note what they are told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float | None]] = []

    def hold(self, cause: str, lasting_s: float = 0.0) -> None:
        """Note it."""
        self.told.append((cause, lasting_s))

    def drop(self, cause: str) -> None:
        """Note it."""
        self.told.append((cause, None))


def job(rule: int, color: str, duration: str = "") -> Job:
    """Return an activation."""
    parameters = {"color": color, "duration": duration}
    return Job(rule, "", Action("led", parameters=parameters), None, 0.0)


async def test_a_colour_is_shown_as_long_as_any_rule_asks_for_it() -> None:
    """The end of one neither ends another's nor cuts a time short."""
    lamps, clock = Told(), ManualClock(1000)
    leds = LedActions(cast(Lamps, lamps), clock)
    await leds.show_for_a_time(job(1, "red", "60"))
    await leds.show_for_a_time(job(1, "red", "5"))
    cause = await leds.show(job(2, "red"))
    await leds.show(job(3, "red"))
    await leds.drop(job(2, "red"), cause)
    assert lamps.told == [("rule_red", 60.0), ("rule_red", 0.0), ("rule_red", 0.0)]
    clock.advance(20)
    await leds.drop(job(3, "red"), cause)
    assert lamps.told[3:] == [("rule_red", 40.0)]
    clock.advance(60)
    await leds.show(job(2, "red"))
    await leds.drop(job(2, "red"), cause)
    assert lamps.told[4:] == [("rule_red", 0.0), ("rule_red", None)]
