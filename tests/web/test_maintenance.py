"""The page Maintenance: restart, restore, factory default, each until the unit is back."""

import pytest
from playwright.sync_api import Page, expect

from tests.suite import ROOT_PASSWORD, Unit
from tests.web.conftest import open_page, sign_in

BACK_MS = 60_000


def boot_id(unit: Unit) -> str:
    """Return which start of the unit this is."""
    question = {"apiVersion": "1.0", "method": "systemready"}
    answer = unit.client.post("/axis-cgi/systemready.cgi", json=question).json()
    return str(answer["data"]["bootid"])


def confirm(page: Page, unit: Unit, action: str, cancel_first: bool = False) -> None:
    """Ask for an action, and confirm it."""
    open_page(page, unit, "/maintenance", "Maintenance")
    if cancel_first:
        page.get_by_role("button", name=action, exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("dialog")).not_to_be_visible()
    page.get_by_role("button", name=action, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=action, exact=True).click()


@pytest.mark.covers("M-MNT-01", part="web interface")
def test_restart_waits_until_the_unit_is_back(page: Page, unit: Unit) -> None:
    """The page tells how far it is, and after signing in again goes on where it was."""
    sign_in(page, unit)
    before = boot_id(unit)
    confirm(page, unit, "Restart", cancel_first=True)
    expect(page.get_by_role("heading", name="Restarting")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("Your session has ended.")).to_be_visible(timeout=BACK_MS)
    page.get_by_label("User name").fill("root")
    page.get_by_label("Password", exact=True).fill(ROOT_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Maintenance")).to_be_visible()
    assert boot_id(unit) != before
    assert not unit.needs_setup()


@pytest.mark.covers("M-MNT-02", part="web interface")
@pytest.mark.covers("M-MNT-04", part="web interface")
@pytest.mark.covers("M-MNT-13")
@pytest.mark.parametrize(
    ("action", "heading", "address"),
    [
        ("Restore", "Restoring", "192.0.2.77"),
        ("Factory default", "Returning to factory default", "192.168.0.90"),
    ],
)
def test_reset_ends_at_the_first_password(
    page: Page, fresh_unit: Unit, action: str, heading: str, address: str
) -> None:
    """A reset asks first, tells what is kept, and ends where the unit came out of its box.

    Restore keeps the address that somebody gave the unit, factory default does not.
    """
    fresh_unit.claim()
    with fresh_unit.admin() as admin:
        change = {"action": "update", "Network.IPAddress": "192.0.2.77"}
        assert admin.post("/axis-cgi/param.cgi", data=change).text == "OK"
    sign_in(page, fresh_unit)
    open_page(page, fresh_unit, "/maintenance", "Maintenance")
    for kept in ("Boot protocol", "Static IP address", "Default router", "Subnet mask"):
        expect(page.get_by_text(kept)).to_be_visible()
    for kept in ("802.1X settings", "O3C settings", "DNS server IP address"):
        expect(page.get_by_text(kept)).to_be_visible()
    confirm(page, fresh_unit, action, cancel_first=True)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    first = page.get_by_role("heading", name="Set a password for the root account")
    expect(first).to_be_visible(timeout=BACK_MS)
    assert fresh_unit.needs_setup()
    fresh_unit.claim()
    with fresh_unit.admin() as admin:
        question = {"action": "list", "group": "Network.IPAddress"}
        listed = admin.get("/axis-cgi/param.cgi", params=question).text
    assert listed.strip() == f"Network.IPAddress={address}"
