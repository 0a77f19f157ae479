"""What all pages share: menu, theme, keyboard, sizes of screen, the wait for a unit that is away."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.suite import ROOT, Unit
from tests.web.conftest import PAGES, SCREENS, WAIT_MS, open_page, sign_in

FIRST_LOAD_LIMIT = 300 * 1024
PICTURES = ROOT / "build" / "screenshots"


@pytest.mark.covers("M-GET-06", part="Chromium")
@pytest.mark.covers("M-GET-01", part="menu")
def test_the_menu_is_in_the_manuals_order(signed_in: Page) -> None:
    """Status, Audio, System, Accessories, Maintenance; and every entry leads to its page."""
    navigation = signed_in.get_by_role("navigation", name="Pages")
    expect(navigation.get_by_role("link")).to_have_text([title for title, _ in PAGES.values()])
    for title, _ in PAGES.values():
        navigation.get_by_role("link", name=title, exact=True).click()
        expect(signed_in.get_by_role("heading", level=1)).to_have_text(title)
        expect(navigation.locator("[aria-current=page]")).to_have_text(title)


def test_the_first_load_is_small(page: Page, unit: Unit) -> None:
    """What a browser fetches before the login page stands, packed as it travels."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{unit.https_url}/", wait_until="networkidle")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert 10_000 < sum(sizes) < FIRST_LOAD_LIMIT


def test_nothing_comes_from_another_host(page: Page, unit: Unit) -> None:
    """The interface works on a network without a way out, and tells nobody that it is used."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    sign_in(page, unit)
    for path, (heading, _) in PAGES.items():
        open_page(page, unit, path, heading)
    assert hosts == {unit.https_url.split("/")[2]}


def test_scripts_and_styles_come_from_files_only(page: Page, unit: Unit) -> None:
    """The policy leaves injected markup nothing to run, and keeps the pages out of foreign frames."""
    answer = page.goto(f"{unit.https_url}/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";") if rule.strip()}
    assert rules["script-src"] == ["'self'"]
    assert rules.get("style-src", rules.get("default-src")) == ["'self'"]
    assert rules["frame-ancestors"] in (["'none'"], ["'self'"])
    assert "unsafe" not in policy


def test_the_theme_is_chosen_and_remembered(signed_in: Page) -> None:
    """Light, dark or as the system; the choice outlives a reload and is there from the first paint."""
    root = signed_in.locator("html")
    expect(root).to_have_attribute("theme", "g10")
    signed_in.get_by_role("button", name="Theme").click()
    signed_in.get_by_role("button", name="Dark").click()
    expect(root).to_have_attribute("theme", "g100")
    signed_in.reload(wait_until="commit")
    expect(root).to_have_attribute("theme", "g100")
    signed_in.get_by_role("button", name="Theme").click()
    signed_in.get_by_role("button", name="As the system").click()
    expect(root).to_have_attribute("theme", "g10")
    signed_in.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("theme", "g100")


def test_everything_is_reached_by_keyboard(page: Page, unit: Unit) -> None:
    """Sign in, skip to the content, open a menu, choose, confirm: without a mouse, focus always seen."""
    page.goto(f"{unit.https_url}/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("root")
    page.keyboard.press("Tab")
    page.keyboard.type("a password for tests")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Status").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()

    seen: set[str] = set()
    for _ in range(len(PAGES) + 5):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        seen.add(focused.inner_text() or focused.get_attribute("aria-label") or "")
        assert focused.evaluate(
            """(element) => {
                const style = getComputedStyle(element);
                return style.outlineStyle !== 'none' || style.boxShadow !== 'none'
                    || style.borderStyle !== 'none';
            }"""
        )
    assert {"Theme", "Account: root", "Audio clips", "Plain config"} <= seen

    page.get_by_role("link", name="Maintenance").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Factory default").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(page.get_by_role("button", name="Factory default")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_fits_its_screen(
    chromium: Browser, unit: Unit, screen: str, scheme: str
) -> None:
    """On a phone and at a desk nothing sticks out sideways; the pictures are there to be looked at."""
    width = SCREENS[screen]["width"]
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(
        ignore_https_errors=True,
        viewport=SCREENS[screen],
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    try:
        page.goto(f"{unit.https_url}/")
        page.get_by_role("heading", name="Sign in").wait_for()
        _picture(page, f"login-{screen}-{scheme}")
        sign_in(page, unit)
        for path, (heading, landmark) in PAGES.items():
            open_page(page, unit, path, heading)
            page.locator(landmark).first.wait_for()
            _picture(page, f"{path.strip('/').replace('/', '-')}-{screen}-{scheme}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide"
    finally:
        context.close()


JUMPS = """
window.jumps = [];
new PerformanceObserver((list) => {
    for (const { node, previousRect, currentRect } of list.getEntries().flatMap((one) => one.sources))
        // A font that comes late moves lines by less.
        if (node?.parentElement?.closest('.bx--content') && Math.abs(currentRect.y - previousRect.y) > 10)
            window.jumps.push(`${node.className ?? node.nodeName}: ${previousRect.y} to ${currentRect.y}`);
}).observe({ type: 'layout-shift', buffered: true });
"""
LATER_MS = 300
LAST_TO_COME = ("**/api/parameters?**", "**/axis-cgi/param.cgi?**", "**/config/rest/**")


@pytest.mark.parametrize("screen", SCREENS)
def test_no_page_jumps_while_it_fills(chromium: Browser, unit: Unit, screen: str) -> None:
    """What a page has shown stays where it is when the rest of it arrives, however late that is."""
    context = chromium.new_context(ignore_https_errors=True, viewport=SCREENS[screen])
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    try:
        sign_in(page, unit)
        page.add_init_script(JUMPS)
        for pattern in LAST_TO_COME:
            page.route(pattern, _later)
        for path, (heading, landmark) in PAGES.items():
            open_page(page, unit, path, heading)
            page.reload()
            page.locator(landmark).first.wait_for()
            page.wait_for_timeout(2 * LATER_MS)
            assert page.evaluate("jumps") == [], path
    finally:
        context.close()


def _later(route: Route) -> None:
    time.sleep(LATER_MS / 1000)
    route.continue_()


def _picture(page: Page, name: str) -> None:
    path: Path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size > 5_000


def test_a_unit_that_is_away_is_awaited_calmly(signed_in: Page, unit: Unit) -> None:
    """The page says so, stays as it is, and goes on by itself when the unit is back."""
    expect(signed_in.get_by_role("region", name="Device info")).to_be_visible()
    signed_in.context.set_offline(True)
    expect(signed_in.get_by_text("The unit does not answer.")).to_be_visible()
    expect(signed_in.get_by_role("region", name="Device info")).to_be_visible()
    signed_in.context.set_offline(False)
    expect(signed_in.get_by_text("The unit does not answer.")).not_to_be_visible()
