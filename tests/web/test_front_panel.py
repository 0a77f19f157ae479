"""The front panel of the simulated unit: LEDs, control button, loudspeaker, audio input, power."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.suite import Unit, until
from tests.web.conftest import open_page, sign_in, silent
from tests.web.sounds import EAVESDROP, tone_wav

BACK_MS = 60_000


@pytest.fixture
def panel(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with nothing playing."""
    silent(unit)
    open_page(signed_in, unit, "/front-panel", "Front panel")
    signed_in.get_by_role("group", name="The unit and its speaker").wait_for()
    yield signed_in
    silent(unit)


def test_the_status_led_blinks_as_the_unit_blinks_it(panel: Page, unit: Unit) -> None:
    """Red and green alternate in the pattern's own time while the unit is located."""
    led = panel.get_by_role("img", name=re.compile("Status LED")).locator("g[data-colour]")
    expect(led).to_have_attribute("data-colour", "green")
    with unit.admin() as admin:
        request = {"apiVersion": "1.0", "method": "find", "params": {"duration": 60}}
        admin.post("/axis-cgi/findmydevice.cgi", json=request).raise_for_status()
        region = panel.get_by_role("region", name="LEDs")
        expect(region).to_contain_text("Green and red, flashing")
        expect(region).to_contain_text("Somebody wants to find the unit")
        pattern = unit.sim_state()["leds"]["status"]["pattern"]
        period_ms = sum(step["duration_ms"] for step in pattern)
        changes = led.evaluate(
            """(led, during) => new Promise((resolve) => {
                const seen = [];
                const watch = new MutationObserver(() => seen.push(led.dataset.colour));
                watch.observe(led, { attributes: true, attributeFilter: ['data-colour'] });
                setTimeout(() => { watch.disconnect(); resolve(seen); }, during);
            })""",
            10 * period_ms,
        )
        admin.post("/axis-cgi/findmydevice.cgi", json={"apiVersion": "1.0", "method": "stop"})
    expect(led).to_have_attribute("data-colour", "green")
    assert set(changes) == {"red", "green"}
    assert all(one != other for one, other in pairwise(changes))
    assert len(changes) == pytest.approx(10 * len(pattern), abs=4)


def test_the_level_follows_the_loudspeaker(panel: Page, unit: Unit) -> None:
    """The meter is at its floor in silence, rises with a clip, and falls when it stops."""
    meter = panel.get_by_role("meter", name="Level")
    expect(meter).to_have_attribute("aria-valuetext", "Silent")
    with unit.admin() as admin:
        clip = admin.get("/api/clips").json()[0]["clip"]
        query = {"clip": clip, "repeat": "-1"}
        admin.get("/axis-cgi/playclip.cgi", params=query).raise_for_status()
        until("the meter rises", lambda: float(meter.get_attribute("aria-valuenow") or -60) > -50)
        admin.get("/axis-cgi/stopclip.cgi").raise_for_status()
    expect(meter).to_have_attribute("aria-valuetext", "Silent")


def test_the_loudspeaker_can_be_heard_in_the_browser(page: Page, unit: Unit) -> None:
    """Listen brings what the loudspeaker plays to the browser's own output, and nothing else."""
    silent(unit)
    page.add_init_script(EAVESDROP)
    sign_in(page, unit)
    open_page(page, unit, "/front-panel", "Front panel")
    page.get_by_role("button", name="Listen", exact=True).click()
    expect(page.get_by_role("button", name="Stop listening")).to_be_visible()
    assert page.evaluate("loudest()") == 0
    with unit.admin() as admin:
        clip = admin.get("/api/clips").json()[0]["clip"]
        query = {"clip": clip, "repeat": "-1"}
        admin.get("/axis-cgi/playclip.cgi", params=query).raise_for_status()
        until("the browser sounds", lambda: page.evaluate("loudest()") > 0.01)
        admin.get("/axis-cgi/stopclip.cgi").raise_for_status()
        until("the browser is silent", lambda: page.evaluate("loudest()") == 0)
    page.get_by_role("button", name="Stop listening").click()
    expect(page.get_by_role("button", name="Listen", exact=True)).to_be_visible()


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_the_control_button_is_pressed_and_held(panel: Page, unit: Unit, way: str) -> None:
    """By mouse or space bar: down at the unit as long as it is down in the page, and it starts the speaker test."""
    button = panel.get_by_role("button", name="Control button: press and hold")
    with unit.admin() as admin:
        if way == "mouse":
            button.hover()
            panel.mouse.down()
        else:
            button.focus()
            panel.keyboard.down("Space")
        expect(panel.get_by_text(re.compile("Holding the control button: [0-9]"))).to_be_visible()
        until("the unit feels it", lambda: unit.sim_state()["button"]["pressed"])
        until("the test starts", lambda: admin.get("/api/impedance").json()["state"] == "testing")
        assert unit.sim_state()["button"]["pressed"]
        if way == "mouse":
            panel.mouse.up()
        else:
            panel.keyboard.up("Space")
        until("the unit feels it let go", lambda: not unit.sim_state()["button"]["pressed"])
        until("it ends", lambda: admin.get("/api/impedance").json()["state"] == "calibrated")
    expect(panel.get_by_role("img", name=re.compile("Speaker LED: Green, steady"))).to_be_visible()


def test_the_audio_input_hears_a_chosen_file(panel: Page, unit: Unit, tmp_path: Path) -> None:
    """A WAV file becomes what the microphone hears; another file is refused in words."""
    good, bad = tmp_path / "voice.wav", tmp_path / "bad.wav"
    good.write_bytes(tone_wav(0.5))
    bad.write_bytes(b"no sound")
    chooser = panel.locator("input[type=file]")
    chooser.set_input_files(good)
    expect(panel.get_by_text("The audio input hears “voice.wav” now.")).to_be_visible()
    chooser.set_input_files(bad)
    expect(panel.get_by_text("the body must be a sound file")).to_be_visible()


def test_a_power_cut_ends_with_the_unit_back(page: Page, fresh_unit: Unit) -> None:
    """After the power is back the page goes on, and nothing that was saved is lost."""
    fresh_unit.claim()
    sign_in(page, fresh_unit)
    open_page(page, fresh_unit, "/front-panel", "Front panel")
    page.get_by_role("button", name="Cut the power").click()
    expect(page.get_by_role("heading", name="Power cut")).to_be_visible()
    heading = page.get_by_role("heading", name="Front panel").or_(
        page.get_by_role("heading", name="Sign in")
    )
    expect(heading).to_be_visible(timeout=BACK_MS)
    assert not fresh_unit.needs_setup()
