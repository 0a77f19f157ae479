"""From the box to the first page: encryption, the first password, signing in and out."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.suite import ROOT_PASSWORD, Unit
from tests.web.conftest import open_page, sign_in


@pytest.mark.covers("M-GET-11", part="browser")
def test_a_browser_page_is_sent_to_https(unit: Unit) -> None:
    """Somebody who types the address without https:// ends up encrypted all the same."""
    answer = httpx.get(f"{unit.http_url}/", headers={"Accept": "text/html"})
    assert answer.is_redirect
    assert answer.headers["Location"].startswith("https://localhost:")


@pytest.mark.covers("M-GET-08", "M-GET-09", "M-GET-10", "M-GET-12")
def test_the_browser_insists_on_a_root_password(page: Page, fresh_unit: Unit) -> None:
    """Whatever page is asked for, the first thing is a password for root, typed twice."""
    page.goto(f"{fresh_unit.https_url}/#/audio/clips")
    heading = page.get_by_role("heading", name="Set a password for the root account")
    expect(heading).to_be_visible()
    expect(page.get_by_text("at least 8 characters, preferably made by a password")).to_be_visible()
    expect(page.get_by_text("Don't expose the password")).to_be_visible()
    expect(page.get_by_text("at least once a year")).to_be_visible()

    password, repeated = (
        page.get_by_label("Password", exact=True),
        page.get_by_label("Repeat password"),
    )
    save = page.get_by_role("button", name="Save")
    save.click()
    expect(page.get_by_text("Enter a password.")).to_be_visible()
    password.fill("x")
    repeated.fill("y")
    save.click()
    expect(page.get_by_text("The passwords are not the same.")).to_be_visible()
    assert fresh_unit.needs_setup()

    # No policy: one character is enough.
    repeated.fill("x")
    save.click()
    expect(page.get_by_role("heading", name="Audio clips")).to_be_visible()
    assert not fresh_unit.needs_setup()
    page.get_by_role("button", name="Account: root").click()
    expect(page.get_by_text("Administrator")).to_be_visible()


@pytest.mark.covers("M-GET-07")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_signing_in_by_name_and_by_address(page: Page, unit: Unit, host: str) -> None:
    """Host name or address, user name and password; a wrong password is told, a right one opens."""
    page.goto(unit.https_url.replace("localhost", host))
    page.get_by_label("User name").fill("root")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("User name or password is wrong.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(ROOT_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Status")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Status")).to_be_visible()


def test_signing_out_ends_the_session(page: Page, unit: Unit) -> None:
    """After signing out the cookie is worth nothing, and the login page is there."""
    sign_in(page, unit)
    page.get_by_role("button", name="Account: root").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_lost_session_leads_to_the_login_page_and_back(page: Page, unit: Unit) -> None:
    """Who is no longer signed in is told so, and goes on where they were."""
    sign_in(page, unit)
    open_page(page, unit, "/maintenance", "Maintenance")
    page.context.clear_cookies()
    page.evaluate("location.hash = '/status'")
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    page.get_by_label("User name").fill("root")
    page.get_by_label("Password", exact=True).fill(ROOT_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Status")).to_be_visible()
