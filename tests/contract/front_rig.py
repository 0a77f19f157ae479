"""What somebody sees who stands before a unit: what a lamp really shows over time, and for how long each colour."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from hw.sim.world import World, now_ms
from tests.suite import Unit

LOOK_INTERVAL_S = 0.01

Look = Callable[[], tuple[float, str]]
"""Returns the time in ms and the colour that a lamp has then."""


@dataclass(frozen=True)
class Stretch:
    """A time for which a lamp had one colour; the eye that saw it was not always open."""

    colour: str
    at_least_ms: float
    at_most_ms: float

    def is_(self, colour: str, ms: float) -> bool:
        """Whether it can have been this colour for so long."""
        return self.colour == colour and self.at_least_ms - 1 <= ms <= self.at_most_ms + 1


@dataclass
class Watch:
    """What a lamp showed while somebody looked."""

    looks: list[tuple[float, str]] = field(default_factory=list)

    def see(self, look: tuple[float, str]) -> str:
        """Look once; returns the colour."""
        self.looks.append(look)
        return look[1]

    def colours(self) -> list[str]:
        """Return the colours one after the other."""
        return [stretch.colour for stretch in self._all()]

    def whole(self) -> list[Stretch]:
        """Return the stretches that were seen from their beginning to their end."""
        return self._all()[1:-1]

    def _all(self) -> list[Stretch]:
        found: list[Stretch] = []
        start = 0
        for index in range(1, len(self.looks) + 1):
            if index < len(self.looks) and self.looks[index][1] == self.looks[start][1]:
                continue
            first, last = self.looks[start][0], self.looks[index - 1][0]
            before = self.looks[start - 1][0] if start else first
            after = self.looks[index][0] if index < len(self.looks) else last
            found.append(Stretch(self.looks[start][1], last - first, after - before))
            start = index
        return found


def assert_rhythm(watch: Watch, steps: list[tuple[str, float]]) -> None:
    """Hold what was seen against a pattern of (colour, ms); a single step of 0 ms is steady."""
    if len(steps) == 1:
        assert watch.colours() == [steps[0][0]]
        return
    seen = watch.whole()
    assert len(seen) >= len(steps), f"too short a look: {watch.colours()}"
    starts = [
        offset
        for offset in range(len(steps))
        if all(
            stretch.is_(*steps[(offset + index) % len(steps)]) for index, stretch in enumerate(seen)
        )
    ]
    assert starts, f"{steps} is not {seen}"


def assert_reset_shown(watch: Watch) -> None:
    """Hold what was seen of a reset: amber flashing, steady amber from the new start on, which cuts it short, green."""
    colours = watch.colours()
    assert set(colours) <= {"green", "amber", "off"}
    assert colours[-2:] == ["amber", "green"]
    dark = [stretch for stretch in watch.whole() if stretch.colour == "off"]
    assert dark, colours
    assert all(stretch.is_("off", 500) for stretch in dark[:-1]), dark
    assert dark[-1].at_least_ms <= 501, dark


# --- through the running suite ----------------------------------------------------------------


@contextmanager
def before(unit: Unit) -> Iterator[httpx.Client]:
    """Stand before a unit: the simulated world without the unit's own web server, which goes with its power."""
    environment = Path(f"/proc/{unit.processes()['sim']}/environ").read_bytes().split(b"\0")
    runtime = next(
        Path(each.partition(b"=")[2].decode())
        for each in environment
        if each.startswith(b"C8210_RUNTIME=")
    )
    transport = httpx.HTTPTransport(uds=str(runtime / "sim" / "http.sock"))
    with httpx.Client(transport=transport, base_url="http://localhost", timeout=20) as world:
        yield world


def lamp_of(world: httpx.Client, lamp: str) -> Look:
    """Return how to look at a lamp of a running unit."""

    def look() -> tuple[float, str]:
        state = world.get("/sim/state").json()
        return state["monotonic_ms"], state["leds"][lamp]["colour"]

    return look


def watch_for(look: Look, seconds: float) -> Watch:
    """Look for some time."""
    return watch_until(look, lambda watch: watch.looks[-1][0] - watch.looks[0][0] >= 1000 * seconds)


def watch_until(look: Look, enough: Callable[[Watch], bool], within_s: float = 60.0) -> Watch:
    """Look until enough was seen."""
    watch = Watch()
    end = time.monotonic() + within_s
    while True:
        watch.see(look())
        if enough(watch):
            return watch
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:g} s; seen: {watch.colours()}")
        time.sleep(LOOK_INTERVAL_S)


def until_shown(look: Look, steps: list[tuple[str, float]], within_s: float = 20.0) -> None:
    """Look until the lamp has this rhythm."""
    period_s = sum(ms for _colour, ms in steps) / 1000
    end = time.monotonic() + within_s
    while True:
        watch = watch_for(look, 2 * period_s + 0.3)
        try:
            assert_rhythm(watch, steps)
        except AssertionError:
            if time.monotonic() > end:
                raise
        else:
            return


# --- with the world in the test ---------------------------------------------------------------


async def watch_lamp(world: World, lamp: str, seconds: float) -> Watch:
    """Look at a lamp of a world of the test's own for some time."""
    watch = Watch()
    begin = now_ms()
    while now_ms() - begin < 1000 * seconds:
        now = now_ms()
        watch.see((now, world.lamps[lamp].colour(now)))
        await asyncio.sleep(LOOK_INTERVAL_S)
    return watch
