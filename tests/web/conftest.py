"""What browser tests share: a running unit, a browser, and a page that watches for script errors."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.suite import ROOT_PASSWORD, Unit, until

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
DESK: ViewportSize = {"width": 1440, "height": 900}
WAIT_MS = 15_000
SCREENS: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desk": DESK}
PAGES = {
    "/status": ("Status", "#device-info"),
    "/audio/device-settings": ("Device settings", "#output"),
    "/audio/stream": ("Stream", "#stream"),
    "/audio/clips": ("Audio clips", "tbody tr"),
    "/audio/listen": ("Listen and record", "#listen"),
    "/audio/now": ("Audio now", "#rules"),
    "/audio/paging": ("Multicast paging", "#multicast-codec"),
    "/audio/self-test": ("Self test", "#run"),
    "/system/security": ("Security", "#certificates"),
    "/system/accounts": ("Accounts", "tbody tr"),
    "/system/events/rules": ("Rules", "#rules"),
    "/system/events/recipients": ("Recipients", "#recipients"),
    "/system/events/schedules": ("Schedules", "#schedules"),
    "/system/events/manual-triggers": ("Manual triggers", "#virtual-inputs"),
    "/system/events/mqtt": ("MQTT events", "#subscriptions"),
    "/system/events/record": ("Record", "#entries"),
    "/system/mqtt": ("MQTT", "#broker"),
    "/system/sip/settings": ("SIP settings", "#access-list"),
    "/system/sip/accounts": ("SIP accounts", "#sip-accounts"),
    "/system/sip/dtmf": ("DTMF", "#protocols"),
    "/system/sip/test-call": ("Test call", "#calls"),
    "/system/detectors": ("Detectors", "#audio-detection"),
    "/system/plain-config": ("Plain config", ".row"),
    "/accessories/io-ports": ("I/O ports", "#virtual-inputs"),
    "/maintenance": ("Maintenance", ".card"),
    "/front-panel": ("Front panel", "svg[role=group]"),
}
"""The heading of each page, and what stands on it once it has heard from the unit."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser without history, which trusts the unit's certificate."""
    context = chromium.new_context(
        ignore_https_errors=True, viewport=DESK, color_scheme="light", locale="en-GB"
    )
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which no script fails and nothing breaks the content security policy."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (event) => "
        "console.error(`Content Security Policy: ${event.violatedDirective}`));"
    )
    yield page
    assert not wrong, wrong


def sign_in(page: Page, unit: Unit, user: str = "root", password: str = ROOT_PASSWORD) -> None:
    """Sign in on the login page."""
    page.goto(f"{unit.https_url}/")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=f"Account: {user}").wait_for()


def open_page(page: Page, unit: Unit, path: str, heading: str) -> None:
    """Go to a page by its address."""
    page.goto(f"{unit.https_url}/#{path}")
    page.get_by_role("heading", name=heading, exact=True, level=1).wait_for()


@pytest.fixture
def signed_in(page: Page, unit: Unit) -> Page:
    """The interface of the shared unit, with root signed in."""
    sign_in(page, unit)
    return page


def silent(unit: Unit) -> None:
    """Stop every clip and wait until nothing plays."""
    with unit.admin() as admin:
        admin.get("/axis-cgi/stopclip.cgi").raise_for_status()
        until("nothing plays", lambda: admin.get("/api/playing").json() == [])
