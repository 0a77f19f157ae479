"""The page Detectors: when the sound around the unit is an event."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.suite import Unit, until
from tests.web.conftest import open_page
from tests.web.settings import input_on, room, sound_as_it_comes, value

LEVEL = "AudioSource.A0.AlarmLevel"


@pytest.fixture
def detectors(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with everything as it comes out of the box before and after."""
    with sound_as_it_comes(unit):
        open_page(signed_in, unit, "/system/detectors", "Detectors")
        signed_in.get_by_role("slider", name="Sound level").wait_for()
        yield signed_in


def activity(page: Page) -> Locator:
    """Return the activity indicator."""
    return page.get_by_role("meter", name="Activity indicator")


@pytest.mark.covers("M-DET-01")
def test_audio_detection_is_there_for_the_input(detectors: Page, unit: Unit) -> None:
    """It needs the input, and one button turns that on."""
    region = detectors.get_by_role("region", name="Audio detection")
    expect(activity(detectors)).to_have_count(0)
    region.get_by_role("button", name="Enable audio input").click()
    expect(activity(detectors)).to_be_visible()
    expect(region.get_by_text("Not triggered")).to_be_visible()


@pytest.mark.covers("M-DET-02")
def test_the_sound_level_goes_from_0_to_100(detectors: Page, unit: Unit) -> None:
    """A slider by mouse or keyboard, which says which end is the most sensitive."""
    slider = detectors.get_by_role("slider", name="Sound level")
    expect(slider).to_have_value("100")
    slider.press("Home")
    until("it is 0", lambda: value(unit, LEVEL) == "0")
    slider.press("ArrowRight")
    until("it is 1", lambda: value(unit, LEVEL) == "1")
    slider.press("End")
    until("it is 100", lambda: value(unit, LEVEL) == "100")
    expect(detectors.get_by_text("where 0 is the most sensitive and 100 the least")).to_be_visible()


@pytest.mark.covers("M-DET-03")
def test_the_activity_indicator_follows_the_sound(detectors: Page, unit: Unit) -> None:
    """On the same scale as the slider it shows what is heard now, and whether that is above the level."""
    input_on(unit)
    room(unit, -45.0)  # half of the scale, which begins at -90 dBFS
    until(
        "the indicator stands in the middle",
        lambda: 40 < int(activity(detectors).get_attribute("aria-valuenow") or 0) < 70,
    )
    detectors.get_by_role("slider", name="Sound level").fill("20")
    expect(detectors.get_by_text("Triggered", exact=True)).to_be_visible()
    detectors.get_by_role("slider", name="Sound level").fill("95")
    expect(detectors.get_by_text("Not triggered")).to_be_visible()
    room(unit, None)
    until(
        "the indicator falls",
        lambda: int(activity(detectors).get_attribute("aria-valuenow") or 0) < 20,
    )


@pytest.mark.covers("M-DET-04", part="web")
def test_the_page_says_what_the_level_is_a_condition_for(detectors: Page) -> None:
    """Rising above, falling below and passing are what an event can wait for."""
    expect(
        detectors.get_by_text("rises above, falls below or passes the set value")
    ).to_be_visible()


def test_a_hidden_page_follows_no_levels(detectors: Page, unit: Unit) -> None:
    """Nobody looks: the socket is closed, and open again when somebody does."""
    input_on(unit)
    activity(detectors).wait_for()
    hide = """(hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    with detectors.expect_websocket() as opened:
        detectors.evaluate(hide, True)
        detectors.evaluate(hide, False)
    socket = opened.value
    assert not socket.is_closed()
    detectors.evaluate(hide, True)
    if not socket.is_closed():
        socket.wait_for_event("close")
