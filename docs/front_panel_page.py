"""The page of the front panel: the tables of the LEDs and of the control button."""

from daemons.ioports.contact import SETTLE_S
from daemons.ioports.gesture_table import GESTURES, STUCK_S
from daemons.ioports.lamps import GRACE_S
from daemons.ioports.led_table import ALWAYS, AT_START, TABLE
from hw.ports import Colour, Led, Pattern


def front_panel_page(note: str) -> str:
    """Return the page."""
    lines = [
        "# LEDs and control button",
        "",
        note,
        "",
        "Any daemon may raise a cause; of the causes that hold for an LED it shows the one furthest up.",
        f"A cause ends when it is cleared, when its time is over, or {GRACE_S:g} s after the daemon that raised it has"
        " gone and not come back to tell it again.",
    ]
    for led in Led:
        lines += ["", f"## {led.value} LED", "", "| it shows | when | cause |", "|---|---|---|"]
        lines += [
            f"| {in_words(cause.pattern)} | {cause.meaning} | `{cause.name}` |"
            for cause in TABLE
            if cause.led is led
        ]
    lines += [
        "",
        f"At the start {_listed(AT_START)} hold; {_listed(ALWAYS)} always do.",
        "",
        "## Control button",
        "",
        "| gesture | how | what it does | what the LEDs show |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{row.gesture.value}` | {row.how} | {row.meaning} | {row.show} |" for row in GESTURES
    ]
    lines += [
        "",
        "Anything else means nothing: to let go between the times of two gestures, or to be down already when the"
        " daemon alone starts anew under a hand.",
        "A restart of the unit counts as the power coming.",
        f"A contact that has not stood still for {SETTLE_S * 1000:g} ms has not moved.",
        f"A button that is down for {STUCK_S:g} s may be stuck: the log says so, and its release means nothing.",
    ]
    return "\n".join([*lines, ""])


def in_words(pattern: Pattern) -> str:
    """Return a pattern for people: its colours, and how long each is shown."""
    if len(pattern) == 1:
        colour = pattern[0].colour
        return "dark" if colour is Colour.OFF else f"{colour.value}, steady"
    steps = (
        f"{'dark' if step.colour is Colour.OFF else step.colour.value} {step.duration_ms} ms"
        for step in pattern
    )
    return ", ".join(steps)


def _listed(causes: frozenset[str]) -> str:
    return " and ".join(f"`{cause}`" for cause in sorted(causes))
