"""Every page and dialog through axe, the checker that browsers' own tools use."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.suite import ROOT, Unit
from tests.web.conftest import PAGES, SCREENS, WAIT_MS, open_page, sign_in
from tests.web.events import (
    VIRTUAL_INPUT,
    choose,
    content,
    events_as_they_come,
    open_rules,
    put_rule,
)
from tests.web.settings import input_on, sound_as_it_comes
from tests.web.sip import dialog, press, sip_as_it_comes, switch
from tests.web.terminals import ports_as_they_come, set_port, supervise, wire

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
    with sound_as_it_comes(unit):
        input_on(unit)
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
    open_page(page, unit, "/audio/paging", "Multicast paging")
    page.get_by_role("button", name="Add source").click()
    page.get_by_role("dialog").wait_for()
    assert barriers(page) == []
    open_page(page, unit, "/system/accounts", "Accounts")
    page.get_by_role("button", name="Add account").click()
    page.get_by_role("dialog").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Add account").click()
    assert barriers(page) == []


def test_no_form_of_events_has_a_barrier(page: Page, unit: Unit) -> None:
    """The editor of a rule with what is wrong and what it would do, a recipient's form, a schedule's form."""
    sign_in(page, unit)
    with events_as_they_come(unit):
        held = {"topic": VIRTUAL_INPUT, "content": content({"port": "21", "active": "1"})}
        put_rule(unit, "Reachable", held)
        open_rules(page, unit)
        page.get_by_role("button", name="Why? Reachable").click()
        page.get_by_text("Not met: Virtual input 21").wait_for()
        assert barriers(page) == []
        choose(page, "Reachable", "Edit rule")
        page.get_by_label("Name", exact=True).fill("")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Enter a name.").wait_for()
        assert barriers(page) == []
        page.get_by_label("Name", exact=True).fill("Reachable")
        page.get_by_role("button", name="Assume that something happens").click()
        page.get_by_label("Assume that").select_option(label="Virtual input")
        page.get_by_role("button", name="Run").click()
        page.get_by_role("img", name="What would happen").wait_for()
        assert barriers(page) == []
        open_page(page, unit, "/system/events/recipients", "Recipients")
        page.get_by_role("button", name="Add a recipient").click()
        page.get_by_label("Type", exact=True).select_option(label="Email")
        assert barriers(page) == []
        open_page(page, unit, "/system/events/schedules", "Schedules")
        page.get_by_role("button", name="Add schedule").click()
        page.get_by_role("list", name="Next times").wait_for()
        assert barriers(page) == []


def test_no_form_of_sip_has_a_barrier(page: Page, unit: Unit) -> None:
    """An account over TLS with what is wrong in it, a sequence, and the assistant's steps."""
    sign_in(page, unit)
    with sip_as_it_comes(unit):
        open_page(page, unit, "/system/sip/accounts", "SIP accounts")
        press(page.locator("main"), "Add account")
        form = dialog(page, "Add account")
        form.get_by_label("Transport mode").select_option(label="TLS")
        switch(form, "Secondary SIP server")
        for _ in range(2):
            press(form.get_by_role("region", name="Proxies", exact=True), "Proxy")
        press(form, "Add account")
        form.get_by_text("Enter the server address of each proxy.").wait_for()
        assert barriers(page) == []
        open_page(page, unit, "/system/sip/dtmf", "DTMF")
        press(page.locator("main"), "Add sequence")
        press(dialog(page, "Add sequence"), "Add sequence")
        assert barriers(page) == []
        open_page(page, unit, "/system/sip/settings", "SIP settings")
        for name in ("STUN", "TURN", "Use the access list"):
            switch(page.locator("main"), name)
        press(page.locator("main"), "Save")
        assert barriers(page) == []
        press(page.locator("main"), "SIP setup assistant")
        steps = dialog(page, "SIP setup assistant")
        for title in ("Calls", "Ports", "Audio codecs", "Summary"):
            steps.get_by_role("heading", name=title).wait_for()
            assert barriers(page) == [], title
            press(steps, "Apply" if title == "Summary" else "Next")
        steps.get_by_role("heading", name="Outcome").wait_for()
        assert barriers(page) == []


def test_no_state_of_a_port_has_a_barrier(page: Page, unit: Unit) -> None:
    """Nor has a cut cable, an active output, or a wired terminal on the front panel."""
    sign_in(page, unit)
    with ports_as_they_come(unit):
        wire(unit, 1, resistors=True, circuit="cut")
        supervise(unit, 1)
        set_port(unit, 2, {"direction": "output"})
        set_port(unit, 2, {"state": "closed"})
        open_page(page, unit, "/accessories/io-ports", "I/O ports")
        page.get_by_text("3.30 V: cut").wait_for()
        page.get_by_role("list", name="Ranges").wait_for()
        page.get_by_text("64 virtual inputs: none active").click()
        page.get_by_role("button", name="Virtual input 64").click()
        page.get_by_text("64 virtual inputs: number 64 active").wait_for()
        assert barriers(page) == []
        open_page(page, unit, "/front-panel", "Front panel")
        page.get_by_text("the lamp is lit").wait_for()
        page.get_by_role("region", name="LED indicators").wait_for()
        assert barriers(page) == []
