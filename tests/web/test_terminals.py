"""The front panel's connectors: circuits to wire, an output's lamp, the network cable, and what everything means."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.suite import ROOT_PASSWORD, Unit, until
from tests.web.conftest import open_page, sign_in
from tests.web.terminals import ports, ports_as_they_come, set_port, wired

SECOND_AMBER_MS = 40_000
BACK_MS = 90_000


@pytest.fixture
def panel(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with nothing wired before and after."""
    with ports_as_they_come(unit):
        open_page(signed_in, unit, "/front-panel", "Front panel")
        terminal(signed_in, 3).wait_for()
        yield signed_in


def terminal(page: Page, pin: int) -> Locator:
    """Return the part of the page about a terminal."""
    return page.get_by_role("group", name=f"Pin {pin}: I/O port")


def reading(page: Page, pin: int) -> Locator:
    """Return the words for how a terminal fares."""
    return terminal(page, pin).get_by_role("status")


@pytest.mark.covers("M-HW-08", part="web")
def test_a_circuit_is_opened_closed_cut_and_shorted(panel: Page, unit: Unit) -> None:
    """What is wired on the page is what the input reads."""
    expect(reading(panel, 3)).to_have_text("The input reads open, 3.30 V.")
    for circuit, words in (
        ("Closed", "The input reads closed, 0.00 V."),
        ("Cut", "The input reads open, 3.30 V."),
        ("Short", "The input reads closed, 0.00 V."),
        ("Open", "The input reads open, 3.30 V."),
    ):
        terminal(panel, 3).get_by_role("radio", name=circuit).click()
        expect(reading(panel, 3)).to_have_text(words)
        assert wired(unit, 1)["circuit"] == circuit.lower()
        state = "closed" if "closed" in words else "open"
        until(f"the port is {state}", lambda state=state: ports(unit)[0]["state"] == state)  # type: ignore[misc]
    assert wired(unit, 2)["circuit"] == "open"


def test_end_of_line_resistors_tell_the_four_circuits_apart(panel: Page) -> None:
    """With them each circuit has a voltage of its own."""
    terminal(panel, 4).get_by_text("End-of-line resistors are fitted").click()
    for circuit, volts in (
        ("Open", "2.20"),
        ("Closed", "1.65"),
        ("Cut", "3.30"),
        ("Short", "0.00"),
    ):
        terminal(panel, 4).get_by_role("radio", name=circuit).click()
        expect(reading(panel, 4)).to_contain_text(f"{volts} V")


def test_a_foreign_voltage_is_put_on_a_pin(panel: Page, unit: Unit) -> None:
    """Up to 30 V; more is refused in words, and an empty field takes it away."""
    field = terminal(panel, 3).get_by_label("Foreign voltage (V)")
    field.fill("31")
    field.press("Tab")
    expect(panel.get_by_text("Enter a voltage from 0 to 30 V, or nothing.")).to_be_visible()
    assert wired(unit, 1)["applied_v"] is None
    field.fill("0.9")
    field.press("Tab")
    expect(reading(panel, 3)).to_have_text("The input reads closed, 0.90 V.")
    field.fill("24")
    field.press("Enter")
    expect(reading(panel, 3)).to_have_text("The input reads open, 24.00 V.")
    field.fill("")
    field.press("Enter")
    expect(reading(panel, 3)).to_have_text("The input reads open, 3.30 V.")


@pytest.mark.covers("M-HW-09", part="web")
def test_the_lamp_of_an_output_lights_while_it_is_active(panel: Page, unit: Unit) -> None:
    """Floating and dark in its normal state, to ground and lit when active."""
    set_port(unit, 2, {"direction": "output"})
    expect(reading(panel, 4)).to_contain_text("floating")
    expect(reading(panel, 4)).to_contain_text("the lamp is dark")
    set_port(unit, 2, {"state": "closed"})
    expect(reading(panel, 4)).to_have_text(
        "The output is connected to ground, 0.00 V; the lamp is lit."
    )
    set_port(unit, 2, {"state": "open"})
    expect(reading(panel, 4)).to_contain_text("the lamp is dark")


@pytest.mark.covers("M-HW-05", "M-HW-06", "M-HW-07", part="web")
def test_every_pin_is_named_as_in_the_manual(panel: Page) -> None:
    """The jack, the speaker's terminals and the four pins of the I/O connector."""
    connectors = panel.get_by_role("region", name="Connectors")
    for name, pins in {
        "Audio in, 3.5 mm": ["Microphone or line in", "Microphone bias voltage", "Ground"],
        "Speaker, 2-pin terminal block": ["Speaker out (\u2212)", "Speaker out (+)"],
        "I/O, 4-pin terminal block": ["DC ground, 0 V DC", "12 V DC, max load 50 mA", "Input"],
        "Network": ["Power over Ethernet Plus (PoE+)"],
    }.items():
        heading = connectors.get_by_role("heading", name=name)
        told = heading.locator("xpath=following-sibling::dl").locator("dd").all_inner_texts()
        for pin, words in zip(told, pins, strict=False):
            assert words in pin
        assert len(told) >= len(pins)


def test_leds_and_gestures_are_told_by_the_units_own_tables(panel: Page, unit: Unit) -> None:
    """Each gesture with what it does and shows, each look of an LED with what it means."""
    with unit.admin() as admin:
        tables = admin.get("/api/front-panel").json()
    gestures = panel.get_by_role("region", name="Control button")
    for gesture in tables["gestures"]:
        row = gestures.get_by_role("row").filter(has_text=gesture["how"])
        expect(row).to_contain_text(gesture["meaning"])
        expect(row).to_contain_text(gesture["show"])
    leds = panel.get_by_role("region", name="LED indicators")
    for cause in tables["led_table"]:
        meaning = cause["meaning"][0].upper() + cause["meaning"][1:]
        led = "Status" if cause["led"] == "status" else "SPK"
        row = leds.get_by_role("row").filter(has_text=meaning)
        expect(row.get_by_role("rowheader", name=led).first).to_be_visible()
    for look in ("Green and red, flashing fast", "Green, two short flashes and a long pause"):
        expect(leds.get_by_role("cell", name=look)).to_be_visible()


def test_the_network_cable_is_pulled_and_plugged_in(panel: Page, unit: Unit) -> None:
    """The status LED says that the link is lost, and stops when it is back."""
    led = panel.get_by_role("img", name=re.compile("Status LED"))
    expect(led).to_have_accessible_name(re.compile("Normal operation"))
    panel.get_by_role("button", name="Pull the cable").click()
    try:
        expect(panel.get_by_text("The cable is pulled.")).to_be_visible()
        expect(led).to_have_accessible_name(re.compile("No network connection"))
    finally:
        unit.client.post("/sim/link", json={"connected": True}).raise_for_status()
    expect(panel.get_by_role("button", name="Pull the cable")).to_be_visible()
    expect(led).to_have_accessible_name(re.compile("Normal operation"))


@pytest.mark.covers("M-HW-02", part="web")
def test_the_button_held_at_power_up_returns_to_factory_default(
    page: Page, fresh_unit: Unit
) -> None:
    """Cut the power with the button held, release it at the second amber: the unit asks for its first password."""
    fresh_unit.claim()
    sign_in(page, fresh_unit, "root", ROOT_PASSWORD)
    open_page(page, fresh_unit, "/front-panel", "Front panel")
    page.get_by_text("Hold the control button meanwhile").click()
    page.get_by_role("button", name="Cut the power").click()
    # Logins end with the power; where one was leads back to the front panel.
    page.get_by_label("User name").fill("root", timeout=BACK_MS)
    page.get_by_label("Password", exact=True).fill(ROOT_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    release = page.get_by_role("button", name="Release the control button")
    release.wait_for()
    facts = page.get_by_role("region", name="LEDs")
    expect(facts).to_contain_text(
        "Releasing the control button now resets the unit", timeout=SECOND_AMBER_MS
    )
    expect(facts).to_contain_text("Amber, steady")
    release.click()
    until("the unit is as it came", fresh_unit.needs_setup, 60)
    expect(page.get_by_label("Repeat password")).to_be_visible(timeout=BACK_MS)
