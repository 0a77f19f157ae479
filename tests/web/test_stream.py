"""The page Audio > Stream: how the input is encoded for whoever listens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.suite import Unit, until
from tests.web.conftest import open_page
from tests.web.settings import change, input_on, settings, sound_as_it_comes, value

ENCODING = "AudioSource.A0.AudioEncoding"
RATE = "AudioSource.A0.SampleRate"
BITS = "AudioSource.A0.BitRate"
SUPPORT = "AudioSource.A0.AudioSupport"
ECHO = "AudioSource.A0.DynamicProcessing.EchoCancellingEnabled"


@pytest.fixture
def stream(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with everything as it comes out of the box before and after."""
    with sound_as_it_comes(unit):
        open_page(signed_in, unit, "/audio/stream", "Stream")
        signed_in.get_by_role("region", name="Encoding").wait_for()
        yield signed_in


@pytest.mark.covers("M-AUD-15")
def test_the_encoding_is_chosen_from_what_the_unit_can_do(stream: Page, unit: Unit) -> None:
    """Encodings and their rates are those of the unit's table; a choice is saved with rates that fit."""
    input_on(unit)
    with unit.admin() as admin:
        question = {"apiVersion": "1.0", "method": "list"}
        answer = admin.post("/axis-cgi/audio/streamingcapabilities.cgi", json=question).json()
    table = {name.lower(): rates for name, rates in answer["data"]["encoders"].items()}
    encoding = stream.get_by_label("Encoding", exact=True).and_(stream.get_by_role("combobox"))
    expect(encoding).to_be_visible()
    assert {one.get_attribute("value") for one in encoding.get_by_role("option").all()} == set(
        table
    )

    encoding.select_option("opus")
    until("Opus is set", lambda: value(unit, ENCODING) == "opus")
    rates = stream.get_by_label("Sample rate").get_by_role("option")
    expect(rates).to_have_count(len(table["opus"]))
    stream.get_by_label("Sample rate").select_option("16000")
    until("16 kHz is set", lambda: value(unit, RATE) == "16000")
    fitting = next(one["bit_rates"] for one in table["opus"] if one["sample_rate"] == 16000)
    assert int(value(unit, BITS)) in fitting
    stream.get_by_label("Bit rate").select_option(str(fitting[0]))
    until("the bit rate is set", lambda: value(unit, BITS) == str(fitting[0]))


@pytest.mark.covers("M-AUD-16")
def test_without_the_input_it_offers_to_enable_it(stream: Page, unit: Unit) -> None:
    """There is nothing to choose while the input is off; one button turns it on, and then there is."""
    expect(
        stream.get_by_text("You can only choose encoding if audio input is turned on.")
    ).to_be_visible()
    expect(stream.get_by_role("combobox")).to_have_count(0)
    stream.get_by_role("button", name="Enable audio input").click()
    until("the input is on", lambda: value(unit, SUPPORT) == "yes")
    expect(stream.get_by_role("combobox").first).to_be_visible()
    expect(stream.get_by_role("button", name="Enable audio input")).to_have_count(0)


@pytest.mark.covers("M-AUD-17")
def test_echo_cancellation_is_the_same_as_in_device_settings(stream: Page, unit: Unit) -> None:
    """The switch here is the switch there."""
    stream.get_by_role("switch", name="Echo cancellation").press("Space")
    until("it is on", lambda: value(unit, ECHO) == "yes")
    open_page(stream, unit, "/audio/device-settings", "Device settings")
    there = stream.get_by_role("switch", name="Echo cancellation")
    expect(there).to_be_checked()


def test_a_setting_that_is_refused_says_why(stream: Page, unit: Unit) -> None:
    """The page shows what holds again, and the unit's own reason."""
    input_on(unit)
    stream.get_by_label("Sample rate").wait_for()
    before = settings(unit)[RATE]["value"]
    stream.route(
        "**/api/parameters",
        lambda route: (
            route.continue_(post_data={"changes": {RATE: "7"}})
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    stream.get_by_label("Sample rate").select_option("16000")
    expect(stream.get_by_text("This was not saved:")).to_be_visible()
    expect(stream.get_by_label("Sample rate")).to_have_value(before)
    change(unit, {SUPPORT: "no"})
