"""The pages System > Events > Manual triggers and Record: something is done by hand, and found again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.suite import Unit, until
from tests.web.conftest import open_page, silent
from tests.web.events import MANUAL_TRIGGER, VIRTUAL_INPUT, content, events_as_they_come, put_rule
from tests.web.terminals import virtual_inputs

PLAY = {
    "template": "com.axis.action.fixed.play.audioclip",
    "parameters": {"location": "alarm.mp3", "repeat": "-1"},
}


@pytest.fixture
def triggers(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, without what a test adds afterwards."""
    silent(unit)
    with events_as_they_come(unit):
        open_page(signed_in, unit, "/system/events/manual-triggers", "Manual triggers")
        signed_in.get_by_role("region", name="Virtual inputs").wait_for()
        yield signed_in


def playing(unit: Unit) -> list[str]:
    """Return what plays now."""
    with unit.admin() as admin:
        return [str(one["what"]) for one in admin.get("/api/playing").json()]


@pytest.mark.covers("M-RCP-25", part="the page")
def test_a_rule_is_triggered_by_hand_and_found_in_the_record(triggers: Page, unit: Unit) -> None:
    """The button makes the rule act; the record tells of both, and can be searched."""
    put_rule(
        unit,
        "By hand",
        {"topic": MANUAL_TRIGGER, "content": content({"port": "1", "state": "1"})},
        action=PLAY,
    )
    region = triggers.get_by_role("region", name="Manual trigger")
    expect(region.get_by_text("Rules that wait for it: “By hand”")).to_be_visible()
    region.get_by_role("button", name="Trigger", exact=True).click()
    until("the clip plays", lambda: playing(unit) == ["Alarm"])
    expect(region.get_by_text("Not active", exact=True)).to_be_visible()

    open_page(triggers, unit, "/system/events/record", "Record")
    entries = triggers.get_by_role("region", name="Newest first")
    expect(entries.get_by_text("“By hand”: activated").first).to_be_visible()
    expect(triggers.get_by_role("region", name="Timeline").get_by_role("img")).to_contain_text(
        "By hand"
    )
    triggers.get_by_label("Show", exact=True).select_option(label="Events")
    expect(entries.get_by_text("The manual trigger is", exact=False).first).to_be_visible()
    expect(entries.get_by_text("“By hand”")).to_have_count(0)
    triggers.get_by_role("searchbox").fill("no such thing anywhere")
    expect(entries.get_by_text("Nothing in the record fits.")).to_be_visible()


def test_the_trigger_can_be_held(triggers: Page, unit: Unit) -> None:
    """For a rule that stays active as long as it is."""
    region = triggers.get_by_role("region", name="Manual trigger")
    region.get_by_role("button", name="Activate until I deactivate it").click()
    expect(region.get_by_text("Active", exact=True)).to_be_visible()
    region.get_by_role("button", name="Deactivate").click()
    expect(region.get_by_text("Not active", exact=True)).to_be_visible()


def test_virtual_inputs_are_switched(triggers: Page, unit: Unit) -> None:
    """All 64, with the rules that wait for one."""
    put_rule(
        unit, "Gate", {"topic": VIRTUAL_INPUT, "content": content({"port": "33", "active": "1"})}
    )
    region = triggers.get_by_role("region", name="Virtual inputs")
    expect(region.get_by_role("button", name="Virtual input")).to_have_count(64)
    expect(region.get_by_text("“Gate”, number 33")).to_be_visible()
    button = region.get_by_role("button", name="Virtual input 33")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert virtual_inputs(unit) == [33]
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert virtual_inputs(unit) == []


def test_what_happens_meanwhile_is_shown(triggers: Page, unit: Unit) -> None:
    """The record is live."""
    open_page(triggers, unit, "/system/events/record", "Record")
    triggers.get_by_role("searchbox").fill("Virtual input")
    entries = triggers.get_by_role("region", name="Newest first")
    entries.wait_for()
    with unit.admin() as admin:
        for what in ("activate", "deactivate"):
            query = {"schemaversion": "1", "port": "34"}
            admin.get(f"/axis-cgi/virtualinput/{what}.cgi", params=query).raise_for_status()
    triggers.get_by_role("searchbox").fill("VirtualInput")
    expect(entries.get_by_text("Virtual input 34 is not active").first).to_be_visible()
