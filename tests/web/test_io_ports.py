"""The page Accessories > I/O ports: each port's settings, its live state, and the virtual inputs."""

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.suite import Unit, until
from tests.web.conftest import open_page, sign_in
from tests.web.terminals import (
    parameter,
    ports,
    ports_as_they_come,
    set_port,
    virtual_inputs,
    wire,
    wired,
)

LIVE_MS = 1000
"""How soon the page shows what has moved."""
PASSWORD = "another password"


@pytest.fixture
def page_of_ports(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with everything as it comes out of the box before and after."""
    with ports_as_they_come(unit):
        open_page(signed_in, unit, "/accessories/io-ports", "I/O ports")
        port(signed_in, 1).wait_for()
        yield signed_in


def port(page: Page, number: int) -> Locator:
    """Return the part of the page about a port that has its first name."""
    return page.get_by_role("region", name=f"Port {number}", exact=True)


def state(region: Locator) -> Locator:
    """Return the current state of a port."""
    return region.get_by_role("status", name="Current state")


def choose(region: Locator, group: str, option: str) -> None:
    """Click one of the icons of a setting."""
    region.get_by_role("group", name=group).get_by_role("radio", name=option).click()


@pytest.mark.covers("M-IO-03")
def test_a_port_is_renamed_by_editing_its_name(page_of_ports: Page, unit: Unit) -> None:
    """The text is edited in place; the name is there for other clients, and after loading the page anew."""
    name = port(page_of_ports, 1).get_by_label("Name")
    expect(name).to_have_value("Port 1")
    name.fill("Door «Süd» <b>")
    name.press("Enter")
    renamed = page_of_ports.get_by_role("region", name="Door «Süd» <b>")
    expect(renamed).to_be_visible()
    until("others see it", lambda: ports(unit)[0]["name"] == "Door «Süd» <b>")
    assert parameter(unit, "I0.Input.Name") == "Door «Süd» <b>"
    assert ports(unit)[1]["name"] == "Port 2"
    page_of_ports.reload()
    expect(renamed.get_by_label("Name")).to_have_value("Door «Süd» <b>")


def test_a_name_that_is_too_long_is_refused_in_words(page_of_ports: Page, unit: Unit) -> None:
    """The page says what to do, and the port keeps the name it has."""
    name = port(page_of_ports, 1).get_by_label("Name")
    name.fill("x" * 129)
    name.press("Enter")
    expect(page_of_ports.get_by_text("Use at most 128 characters.")).to_be_visible()
    assert ports(unit)[0]["name"] == "Port 1"


@pytest.mark.covers("M-IO-04")
def test_the_direction_is_changed_by_its_icons(page_of_ports: Page, unit: Unit) -> None:
    """By click or by arrow key, a configurable port becomes an output and an input again."""
    region = port(page_of_ports, 2)
    expect(region.get_by_role("radio", name="Input")).to_be_checked()
    assert wired(unit, 2)["output"] is None
    choose(region, "Direction", "Output")
    until("it drives", lambda: wired(unit, 2)["output"] == "floating")
    assert ports(unit)[1]["direction"] == "output"
    expect(region.get_by_role("radio", name="Output")).to_be_checked()
    expect(region.get_by_role("button", name="Activate")).to_be_visible()
    region.get_by_role("radio", name="Output").press("ArrowLeft")
    until("it reads again", lambda: wired(unit, 2)["output"] is None)
    expect(region.get_by_role("radio", name="Input")).to_be_checked()
    assert ports(unit)[0]["direction"] == "input"


@pytest.mark.covers("M-IO-05")
def test_the_normal_state_is_open_or_closed_circuit(page_of_ports: Page, unit: Unit) -> None:
    """The same open circuit is active once a closed one is normal."""
    region = port(page_of_ports, 1)
    expect(region.get_by_role("radio", name="Open circuit")).to_be_checked()
    expect(state(region)).to_have_text(re.compile(r"Inactive\s*Open circuit"))
    choose(region, "Normal state", "Closed circuit")
    expect(state(region)).to_have_text(re.compile(r"^\s*Active\s*Open circuit"))
    assert ports(unit)[0]["normal_state"] == "closed"
    assert parameter(unit, "I0.Input.Trig") == "open"
    choose(region, "Normal state", "Open circuit")
    expect(state(region)).to_contain_text("Inactive")
    assert ports(unit)[0]["normal_state"] == "open"


@pytest.mark.covers("M-IO-06")
def test_the_current_state_is_shown_as_it_changes(page_of_ports: Page, unit: Unit) -> None:
    """Within a second: active when not normal; open when nothing is connected, or more than 1 V is there."""
    region = port(page_of_ports, 1)
    shown = state(region)
    expect(shown).to_contain_text("Open circuit")
    wire(unit, 1, circuit="closed")
    expect(shown).to_have_text(re.compile(r"^\s*Active\s*Closed circuit"), timeout=LIVE_MS)
    for volts, circuit in ((1.2, "Open"), (0.9, "Closed"), (24.0, "Open"), (None, "Closed")):
        wire(unit, 1, applied_v=volts)
        expect(shown).to_contain_text(f"{circuit} circuit", timeout=LIVE_MS)
    wire(unit, 1, circuit="cut")
    expect(shown).to_have_text(re.compile(r"Inactive\s*Open circuit"), timeout=LIVE_MS)
    expect(state(port(page_of_ports, 2))).to_contain_text("Inactive")


@pytest.mark.covers("M-IO-02", part="web")
def test_an_output_is_activated_deactivated_and_pulsed(page_of_ports: Page, unit: Unit) -> None:
    """The lamp at the terminal lights as long as the page says active."""
    region = port(page_of_ports, 2)
    choose(region, "Direction", "Output")
    region.get_by_role("button", name="Activate").click()
    expect(state(region)).to_have_text(re.compile(r"^\s*Active\s*Closed circuit"))
    assert wired(unit, 2)["lamp"]
    region.get_by_role("button", name="Deactivate").click()
    expect(state(region)).to_contain_text("Inactive")
    assert not wired(unit, 2)["lamp"]
    region.get_by_role("button", name="Pulse for 1 s").click()
    expect(state(region)).to_have_text(re.compile(r"^\s*Active"))
    assert wired(unit, 2)["lamp"]
    until("the pulse is over", lambda: not wired(unit, 2)["lamp"], 3)
    expect(state(region)).to_contain_text("Inactive")


@pytest.mark.covers("M-IO-08")
@pytest.mark.parametrize("setting", ["name", "normal state", "debounce", "direction"])
def test_any_change_of_settings_returns_outputs_to_normal(
    page_of_ports: Page, unit: Unit, setting: str
) -> None:
    """Of whichever port on the page; the page says so beforehand."""
    set_port(unit, 2, {"direction": "output"})
    region, other = port(page_of_ports, 2), port(page_of_ports, 1)
    region.get_by_role("button", name="Activate").click()
    expect(state(region)).to_have_text(re.compile(r"^\s*Active"))
    assert wired(unit, 2)["lamp"]
    expect(page_of_ports.get_by_text("If you change any settings on this page")).to_be_visible()
    if setting == "name":
        region.get_by_label("Name").fill("Lamp")
        region.get_by_label("Name").press("Enter")
        region = page_of_ports.get_by_role("region", name="Lamp")
    elif setting == "debounce":
        other.get_by_label("Debounce time (ms)").fill("50")
        other.get_by_label("Debounce time (ms)").press("Enter")
    elif setting == "direction":
        choose(other, "Direction", "Output")
    else:
        choose(other, "Normal state", "Closed circuit")
    expect(state(region)).to_contain_text("Inactive")
    assert not wired(unit, 2)["lamp"]


@pytest.mark.covers("M-IO-09")
def test_a_supervised_input_tells_a_cut_and_a_shorted_cable(
    page_of_ports: Page, unit: Unit
) -> None:
    """With end-of-line resistors each of the four states is shown, in words and by its measured voltage."""
    wire(unit, 1, resistors=True)
    region = port(page_of_ports, 1)
    expect(region.get_by_text("This needs end-of-line resistors")).to_be_visible()
    region.get_by_text("Off", exact=True).click()
    expect(region.get_by_role("switch", name="Supervised")).to_be_checked()
    expect(region.get_by_text("2.20 V: open")).to_be_visible()
    expect(state(region)).to_have_text(re.compile(r"Inactive\s*Open circuit"))
    for circuit, words, measured in (
        ("cut", "Cut", "3.30 V: cut"),
        ("closed", "Closed circuit", "1.65 V: closed"),
        ("short", "Shorted", "0.00 V: shorted"),
        ("open", "Open circuit", "2.20 V: open"),
    ):
        wire(unit, 1, circuit=circuit)
        expect(state(region)).to_contain_text(words)
        expect(region.get_by_text(measured)).to_be_visible()
        assert ports(unit)[0]["supervised_state"] == {"closed": "close"}.get(circuit, circuit)
    ranges = region.get_by_role("list", name="Ranges")
    expect(ranges.get_by_role("listitem")).to_have_text(
        [re.compile(f"^{words}: ") for words in ("Shorted", "Closed", "Open", "Cut")]
    )
    region.get_by_text("On", exact=True).click()
    expect(region.get_by_role("switch", name="Supervised")).not_to_be_checked()
    until("it is no longer supervised", lambda: not ports(unit)[0]["supervised"])
    assert ports(unit)[0]["supervised_state"] == ""


def test_the_debounce_time_is_set_in_its_range(page_of_ports: Page, unit: Unit) -> None:
    """From 0 to 1000 ms; another number is refused in words."""
    debounce = port(page_of_ports, 1).get_by_label("Debounce time (ms)")
    expect(debounce).to_have_value("20")
    debounce.fill("1001")
    expect(page_of_ports.get_by_text("Enter a whole number from 0 to 1000.")).to_be_visible()
    debounce.fill("300")
    debounce.press("Enter")
    until("it is saved", lambda: parameter(unit, "I0.Input.Debounce") == "300")
    assert parameter(unit, "I1.Input.Debounce") == "20"


def test_virtual_inputs_are_activated_by_their_numbers(page_of_ports: Page, unit: Unit) -> None:
    """There are 64; a press activates one, the next deactivates it, and what others do is shown."""
    region = page_of_ports.get_by_role("region", name="Virtual inputs")
    summary = region.get_by_text("64 virtual inputs: none active")
    summary.click()
    buttons = region.get_by_role("button", name=re.compile("^Virtual input "))
    expect(buttons).to_have_count(64)
    last = region.get_by_role("button", name="Virtual input 64")
    last.click()
    expect(last).to_have_attribute("aria-pressed", "true")
    assert virtual_inputs(unit) == [64]
    with unit.admin() as admin:
        query = {"schemaversion": "1", "port": "3"}
        admin.get("/axis-cgi/virtualinput/activate.cgi", params=query).raise_for_status()
    expect(region.get_by_text("64 virtual inputs: numbers 3 and 64 active")).to_be_visible(
        timeout=LIVE_MS
    )
    last.press("Enter")
    expect(last).to_have_attribute("aria-pressed", "false")
    assert virtual_inputs(unit) == [3]


def test_the_manual_trigger_is_taken(page_of_ports: Page) -> None:
    """The button triggers it through the public API, and can be pressed again after it."""
    button = page_of_ports.get_by_role("button", name="Manual trigger")
    with page_of_ports.expect_response(re.compile("/axis-cgi/io/virtualinput.cgi")) as answered:
        button.click()
    assert answered.value.status == 200
    expect(button).to_be_enabled()
    expect(page_of_ports.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("role", ["viewer", "viewer:operator"])
def test_other_roles_see_what_they_may_do(page: Page, unit: Unit, role: str) -> None:
    """A viewer sees every state and changes no setting; an operator changes all."""
    user = "ports" + role[-1]
    with ports_as_they_come(unit), unit.admin() as admin:
        form = {"action": "add", "user": user, "pwd": PASSWORD, "grp": "users", "sgrp": role}
        assert "Created" in admin.post("/axis-cgi/pwdgrp.cgi", data=form).text
        try:
            sign_in(page, unit, user, PASSWORD)
            open_page(page, unit, "/accessories/io-ports", "I/O ports")
            region = port(page, 1)
            wire(unit, 1, circuit="closed")
            expect(state(region)).to_contain_text("Closed circuit")
            for radio in region.get_by_role("radio").all():
                expect(radio).to_be_enabled(enabled=role != "viewer")
            changing = [region.get_by_label("Name"), region.get_by_role("switch")]
            for control in changing:
                expect(control).to_have_count(0 if role == "viewer" else 1)
            page.get_by_text("64 virtual inputs: none active").click()
            first = page.get_by_role("button", name="Virtual input 1", exact=True)
            expect(first).to_be_enabled(enabled=role != "viewer")
            expect(page.get_by_role("alert")).to_have_count(0)
        finally:
            admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": user})


def test_a_lost_daemon_is_told_and_awaited(page_of_ports: Page, unit: Unit) -> None:
    """The page says what it cannot reach and what to do, keeps what it showed, and goes on by itself."""
    unit.kill("ioports", signal.SIGSTOP)
    told = page_of_ports.get_by_text("A part of the unit does not answer.")
    expect(told).to_be_visible(timeout=30_000)
    expect(page_of_ports.get_by_text("restart the unit under Maintenance")).to_be_visible()
    expect(port(page_of_ports, 1)).to_be_visible()
    # Whoever watches over the daemons starts it anew by then.
    expect(told).not_to_be_visible(timeout=30_000)
    wire(unit, 1, circuit="closed")
    expect(state(port(page_of_ports, 1))).to_contain_text("Closed circuit")


def test_a_refusal_says_what_was_not_saved_and_why(page_of_ports: Page, unit: Unit) -> None:
    """What the unit refuses is told with its reason, and the page shows what is in force."""
    page_of_ports.route(
        "**/axis-cgi/io/portmanagement.cgi",
        lambda route: route.fulfill(
            json={
                "apiVersion": "1.1",
                "error": {
                    "code": 2104,
                    "message": "Invalid parameter value specified.",
                    "details": {"port": "0", "propertyName": "normalState"},
                },
            }
        ),
    )
    choose(port(page_of_ports, 1), "Normal state", "Closed circuit")
    expect(page_of_ports.get_by_text("The normal state was not saved: Invalid")).to_be_visible()
    expect(port(page_of_ports, 1).get_by_role("radio", name="Open circuit")).to_be_checked()
    assert ports(unit)[0]["normal_state"] == "open"
