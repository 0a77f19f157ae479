"""The page Audio > Multicast paging: what the unit plays from the network, and what it sends there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.suite import Unit, until
from tests.web.conftest import open_page

BASE = "/config/rest/audio-multicast-ctrl/v1beta"
KEY = "0123456789abcdef" * 3 + "0123456789ab"


@pytest.fixture
def paging(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with the sources of the unit itself only before and after."""
    as_it_comes(unit)
    open_page(signed_in, unit, "/audio/paging", "Multicast paging")
    signed_in.get_by_role("region", name="Multicast sources").get_by_role("combobox").wait_for()
    yield signed_in
    as_it_comes(unit)


def controller(unit: Unit) -> dict[str, Any]:
    """Return the controller as an API client sees it."""
    with unit.admin() as admin:
        whole: dict[str, Any] = admin.get(BASE).json()["data"]
        return whole


def labels(unit: Unit) -> list[str]:
    """Return the sources, the highest priority first."""
    sources = sorted(controller(unit)["sources"], key=lambda source: source["prio"])
    return [source["label"] for source in sources]


def as_it_comes(unit: Unit) -> None:
    """Remove every source that was added, and switch multicast off."""
    with unit.admin() as admin:
        for source in controller(unit)["sources"]:
            if source["type"] == "Multicast":
                admin.delete(f"{BASE}/sources/{source['id']}").raise_for_status()
        for number, id_ in enumerate(("SIP", "VAPIXAudio", "VAPIXMediaClip"), start=1):
            admin.patch(f"{BASE}/sources/{id_}/prio", json={"data": number}).raise_for_status()
        admin.patch(f"{BASE}/audiocodec", json={"data": "PCMU"}).raise_for_status()
        admin.patch(f"{BASE}/enabled", json={"data": False}).raise_for_status()


def add(page: Page, name: str, address: str, port: str = "5004", key: str = "") -> Locator:
    """Fill in the dialog for a new source and send it."""
    page.get_by_role("button", name="Add source").first.click()
    dialog = page.get_by_role("dialog", name="Add source")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Multicast address").fill(address)
    dialog.get_by_label("Port").fill(port)
    dialog.get_by_label("SRTP key", exact=True).fill(key)
    dialog.get_by_role("button", name="Add source").click()
    return dialog


def row(page: Page, name: str) -> Locator:
    """Return the row of a source."""
    return (
        page.get_by_role("region", name="Multicast sources")
        .get_by_role("listitem")
        .filter(has_text=name)
    )


def test_a_source_is_added_edited_and_deleted(paging: Page, unit: Unit) -> None:
    """Wrong fields say what is right; the key goes in and never comes out."""
    dialog = add(paging, "", "192.168.0.1", "80", "abc")
    for words in ("Enter a name.", "224.0.0.0 to 239", "1024 to 65534", "60 or 92"):
        expect(dialog.get_by_text(words)).to_be_visible()
    paging.keyboard.press("Escape")
    expect(add(paging, "Reception", "239.7.7.1", key=KEY)).not_to_be_visible()
    expect(row(paging, "Reception")).to_contain_text("239.7.7.1:5004, Normal")
    assert labels(unit)[-1] == "Reception"

    row(paging, "Reception").get_by_role("button", name="More for Reception").click()
    paging.get_by_role("menuitem", name="Edit").click()
    dialog = paging.get_by_role("dialog", name="Edit “Reception”")
    expect(dialog.get_by_label("SRTP key", exact=True)).to_have_value("")
    dialog.get_by_label("Port").fill("6000")
    dialog.get_by_label("Latency profile").select_option("Low")
    dialog.get_by_role("button", name="Save").click()
    expect(row(paging, "Reception")).to_contain_text("239.7.7.1:6000, Low")
    assert KEY not in paging.content()

    row(paging, "Reception").get_by_role("button", name="More for Reception").click()
    paging.get_by_role("menuitem", name="Delete").click()
    paging.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(row(paging, "Reception")).to_have_count(0)
    assert labels(unit) == ["SIP", "VAPIXAudio", "VAPIXMediaClip"]


@pytest.mark.parametrize("way", ["keyboard", "mouse"])
def test_priorities_are_put_in_order(paging: Page, unit: Unit, way: str) -> None:
    """By the arrows of a row, or by dragging it."""
    expect(add(paging, "Yard", "239.7.7.2")).not_to_be_visible()
    row(paging, "Yard").wait_for()
    if way == "keyboard":
        up = paging.get_by_role("button", name="Move Yard up")
        for place in (3, 2, 1):
            up.focus()
            paging.keyboard.press("Enter")
            expect(paging.get_by_text(f"Yard has priority {place} of 4 now.")).to_be_attached()
        expect(up).to_be_disabled()
    else:
        row(paging, "Yard").drag_to(row(paging, "SIP calls"))
    until("the unit has the order", lambda: labels(unit)[0] == "Yard")
    expect(
        paging.get_by_role("region", name="Multicast sources").get_by_role("listitem").first
    ).to_contain_text("Yard")


def test_moves_faster_than_the_unit_all_count(paging: Page, unit: Unit) -> None:
    """Each goes on from what the one before has shown, though the unit has not heard of it yet."""
    expect(add(paging, "Yard", "239.7.7.2")).not_to_be_visible()
    row(paging, "Yard").wait_for()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    paging.route(f"**{BASE}/sources/*", hold)
    up = paging.get_by_role("button", name="Move Yard up")
    for place in (3, 2, 1):
        up.press("Enter")
        expect(paging.get_by_text(f"Yard has priority {place} of 4 now.")).to_be_attached()
    for _ in range(3):
        while not held:  # pytest's own time-out ends it where no request comes
            paging.wait_for_timeout(20)
        with paging.expect_response(lambda answer: answer.url.endswith(BASE)):
            pass  # the sources are asked for meanwhile
        expect(up).to_be_disabled()
        held.pop(0).continue_()
    until("the unit has the order", lambda: labels(unit)[0] == "Yard")


def test_reception_is_switched_and_its_state_shown(paging: Page, unit: Unit) -> None:
    """On, each source says what it does; the encoding is that of all."""
    expect(add(paging, "Hall", "239.7.7.3")).not_to_be_visible()
    paging.get_by_role("switch", name="Multicast paging").press("Space")
    until("it is on", lambda: controller(unit)["enabled"])
    expect(row(paging, "Hall")).to_contain_text("Waiting")
    region = paging.get_by_role("region", name="Multicast sources")
    region.get_by_label("Encoding").select_option("G722")
    until("G.722 is set", lambda: controller(unit)["audiocodec"] == "G722")


def test_a_page_is_sent_to_a_group_and_stopped(paging: Page, unit: Unit) -> None:
    """A clip goes out, is listed as long as it does, and can be stopped."""
    region = paging.get_by_role("region", name="Send a page")
    region.get_by_role("button", name="Send the page").click()
    expect(region.get_by_text("Enter a multicast address")).to_be_visible()
    region.get_by_label("Audio clip").select_option(label="Abracadabra")
    region.get_by_label("Multicast address").fill("239.7.7.4")
    region.get_by_role("button", name="Send the page").click()
    expect(region).to_contain_text(re.compile(r"239\.7\.7\.4:5004"))
    region.get_by_role("button", name="Stop sending").click()
    expect(region.get_by_text("Being sent")).to_have_count(0)
    with unit.admin() as admin:
        assert admin.get("/api/multicast/page").json() == []
