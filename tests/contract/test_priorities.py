"""Classes and priorities through the whole unit, judged by the samples that the loudspeaker played."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import numpy as np
import pytest

from tests.heard import RATE, Heard, Samples, heard_since, position, sweep
from tests.playing import (
    clips,
    noise,
    now_playing,
    parameters,
    play,
    quiet_unit,
    until_heard,
    wait_until_played,
)
from tests.suite import Unit, until

pytestmark = pytest.mark.alone

MILLISECOND = RATE // 1000
FADE = RATE * 5 // 1000
LIMITED = RATE // 100
"""A source that ends is noticed at the end of its period."""
EXACT = 1e-6

DUCKING = [
    # upper, priority, lower, priority, depth in dB, ramp in ms
    ("emergency", 0, "page", 9, 30, 10),
    ("page", 0, "announcement", 0, 6, 200),
    ("announcement", 0, "music", 0, 20, 50),
    ("advertisement", 0, "music", 100, 12, 100),
    ("music", 5, "music", 0, 40, 20),
]


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator's client on a unit that plays nothing."""
    with quiet_unit(unit) as client:
        yield client


def rule(class_: str, action: str, depth_db: int = 20, ramp_ms: int = 20) -> dict[str, str]:
    """Return the parameters of one class."""
    group = f"Audio.Class.{class_.capitalize()}"
    return {
        f"{group}.Action": action,
        f"{group}.DuckDepth": str(depth_db),
        f"{group}.DuckRamp": str(ramp_ms),
    }


def until_gone(admin: httpx.Client, clip: int) -> None:
    """Wait until a clip does not play any more."""
    until(
        f"clip {clip} has ended", lambda: clip not in [each["clip"] for each in now_playing(admin)]
    )


@dataclass(frozen=True)
class Overlap:
    """A recording in which one sound lies over a longer one, and where each begins in it."""

    heard: Samples
    lower: Samples
    upper: Samples
    lower_at: int
    upper_at: int

    @classmethod
    def of(cls, played: Heard, lower: Samples, upper: Samples) -> "Overlap":
        """Find both."""
        return cls(
            played.samples,
            lower,
            upper,
            played.where(lower[: RATE // 5]),
            played.where(upper),
        )

    def gains(self, start: int, milliseconds: int) -> Samples:
        """Return the gain of the lower sound in each millisecond from a place in the recording on."""
        end = start + milliseconds * MILLISECOND
        rest = self.heard[start:end].copy()
        above = np.zeros(len(self.heard))
        room = above[self.upper_at : self.upper_at + len(self.upper)]
        room[:] = self.upper[: len(room)]
        rest -= above[start:end]
        lower = self.lower[start - self.lower_at : end - self.lower_at]
        parts, wholes = rest.reshape(-1, MILLISECOND), lower.reshape(-1, MILLISECOND)
        gains: Samples = np.sum(parts * wholes, axis=1) / np.sum(wholes**2, axis=1)
        return gains


def moving_ms(gains: Samples) -> tuple[int, int]:
    """Return in which millisecond a gain begins to move and in which it has arrived."""
    travel = abs(gains[-1] - gains[0])
    return (
        int(np.argmax(np.abs(gains - gains[0]) > 0.02 * travel)),
        int(np.argmax(np.abs(gains - gains[-1]) < 0.02 * travel)),
    )


@pytest.mark.parametrize(("upper", "first", "lower", "second", "depth_db", "ramp_ms"), DUCKING)
def test_a_class_ducks_by_its_depth_in_its_ramp(
    unit: Unit,
    admin: httpx.Client,
    upper: str,
    first: int,
    lower: str,
    second: int,
    depth_db: int,
    ramp_ms: int,
) -> None:
    """Depth within 0.5 dB, both ramps within 10 ms, and what was ducked is never out of step by a sample."""
    below, above = noise(6.0, seed=1), noise(0.6, seed=2)
    with (
        clips(admin, below=below, above=above) as number,
        parameters(admin, rule(upper, "duck", depth_db, ramp_ms)),
    ):
        begin = position(unit)
        play(admin, number["below"], **{"class": lower, "priority": str(second)})
        until_heard(unit, begin, 0.4)
        play(admin, number["above"], **{"class": upper, "priority": str(first)})
        until_gone(admin, number["above"])
        until_heard(unit, position(unit), 0.5)
        admin.get("/axis-cgi/stopclip.cgi")
        wait_until_played(unit, admin)
        found = Overlap.of(heard_since(unit, begin), below, above)

    start, end = found.upper_at, found.upper_at + len(above)
    assert (
        np.max(np.abs(found.heard[found.lower_at : start] - below[: start - found.lower_at]))
        < EXACT
    )
    down = found.gains(start - 20 * MILLISECOND, 20 + 500)
    begins, arrives = moving_ms(down)
    assert begins == pytest.approx(20, abs=10)
    assert arrives - 20 == pytest.approx(ramp_ms, abs=10)
    plateau = down[20 + ramp_ms + 10 :]
    assert 20 * np.log10(plateau) == pytest.approx(-depth_db, abs=0.5)

    back = found.gains(end - 20 * MILLISECOND, 20 + 350)
    begins, arrives = moving_ms(back)
    assert begins - 20 == pytest.approx(0, abs=10 + 0.02 * ramp_ms)
    assert arrives - 20 == pytest.approx(ramp_ms, abs=10)
    after = slice(end + (ramp_ms + 11) * MILLISECOND, end + 350 * MILLISECOND)
    expected = below[after.start - found.lower_at : after.stop - found.lower_at]
    assert np.max(np.abs(found.heard[after] - expected)) < EXACT


def test_what_a_page_silences_goes_on_with_the_very_next_sample(
    unit: Unit, admin: httpx.Client
) -> None:
    """Not a sample of the music is lost, none is played twice: it waits exactly where it was."""
    music, page = sweep(6.0), noise(0.6, seed=3)
    ramp = 20 * MILLISECOND
    with clips(admin, music=music, page=page) as number:
        begin = position(unit)
        play(admin, number["music"], **{"class": "music"})
        until_heard(unit, begin, 0.4)
        play(admin, number["page"], **{"class": "page"})
        until("the music waits", lambda: now_playing(admin)[-1]["state"] == "paused")
        until_gone(admin, number["page"])
        until_heard(unit, position(unit), 0.5)
        admin.get("/axis-cgi/stopclip.cgi")
        wait_until_played(unit, admin)
        found = Overlap.of(heard_since(unit, begin), music, page)

    start, end = found.upper_at, found.upper_at + len(page)
    assert np.max(np.abs(found.heard[start + ramp : end] - page[ramp:])) < EXACT
    waits_at = start - found.lower_at + ramp
    silence = found.heard[end : end + LIMITED + ramp]
    back = end + int(np.argmax(np.abs(silence) > 1e-7))
    resumed = found.heard[back + ramp : back + ramp + RATE // 4]
    places = range(waits_at + ramp - LIMITED, waits_at + ramp + LIMITED)
    exact = [
        place
        for place in places
        if np.max(np.abs(resumed - music[place : place + len(resumed)])) < EXACT
    ]
    # The first sample of a fade-in may be too soft to be seen.
    assert exact
    assert abs(exact[0] - (waits_at + ramp)) <= 1
    rises = np.arange(1, ramp + 1) / ramp
    offset = exact[0] - (waits_at + ramp)
    faded_in = found.heard[back - offset : back - offset + ramp]
    np.testing.assert_allclose(faded_in, music[waits_at : waits_at + ramp] * rises, atol=1e-5)


def test_other_rules_are_heard_at_once(unit: Unit, admin: httpx.Client) -> None:
    """While an announcement plays over music its depth goes from 20 to 6 dB, within the new ramp; Audio now says so."""
    below, above = noise(8.0, seed=4), noise(4.0, seed=5)
    with (
        clips(admin, below=below, above=above) as number,
        parameters(admin, rule("announcement", "duck", 20, 50)),
    ):
        begin = position(unit)
        play(admin, number["below"], **{"class": "music"})
        until_heard(unit, begin, 0.4)
        play(admin, number["above"])
        until_heard(unit, position(unit), 0.5)
        with parameters(admin, rule("announcement", "duck", 6, 100)):
            until("it is told", lambda: now_playing(admin)[-1]["gain_db"] == -6.0)
            until_heard(unit, position(unit), 0.5)
            admin.get("/axis-cgi/stopclip.cgi")
            wait_until_played(unit, admin)
        played = heard_since(unit, begin)
    lower_at, upper_at = played.where(below[: RATE // 5]), played.where(above[: RATE // 4])
    found = Overlap(played.samples, below, above, lower_at, upper_at)
    length = played.spans()[1] - upper_at - 200 * MILLISECOND
    gains = found.gains(upper_at + 60 * MILLISECOND, length // MILLISECOND)
    assert 20 * np.log10(gains[:200]) == pytest.approx(-20, abs=0.5)
    assert 20 * np.log10(gains[-200:]) == pytest.approx(-6, abs=0.5)
    begins, arrives = moving_ms(gains)
    assert arrives - begins == pytest.approx(100, abs=10)
    assert np.abs(np.diff(gains)).max() < 1.5 * (10 ** (-6 / 20) - 0.1) / 100


def test_three_classes_at_once_and_a_clip_that_makes_room(unit: Unit, admin: httpx.Client) -> None:
    """A second announcement replaces the first, music stays ducked, a page silences all, and each comes back."""
    sounds = {
        "music": noise(9.0, seed=6, peak=0.1),
        "first": noise(9.0, seed=7, peak=0.1),
        "second": noise(9.0, seed=8, peak=0.1),
        "page": noise(0.5, seed=9, peak=0.1),
    }
    with clips(admin, **sounds) as number:
        begin = position(unit)
        play(admin, number["music"], **{"class": "music"})
        until_heard(unit, begin, 0.4)
        play(admin, number["first"])
        until_heard(unit, position(unit), 0.2)
        play(admin, number["second"])
        until_gone(admin, number["first"])
        until_heard(unit, position(unit), 0.3)
        second, music = now_playing(admin)
        assert (second["clip"], second["what"], second["class"]) == (
            number["second"],
            "second",
            "announcement",
        )
        assert (second["state"], second["gain_db"]) == ("playing", 0.0)
        assert (music["clip"], music["state"], music["gain_db"]) == (
            number["music"],
            "ducked",
            -20.0,
        )
        assert music["why"] == "ducked by 20 dB under the announcement 'second'"
        play(admin, number["page"], **{"class": "page", "priority": "3"})
        until("the page counts", lambda: now_playing(admin)[-1]["state"] == "paused")
        page, second, music = now_playing(admin)
        assert (page["class"], page["priority"], page["state"]) == ("page", 3, "playing")
        assert [(each["state"], each["gain_db"]) for each in (second, music)] == [
            ("paused", None)
        ] * 2
        assert {each["why"] for each in (second, music)} == {"silenced by the page 'page'"}
        until_gone(admin, number["page"])
        until_heard(unit, position(unit), 0.3)
        answer = admin.post("/api/playing/stop", json={"id": second["id"]})
        assert answer.json() == {"stopped": second["id"]}
        until_gone(admin, number["second"])
        until_heard(unit, position(unit), 0.3)
        assert [each["state"] for each in now_playing(admin)] == ["playing"]
        admin.get("/axis-cgi/stopclip.cgi")
        wait_until_played(unit, admin)
        played = heard_since(unit, begin)

    music_at, second_at, page_at = (
        played.where(sounds[name][: RATE // 5]) for name in ("music", "second", "page")
    )
    # Under the second announcement: it as it is, the music at -20 dB, and of the first nothing.
    alone = slice(second_at + LIMITED + FADE, page_at)
    rest = played.samples[alone] - sounds["second"][alone.start - second_at : page_at - second_at]
    ducked = sounds["music"][alone.start - music_at : page_at - music_at]
    np.testing.assert_allclose(rest, 0.1 * ducked, atol=EXACT)
    under = slice(page_at + 20 * MILLISECOND, page_at + len(sounds["page"]))
    assert np.max(np.abs(played.samples[under] - sounds["page"][20 * MILLISECOND :])) < EXACT
    last = played.spans()[1] - LIMITED - FADE
    tail = played.samples[last - RATE // 10 : last]
    place = Heard(sounds["music"], 0, 0).where(tail)
    assert np.max(np.abs(tail - sounds["music"][place : place + len(tail)])) < EXACT
