"""What the tests of the SIP pages share: SIP as it comes, and how its pages are worked with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.contract.sip_http_rig import Service, call_service, ports
from tests.suite import Unit, until


@contextmanager
def sip_as_it_comes(unit: Unit, *, on: bool = False) -> Iterator[Service]:
    """Leave SIP as new before and after, at ports that nobody uses; `on` switches it on."""
    with call_service(unit) as service:
        settings = {"SIPEnabled": on, "AllowIncomingCalls": on, **ports()}
        service.give("SetSIPConfiguration", SIPConfiguration=settings)
        if on:
            until("the stack runs", lambda: service.client.get("/api/sip").json()["running"])
        yield service


def configuration(service: Service) -> dict[str, Any]:
    """Return the configuration as another client sees it, attributes by their names."""
    told: dict[str, Any] = service.give("GetSIPConfiguration")["SIPConfiguration"]
    return {**told, **_attributes(told)}


def accounts(service: Service) -> dict[str, dict[str, Any]]:
    """Return the accounts by their names."""
    listed = service.give("GetSIPAccounts")["SIPAccount"]
    return {one["Name"]: {**one, **_attributes(one)} for one in listed}


def _attributes(told: dict[str, Any]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in told["Attribute"]}


def card(page: Page, name: str) -> Locator:
    """Return a part of a page."""
    return page.get_by_role("region", name=name, exact=True)


def dialog(page: Page, name: str) -> Locator:
    """Return the dialog with this heading."""
    return page.get_by_role("dialog", name=name, exact=True)


def switch(region: Locator, name: str) -> None:
    """Turn a switch over."""
    region.get_by_role("switch", name=name, exact=True).press("Space")


def press(region: Locator, name: str) -> None:
    """Press a button."""
    region.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, entry: str, item: str) -> None:
    """Choose from the menu of an entry."""
    press(page.locator("main"), f"More for {entry}")
    page.get_by_role("menuitem", name=item, exact=True).click()


def said(page: Page, words: str) -> None:
    """Wait for a notice."""
    expect(page.get_by_text(words, exact=True).last).to_be_visible()
