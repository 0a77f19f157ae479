"""The page Audio > Device settings: the audio input, the speaker, and the load at the amplifier."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.heard import as_wav, heard, level_db, sweep
from tests.playing import play, remove, upload
from tests.suite import ROOT_PASSWORD, Unit, until
from tests.web.conftest import WAIT_MS, open_page, sign_in, silent
from tests.web.settings import change, input_on, room, sound_as_it_comes, value

SUPPORT = "AudioSource.A0.AudioSupport"
TYPE = "AudioSource.A0.InputType"
POWER = "AudioSource.A0.MicrophonePowerType"
POWERED = "AudioSource.A0.MicrophonePower"
INPUT_GAIN = "AudioSource.A0.InputGain"
OUTPUT_GAIN = "AudioSource.A0.OutputGain"
NOISE_DBFS = -30.0


@pytest.fixture
def page_of_settings(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with everything as it comes out of the box before and after."""
    with sound_as_it_comes(unit):
        open_page(signed_in, unit, "/audio/device-settings", "Device settings")
        input_card(signed_in).wait_for()
        yield signed_in


def input_card(page: Page) -> Locator:
    """Return the part about the input."""
    return page.get_by_role("region", name="Input", exact=True)


def output_card(page: Page) -> Locator:
    """Return the part about the speaker."""
    return page.get_by_role("region", name="Output", exact=True)


@contextmanager
def connected(unit: Unit, fault: dict[str, str]) -> Iterator[None]:
    """Do something to the amplifier, and have it as it was afterwards."""
    unit.client.post("/sim/amplifier", json=fault).raise_for_status()
    try:
        yield
    finally:
        whole = {"load_ohm": 8, "fault": None}
        unit.client.post("/sim/amplifier", json=whole).raise_for_status()


@contextmanager
def sounding(unit: Unit) -> Iterator[None]:
    """Play something as long as the block lasts."""
    with unit.admin() as admin:
        play(admin, admin.get("/api/clips").json()[0]["clip"], repeat="-1")
    try:
        yield
    finally:
        silent(unit)


def becomes(unit: Unit, name: str, wanted: str) -> None:
    """Wait until a setting has a value."""
    until(f"{name} is {wanted}", lambda: value(unit, name) == wanted)


def meter_db(meter: Locator) -> float:
    """Return what a meter shows."""
    return float(meter.get_attribute("aria-valuenow") or -60)


def switch(card: Locator, name: str) -> Locator:
    """Return a switch that a keyboard can press."""
    return card.get_by_role("switch", name=name)


@pytest.mark.covers("M-AUD-04")
def test_the_input_is_turned_on_and_off_and_shows_its_type(
    page_of_settings: Page, unit: Unit
) -> None:
    """One switch; on, the level of what is heard is drawn beside it, off it is not."""
    card = input_card(page_of_settings)
    expect(switch(card, "Input: microphone")).not_to_be_checked()
    switch(card, "Input: microphone").press("Space")
    becomes(unit, SUPPORT, "yes")
    meter = card.get_by_role("meter", name="Input level")
    expect(meter).to_have_attribute("aria-valuetext", "Silent")
    room(unit, NOISE_DBFS)
    until("the noise is seen", lambda: meter_db(meter) > NOISE_DBFS - 10)
    switch(card, "Input: microphone").press("Space")
    becomes(unit, SUPPORT, "no")
    expect(meter).to_have_count(0)


@pytest.mark.covers("M-AUD-05")
def test_input_types_that_the_board_lacks_cannot_be_chosen(
    page_of_settings: Page, unit: Unit
) -> None:
    """Every type the unit knows is in the list; one it lacks says "not present"."""
    with unit.admin() as admin:
        types = admin.get("/api/audio/input").json()["types"]
    choice = input_card(page_of_settings).get_by_label("Input type")
    options = choice.get_by_role("option")
    expect(options).to_have_count(len(types))
    for option, known in zip(options.all(), types, strict=True):
        lacking = not known["present"]
        assert option.inner_text() == known["label"] + (" (not present)" if lacking else "")
        assert option.is_disabled() == lacking
    choice.select_option("line")
    input_card(page_of_settings).get_by_role("button", name="Apply changes").click()
    becomes(unit, TYPE, "line")
    expect(switch(input_card(page_of_settings), "Input: line")).to_be_visible()


@pytest.mark.covers("M-AUD-05", part="not present, web")
def test_on_a_board_without_line_it_reads_not_present(page_of_settings: Page) -> None:
    """The unit's own answer, as a board with a microphone alone gives it."""

    def without_line(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for option in told["types"]:
            option["present"] = option["id"] == "mic"
        route.fulfill(response=answer, json=told)

    page_of_settings.route("**/api/audio/input", without_line)
    page_of_settings.reload()
    choice = input_card(page_of_settings).get_by_label("Input type")
    line = choice.get_by_role("option", name="Line (not present)", exact=True)
    expect(line).to_be_disabled()
    expect(choice.get_by_role("option", name="Microphone", exact=True)).to_be_enabled()


@pytest.mark.covers("M-AUD-06")
def test_the_power_type_is_chosen(page_of_settings: Page, unit: Unit) -> None:
    """Power for the microphone is on with its type, and off with none."""
    card = input_card(page_of_settings)
    for power, powered in (("electret", "yes"), ("none", "no")):
        card.get_by_label("Power type").select_option(power)
        card.get_by_role("button", name="Apply changes").click()
        becomes(unit, POWER, power)
        assert value(unit, POWERED) == powered
        expect(card.get_by_role("button", name="Apply changes")).to_be_disabled()


@pytest.mark.covers("M-AUD-07")
def test_input_changes_take_effect_only_on_apply(page_of_settings: Page, unit: Unit) -> None:
    """Both are staged and written together; discarded, nothing is written."""
    card = input_card(page_of_settings)
    apply = card.get_by_role("button", name="Apply changes")
    expect(apply).to_be_disabled()
    card.get_by_label("Input type").select_option("line")
    card.get_by_label("Power type").select_option("electret")
    expect(card.get_by_text("Not applied yet.")).to_be_visible()
    assert (value(unit, TYPE), value(unit, POWER)) == ("mic", "none")
    card.get_by_role("button", name="Discard").click()
    expect(card.get_by_label("Input type")).to_have_value("mic")
    expect(apply).to_be_disabled()

    card.get_by_label("Input type").select_option("line")
    card.get_by_label("Power type").select_option("electret")
    with page_of_settings.expect_request(lambda request: request.method == "PATCH") as sent:
        apply.click()
    assert sent.value.post_data_json == {
        "changes": {TYPE: "line", POWER: "electret", POWERED: "yes"}
    }
    becomes(unit, TYPE, "line")
    expect(page_of_settings.get_by_text("The input was changed.")).to_be_visible()


@pytest.mark.parametrize(
    ("label", "name"),
    [
        pytest.param(
            "Echo cancellation",
            "AudioSource.A0.DynamicProcessing.EchoCancellingEnabled",
            marks=pytest.mark.covers("M-AUD-08", part="web"),
        ),
        pytest.param(
            "Automatic gain control",
            "AudioSource.A0.DynamicProcessing.Enabled",
            marks=pytest.mark.covers("M-AUD-10", part="web"),
        ),
        ("Noise suppression", "Audio.Input.NoiseSuppression"),
    ],
)
def test_processing_is_switched(page_of_settings: Page, unit: Unit, label: str, name: str) -> None:
    """Each has a switch that works at once, and follows what another client does."""
    control = switch(input_card(page_of_settings), label)
    control.press("Space")
    becomes(unit, name, "yes")
    change(unit, {name: "no"})
    expect(control).not_to_be_checked(timeout=WAIT_MS)


@pytest.mark.covers("M-AUD-09")
def test_each_input_type_has_its_own_gain(page_of_settings: Page, unit: Unit) -> None:
    """With separate gain controls there is a slider for each type, and each keeps what it is set to."""
    card = input_card(page_of_settings)
    expect(card.get_by_role("slider")).to_have_count(1)
    switch(card, "Separate gain controls").press("Space")
    line = card.get_by_role("slider", name="Gain, line")
    line.press("ArrowLeft")
    becomes(unit, "Audio.Input.Line.Level", "-1.5")
    assert value(unit, INPUT_GAIN) == "0"
    card.get_by_label("Input type").select_option("line")
    card.get_by_role("button", name="Apply changes").click()
    becomes(unit, INPUT_GAIN, "-1.5")
    expect(card.get_by_role("slider", name=re.compile("^Gain, line$"))).to_have_value("-1.5")
    expect(card.get_by_role("slider", name="Gain, microphone")).to_have_value("0")


@pytest.mark.covers("M-AUD-11")
def test_the_input_gain_is_set_and_muted(page_of_settings: Page, unit: Unit) -> None:
    """The slider changes the level that is seen; the microphone icon mutes, and brings the gain back."""
    card = input_card(page_of_settings)
    input_on(unit)
    room(unit, NOISE_DBFS)
    meter = card.get_by_role("meter", name="Input level")
    until("the noise is seen", lambda: meter_db(meter) > NOISE_DBFS - 10)
    slider = card.get_by_role("slider", name="Gain")
    slider.fill("-30")
    becomes(unit, INPUT_GAIN, "-30")
    until("it is softer", lambda: meter_db(meter) < NOISE_DBFS - 10)
    card.get_by_role("button", name="Mute the microphone").click()
    becomes(unit, INPUT_GAIN, "mute")
    expect(meter).to_have_attribute("aria-valuetext", "Silent")
    expect(slider).to_be_disabled()
    card.get_by_role("button", name="Unmute the microphone").click()
    becomes(unit, INPUT_GAIN, "-30")
    expect(slider).to_have_value("-30")


@pytest.mark.covers("M-AUD-12", part="web")
def test_the_type_of_output_is_shown(page_of_settings: Page) -> None:
    """It is the speaker, how loud it is now, and that nothing is wrong with its amplifier."""
    card = output_card(page_of_settings)
    expect(card.get_by_role("definition").first).to_have_text("Speaker")
    expect(card.get_by_role("meter", name="Output level")).to_be_visible()
    expect(card.get_by_text("No fault.")).to_be_visible()


@pytest.mark.covers("M-AUD-13", part="web")
def test_the_output_gain_is_set_and_muted(page_of_settings: Page, unit: Unit) -> None:
    """What sounds is softer by what the slider says, gone by the speaker icon, and back as it was."""
    card = output_card(page_of_settings)

    def played_db() -> float | None:
        """The level of what was played last, once it is the same for a while."""
        parts = [level_db(part) for part in np.array_split(heard(unit, 0.3).samples, 3)]
        return level_db(heard(unit, 0.3).samples) if max(parts) - min(parts) < 1 else None

    def is_lower_by(wanted_db: float) -> bool:
        now = played_db()
        return now is not None and abs(before - now - wanted_db) < 1.5

    with unit.admin() as admin:
        clip = upload(admin, "tone", as_wav(sweep(3.5, 0.25)))
        try:
            play(admin, clip, repeat="-1")
            before = (
                until("it is heard", lambda: (played_db() or -200) > -60 and played_db()) or 0.0
            )
            card.get_by_role("slider", name="Gain").fill("-24")
            becomes(unit, OUTPUT_GAIN, "-24")
            until("it is 24 dB softer", lambda: is_lower_by(24))
            card.get_by_role("button", name="Mute the speaker").click()
            until("it is silent", lambda: (played_db() or 0) < -200)
            assert value(unit, OUTPUT_GAIN) == "mute"
            card.get_by_role("button", name="Unmute the speaker").click()
            until("it is back", lambda: is_lower_by(24))
            assert value(unit, OUTPUT_GAIN) == "-24"
        finally:
            silent(unit)
            remove(admin, clip)


@pytest.mark.covers("M-AUD-14", part="web")
def test_automatic_volume_shows_what_it_adds(page_of_settings: Page, unit: Unit) -> None:
    """On, its range can be set, and what it adds now stands there; it says what it needs."""
    card = output_card(page_of_settings)
    switch(card, "Automatic volume control").press("Space")
    becomes(unit, "Audio.Output.AutomaticVolume.Enabled", "yes")
    expect(card.get_by_text("turn the input on as well")).to_be_visible()
    card.get_by_role("slider", name="Range").fill("6")
    becomes(unit, "Audio.Output.AutomaticVolume.Range", "6")
    expect(card.get_by_text("0 dB", exact=True).last).to_be_visible()
    room(unit, NOISE_DBFS)
    input_on(unit)
    expect(card.get_by_text("+6 dB", exact=True)).to_be_visible(timeout=3 * WAIT_MS)
    expect(card.get_by_text("turn the input on as well")).to_have_count(0)


def test_the_equaliser_draws_its_preset(page_of_settings: Page, unit: Unit) -> None:
    """Another preset is in force at once, and its curve is drawn."""
    card = output_card(page_of_settings)
    drawn = card.get_by_role("img", name=re.compile("Frequency response of the equaliser"))
    flat = drawn.locator("path").get_attribute("d")
    card.get_by_label("Equaliser", exact=True).select_option("speech")
    becomes(unit, "Audio.Output.Equaliser", "speech")
    expect(drawn).to_have_attribute("aria-label", re.compile("Speech"))
    assert drawn.locator("path").get_attribute("d") != flat


def test_the_impedance_is_tested(page_of_settings: Page, unit: Unit) -> None:
    """One button, tones with their progress, and the result at each frequency; a lost load is an alarm."""
    card = page_of_settings.get_by_role("region", name="Speaker impedance")
    card.get_by_role("button", name="Test the impedance").click()
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card.get_by_text("Calibrated", exact=True)).to_be_visible(timeout=3 * WAIT_MS)
    expect(card.get_by_text("Nominal 8 Ω", exact=True)).to_be_visible()
    expect(
        card.get_by_role("img", name=re.compile("Impedance by frequency: .*1 kHz"))
    ).to_be_visible()
    with connected(unit, {"load_ohm": "open"}), sounding(unit):
        alarm = card.get_by_role("alert")
        expect(alarm).to_contain_text("Check that the speaker is connected", timeout=WAIT_MS)
    with sounding(unit):
        expect(card.get_by_text("Calibrated", exact=True)).to_be_visible(timeout=WAIT_MS)


def test_a_protected_amplifier_says_what_to_do(page_of_settings: Page, unit: Unit) -> None:
    """The page names the fault as long as it lasts, and since when."""
    card = output_card(page_of_settings)
    with connected(unit, {"fault": "overtemperature"}):
        expect(card.get_by_text("Let air get to the unit")).to_be_visible(timeout=WAIT_MS)
        expect(card.get_by_text(re.compile("Since .*20"))).to_be_visible()
    expect(card.get_by_text("No fault.")).to_be_visible(timeout=3 * WAIT_MS)


def test_a_viewer_sees_and_changes_nothing(chromium: Browser, unit: Unit) -> None:
    """What the unit is set to stands there as text; there is nothing to press."""
    form = {"action": "add", "user": "watcher", "pwd": ROOT_PASSWORD, "grp": "users"}
    context = chromium.new_context(ignore_https_errors=True)
    context.set_default_timeout(WAIT_MS)
    with unit.admin() as admin, sound_as_it_comes(unit):
        admin.post("/axis-cgi/pwdgrp.cgi", data={**form, "sgrp": "viewer"})
        try:
            page = context.new_page()
            sign_in(page, unit, "watcher")
            open_page(page, unit, "/audio/device-settings", "Device settings")
            card = input_card(page)
            expect(card.get_by_text("Input: microphone")).to_be_visible()
            expect(card.get_by_text("Automatic gain control")).to_be_visible()
            for role in ("switch", "slider", "combobox"):
                expect(card.get_by_role(role)).to_have_count(0)
                expect(output_card(page).get_by_role(role)).to_have_count(0)
            expect(page.get_by_role("button", name="Test the impedance")).to_be_disabled()
        finally:
            context.close()
            admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": "watcher"})
