"""Every page and dialog through axe, the checker that browsers' own tools use."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.suite import ROOT, Unit
from tests.web.conftest import PAGES, SCREENS, WAIT_MS, open_page, sign_in

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> str:
    """A phone or a desk."""
    return str(request.param)


@pytest.fixture(params=["light", "dark"])
def page(chromium: Browser, screen: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page into which axe may be put from outside, which the unit's policy forbids to everybody else."""
    context = chromium.new_context(
        ignore_https_errors=True,
        bypass_csp=True,
        viewport=SCREENS[screen],
        color_scheme="dark" if request.param == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MS)
    yield context.new_page()
    context.close()


def barriers(page: Page) -> list[str]:
    """Return what stands in somebody's way, with the first place where it does."""
    page.evaluate(AXE.read_text())
    # Colours are read while nothing fades any more.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    found: list[dict[str, Any]] = page.evaluate("axe.run()")["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_no_page_has_a_barrier(page: Page, unit: Unit) -> None:
    """Labels, names, roles and contrast are right on every page, light and dark, small and large."""
    page.goto(f"{unit.https_url}/")
    page.get_by_role("heading", name="Sign in").wait_for()
    assert barriers(page) == []
    sign_in(page, unit)
    for path, (heading, landmark) in PAGES.items():
        open_page(page, unit, path, heading)
        page.locator(landmark).first.wait_for()
        assert barriers(page) == [], path


def test_no_dialog_has_a_barrier(page: Page, unit: Unit) -> None:
    """The same for what opens above the pages."""
    sign_in(page, unit)
    open_page(page, unit, "/audio/clips", "Audio clips")
    page.get_by_role("button", name="More for").first.click()
    assert barriers(page) == []
    page.get_by_role("menuitem", name="Create link").click()
    page.get_by_role("dialog").wait_for()
    assert barriers(page) == []
    open_page(page, unit, "/system/accounts", "Accounts")
    page.get_by_role("button", name="Add account").click()
    page.get_by_role("dialog").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Add account").click()
    assert barriers(page) == []
