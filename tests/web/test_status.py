"""The page Status: what the unit is, where it is, and what it plays."""

import pytest
from playwright.sync_api import Page, expect

from tests.suite import Unit, until
from tests.web.conftest import open_page, silent
from tests.web.sounds import peak


@pytest.fixture
def facts(unit: Unit) -> dict[str, str]:
    """What the unit says of itself to other clients."""
    with unit.admin() as admin:
        question = {"apiVersion": "1.0", "method": "getAllProperties"}
        answer = admin.post("/axis-cgi/basicdeviceinfo.cgi", json=question)
        properties: dict[str, str] = answer.json()["data"]["propertyList"]
        return properties


@pytest.mark.covers("M-STA-05", "M-GET-01")
def test_device_info_shows_version_and_serial_number(
    signed_in: Page, facts: dict[str, str]
) -> None:
    """The same version and serial number as over the API, on a page from the unit itself."""
    info = signed_in.get_by_role("region", name="Device info")
    expect(info).to_contain_text(facts["Version"])
    expect(info).to_contain_text(facts["SerialNumber"])
    expect(info).to_contain_text(facts["ProdFullName"])


@pytest.mark.covers("M-STA-01")
def test_about_shows_version_and_serial_number(signed_in: Page, facts: dict[str, str]) -> None:
    """The menu About tells both on every page."""
    signed_in.get_by_role("button", name="Account: root").click()
    signed_in.get_by_role("button", name="About").click()
    about = signed_in.get_by_role("dialog", name="About")
    expect(about).to_contain_text(facts["Version"])
    expect(about).to_contain_text(facts["SerialNumber"])
    signed_in.keyboard.press("Escape")
    expect(about).not_to_be_visible()


@pytest.mark.covers("M-STA-04")
def test_locate_device_shows_plays_and_flashes(
    signed_in: Page, unit: Unit, facts: dict[str, str]
) -> None:
    """Serial number and address are shown; the unit sounds and flashes red and green until stopped."""
    silent(unit)
    locate = signed_in.get_by_role("region", name="Locate device")
    expect(locate).to_contain_text(facts["SerialNumber"])
    with unit.admin() as admin:
        for address in admin.get("/api/device").json()["addresses"]:
            expect(locate).to_contain_text(address)

    def colours() -> set[str]:
        return {step["colour"] for step in unit.sim_state()["leds"]["status"]["pattern"]}

    before = colours()
    signed_in.get_by_role("button", name="Locate device").click()
    expect(locate).to_contain_text("left")
    until("the LED flashes red and green", lambda: colours() == {"red", "green"})
    until("the sound is heard", lambda: peak(unit.played(0.5)) > 0.01)
    signed_in.get_by_role("button", name="Stop locating").click()
    until("the LED is as before", lambda: colours() == before)
    until("silence", lambda: peak(unit.played(0.5)) == 0.0)


def test_what_plays_is_shown_and_can_be_stopped(signed_in: Page, unit: Unit) -> None:
    """A clip that somebody else starts appears, and stops by the button."""
    silent(unit)
    playing = signed_in.get_by_role("region", name="Now playing")
    expect(playing).to_contain_text("Nothing is playing.")
    with unit.admin() as admin:
        clip = admin.get("/api/clips").json()[0]
        query = {"clip": clip["clip"], "repeat": "-1"}
        admin.get("/axis-cgi/playclip.cgi", params=query).raise_for_status()
        expect(playing).to_contain_text(clip["name"])
        playing.get_by_role("button", name="Stop clips").click()
        expect(playing).to_contain_text("Nothing is playing.")
        assert admin.get("/api/playing").json() == []


def test_services_are_listed(signed_in: Page, unit: Unit) -> None:
    """Every daemon has its line, ready or not."""
    open_page(signed_in, unit, "/status", "Status")
    services = signed_in.get_by_role("region", name="Services")
    for daemon in ("params", "audio", "events", "ioports", "system", "http"):
        expect(services).to_contain_text(daemon)
