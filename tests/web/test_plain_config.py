"""The page Plain config: every parameter in a form of its kind, saved all together or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.suite import Unit
from tests.web.conftest import open_page


@pytest.fixture
def plain_config(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page; afterwards everything it may have changed is at its default again."""
    open_page(signed_in, unit, "/system/plain-config", "Plain config")
    signed_in.get_by_role("searchbox").wait_for()
    yield signed_in
    with unit.admin() as admin:
        wrong = {
            one["name"]: one["default"]
            for one in parameters(unit)
            if one["name"].startswith("Audio")
            and one["writable"]
            and one["value"] != one["default"]
        }
        if wrong:
            admin.patch("/api/parameters", json={"changes": wrong}).raise_for_status()


def parameters(unit: Unit) -> list[dict[str, Any]]:
    """Return the parameters as the API lists them."""
    with unit.admin() as admin:
        listed: list[dict[str, Any]] = admin.get("/api/parameters").json()["parameters"]
        return listed


def value(unit: Unit, name: str) -> str:
    """Return what VAPIX says of one parameter."""
    with unit.admin() as admin:
        answer = admin.get("/axis-cgi/param.cgi", params={"action": "list", "group": name}).text
        return str(answer.strip().partition("=")[2])


def row(page: Page, name: str) -> Locator:
    """Return the row of one parameter."""
    return page.locator(".row").filter(has=page.get_by_text(name, exact=True))


def search(page: Page, words: str) -> None:
    """Search for parameters."""
    page.get_by_role("searchbox").fill(words)


@pytest.mark.covers("M-LOG-14")
def test_every_group_is_there_with_its_parameters(plain_config: Page, unit: Unit) -> None:
    """The tree has every group, and a group every parameter meant for people."""
    shown = [one for one in parameters(unit) if not one["hidden"]]
    groups = {one["name"].split(".")[0] for one in shown}
    tree = plain_config.get_by_role("navigation", name="Parameter groups")
    expect(tree.get_by_role("button")).to_have_count(len(groups))
    tree.get_by_role("button", name="Audio", exact=False).first.click()
    tree.get_by_role("button").filter(has_text="Brand").click()
    for one in shown:
        if one["name"].startswith("Brand."):
            expect(row(plain_config, one["name"])).to_contain_text(one["value"])
            expect(row(plain_config, one["name"])).to_contain_text("Read only")


@pytest.mark.covers("M-LOG-14")
def test_a_changed_parameter_is_saved(plain_config: Page, unit: Unit) -> None:
    """What is typed and saved is what other clients read; the history tells who did it."""
    text = next(
        one
        for one in parameters(unit)
        if one["writable"] and not one["hidden"] and one["kind"]["type"] == "string"
        if one["name"].startswith("Audio")
    )
    search(plain_config, text["name"])
    row(plain_config, text["name"]).get_by_role("textbox").fill("Room 7")
    expect(plain_config.get_by_text("1 change", exact=True)).to_be_visible()
    plain_config.get_by_role("button", name="Save").click()
    expect(plain_config.get_by_text("The parameter was saved.")).to_be_visible()
    assert value(unit, text["name"]) == "Room 7"

    plain_config.get_by_role("button", name="History").click()
    newest = plain_config.get_by_role("dialog").get_by_role("listitem").first
    expect(newest).to_contain_text(text["name"])
    expect(newest).to_contain_text("root")
    expect(newest).to_contain_text("Room 7")


def test_a_wrong_value_is_told_at_its_field(plain_config: Page, unit: Unit) -> None:
    """A number out of range cannot be saved, and the field says which range there is."""
    number = next(
        one
        for one in parameters(unit)
        if one["writable"] and not one["hidden"] and one["kind"]["type"] == "int"
        if one["kind"]["maximum"] is not None
    )
    search(plain_config, number["name"])
    field = row(plain_config, number["name"])
    field.get_by_role("textbox").fill(str(number["kind"]["maximum"] + 1))
    expect(field).to_contain_text("Enter a whole number from")
    expect(plain_config.get_by_role("button", name="Save")).to_be_disabled()
    field.get_by_role("button", name="Undo").click()
    expect(plain_config.get_by_text("1 change", exact=True)).not_to_be_visible()
    assert value(unit, number["name"]) == number["value"]


def test_what_the_unit_refuses_is_told_at_its_field(plain_config: Page, unit: Unit) -> None:
    """The unit's own reason stands at the field it concerns, and nothing was saved."""
    text = next(
        one
        for one in parameters(unit)
        if one["writable"] and not one["hidden"] and one["kind"]["type"] == "string"
        if one["name"].startswith("Audio")
    )
    plain_config.route(
        "**/api/parameters",
        lambda route: (
            route.continue_(post_data={"changes": {text["name"]: "x" * 5000}})
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    search(plain_config, text["name"])
    field = row(plain_config, text["name"])
    field.get_by_role("textbox").fill("seems fine")
    plain_config.get_by_role("button", name="Save").click()
    expect(field).to_contain_text("characters long")
    assert value(unit, text["name"]) == text["value"]


def test_only_what_changed_is_sent(plain_config: Page, unit: Unit) -> None:
    """Somebody else's changes are not written over by old values of this page."""
    switch = next(
        one
        for one in parameters(unit)
        if one["writable"] and not one["hidden"] and one["kind"]["type"] == "bool"
        if one["name"].startswith("Audio")
    )
    search(plain_config, switch["name"])
    field = row(plain_config, switch["name"])
    field.get_by_role("switch").press("Space")
    with plain_config.expect_request(lambda request: request.method == "PATCH") as sent:
        plain_config.get_by_role("button", name="Save").click()
    other = {switch["kind"]["true"], switch["kind"]["false"]} - {switch["value"]}
    assert sent.value.post_data_json == {"changes": {switch["name"]: other.pop()}}
    expect(plain_config.get_by_text("The parameter was saved.")).to_be_visible()


def test_discarded_changes_are_gone(plain_config: Page, unit: Unit) -> None:
    """Discard brings back what the unit has."""
    gain = next(one for one in parameters(unit) if one["kind"]["type"] == "gain")
    search(plain_config, gain["name"])
    slider = row(plain_config, gain["name"]).get_by_role("slider")
    slider.press("ArrowRight")
    expect(plain_config.get_by_text("1 change", exact=True)).to_be_visible()
    plain_config.get_by_role("button", name="Discard").click()
    expect(plain_config.get_by_text("1 change", exact=True)).not_to_be_visible()
    assert value(unit, gain["name"]) == gain["value"]
    assert slider.input_value() == gain["value"]
