"""The page Audio > Audio now: what plays, what that does to the rest, and who goes before whom."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.heard import as_wav, sweep
from tests.playing import is_silent, play, remove, upload
from tests.suite import Unit, until
from tests.web.conftest import open_page, silent
from tests.web.settings import sound_as_it_comes, value


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """Another client."""
    with unit.admin() as client:
        yield client


@pytest.fixture
def clips(admin: httpx.Client, unit: Unit) -> Iterator[list[int]]:
    """Two clips that go on for a while."""
    numbers = [upload(admin, name, as_wav(sweep(8, 0.2))) for name in ("Jazz", "Closing soon")]
    yield numbers
    silent(unit)
    for number in numbers:
        remove(admin, number)


@pytest.fixture
def now(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with nothing playing and the usual rules."""
    silent(unit)
    with sound_as_it_comes(unit):
        open_page(signed_in, unit, "/audio/now", "Audio now")
        signed_in.get_by_role("region", name="Who is heard").wait_for()
        yield signed_in


def entry(page: Page, title: str) -> Locator:
    """Return what stands there of one thing that plays."""
    region = page.get_by_role("region", name="Playing now")
    return region.get_by_role("listitem").filter(has=page.get_by_text(title, exact=True))


def test_nothing_plays_calmly(now: Page) -> None:
    """An idle unit says so, with its meter at rest."""
    region = now.get_by_role("region", name="Playing now")
    expect(region).to_contain_text("Nothing is playing.")
    level = region.get_by_role("meter", name="Output level")
    expect(level).to_have_attribute("aria-valuetext", "Silent")
    limiter = region.get_by_role("meter", name="Limiter")
    expect(limiter).to_have_attribute("aria-valuetext", "at rest")


def test_what_is_ducked_says_why_and_by_how_much(
    now: Page, admin: httpx.Client, clips: list[int]
) -> None:
    """Music under an announcement, each with class, progress and level; one stops, the other comes back."""
    jazz, closing = clips
    play(admin, jazz, **{"class": "music", "repeat": "9"})
    expect(entry(now, "Jazz")).to_contain_text("Playing")
    meter = now.get_by_role("meter", name="Output level")
    until("the meter rises", lambda: float(meter.get_attribute("aria-valuenow") or -60) > -50)

    play(admin, closing, **{"class": "announcement", "priority": "5", "repeat": "-1"})
    expect(entry(now, "Closing soon")).to_contain_text("Announcement, priority 5")
    expect(entry(now, "Closing soon")).to_contain_text("Repeats, for")
    ducked = entry(now, "Jazz")
    expect(ducked).to_contain_text("Ducked \N{MINUS SIGN}20 dB")
    expect(ducked).to_contain_text("ducked by 20 dB under the announcement 'Closing soon'")
    expect(ducked.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile(r"\d"))

    now.get_by_role("button", name="Stop Closing soon").click()
    expect(entry(now, "Closing soon")).to_have_count(0)
    expect(entry(now, "Jazz")).to_contain_text("Playing")
    now.get_by_role("button", name="Stop Jazz").click()
    until("nothing plays", lambda: is_silent(admin))
    expect(now.get_by_text("Nothing is playing.")).to_be_visible()


def test_the_rules_of_a_class_are_changed(
    now: Page, unit: Unit, admin: httpx.Client, clips: list[int]
) -> None:
    """Action, depth and ramp of each class; what plays follows at once."""
    rule = now.get_by_role("listitem", name="Announcement")
    rule.get_by_label("Depth (dB)").fill("61")
    expect(rule.get_by_text("Enter a whole number from 0 to 60.")).to_be_visible()
    rule.get_by_label("Depth (dB)").fill("6")
    rule.get_by_label("Ramp (ms)").fill("200")
    rule.get_by_label("Ramp (ms)").press("Tab")
    until("the depth is set", lambda: value(unit, "Audio.Class.Announcement.DuckDepth") == "6")
    until("the ramp is set", lambda: value(unit, "Audio.Class.Announcement.DuckRamp") == "200")
    expect(rule).to_contain_text("The others go down by 6 dB within 200 ms.")

    jazz, closing = clips
    play(admin, jazz, **{"class": "music", "repeat": "-1"})
    play(admin, closing, repeat="-1")
    expect(entry(now, "Jazz")).to_contain_text("Ducked \N{MINUS SIGN}6 dB")
    rule.get_by_label("Action").select_option("silence")
    expect(entry(now, "Jazz")).to_contain_text("Silenced")
    rule.get_by_label("Action").select_option("mix")
    expect(entry(now, "Jazz")).not_to_contain_text("Silenced")
    expect(rule).to_contain_text("The others play along.")
