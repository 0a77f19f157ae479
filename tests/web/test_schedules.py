"""The page System > Events > Schedules."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.suite import Unit
from tests.web.conftest import open_page
from tests.web.events import choose, events_as_they_come, listed, row


@pytest.fixture
def schedules(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, without what a test adds afterwards."""
    with events_as_they_come(unit):
        open_page(signed_in, unit, "/system/events/schedules", "Schedules")
        signed_in.get_by_role("list", name="Schedules").wait_for()
        yield signed_in


def text(unit: Unit, name: str) -> str:
    """Return the iCalendar text of a schedule."""
    entries = (one["schedule"] for one in listed(unit, "schedules"))
    return str(next(one["icalendar"] for one in entries if one["name"] == name))


@pytest.mark.covers("M-RCP-24", part="the page")
def test_opening_hours_are_set_up_without_a_word_of_icalendar(schedules: Page, unit: Unit) -> None:
    """Days, times, a holiday, the next times before it is stored; and all of it comes back."""
    schedules.get_by_role("button", name="Add schedule").click()
    dialog = schedules.get_by_role("dialog", name="Add schedule")
    dialog.get_by_label("Name", exact=True).fill("Opening hours")
    dialog.get_by_label("First day").fill("2190-01-04")  # a Monday
    dialog.get_by_label("From", exact=True).fill("09:30")
    dialog.get_by_label("To", exact=True).fill("18:00")
    dialog.get_by_role("button", name="Saturday").click()
    dialog.get_by_role("button", name="Monday").click()
    dialog.get_by_label("Day on which it does not happen").fill("2190-01-06")
    dialog.get_by_role("button", name="Add exception").click()
    following = dialog.get_by_role("list", name="Next times").get_by_role("listitem")
    expect(following.first).to_contain_text("Tue, 5 Jan 2190, 09:30 to 18:00")
    expect(following.nth(1)).to_contain_text("Thu, 7 Jan 2190, 09:30 to 18:00")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()
    expect(row(schedules, "Schedules", "Opening hours")).to_contain_text("09:30 to 18:00")
    assert text(unit, "Opening hours").splitlines() == [
        "DTSTART:21900104T093000",
        "DTEND:21900104T180000",
        "RRULE:FREQ=WEEKLY;BYDAY=TU,WE,TH,FR,SA",
        "EXDATE;VALUE=DATE:21900106",
    ]
    choose(schedules, "Opening hours", "Edit schedule")
    expect(
        dialog.or_(schedules.get_by_role("dialog")).get_by_label("To", exact=True)
    ).to_have_value("18:00")
    expect(schedules.get_by_role("button", name="Monday")).to_have_attribute(
        "aria-pressed", "false"
    )
    expect(schedules.get_by_role("dialog")).to_contain_text("6 Jan 2190")


@pytest.mark.covers("M-RCP-24", part="the page: pulses")
def test_a_pulse_is_a_moment(schedules: Page, unit: Unit) -> None:
    """It has no end, and the list says when it comes next."""
    schedules.get_by_role("button", name="Add schedule").click()
    dialog = schedules.get_by_role("dialog", name="Add schedule")
    dialog.get_by_label("Name", exact=True).fill("Noon")
    dialog.get_by_text("Pulse: a moment").click()
    dialog.get_by_label("At", exact=True).fill("12:00")
    dialog.get_by_label("Repeats").select_option(label="Daily")
    dialog.get_by_role("button", name="Save").click()
    entry = row(schedules, "Schedules", "Noon")
    expect(entry).to_contain_text("Pulse")
    expect(entry).to_contain_text("Every day, at 12:00")
    expect(entry).to_contain_text("Next")
    assert "DTEND" not in text(unit, "Noon")
    choose(schedules, "Noon", "Delete schedule")
    schedules.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(entry).to_have_count(0)


def test_what_the_form_cannot_show_stays_as_it_is(schedules: Page, unit: Unit) -> None:
    """It is edited as text, and the unit says what it does not take."""
    stored = "DTSTART:20260105T080000\nRRULE:FREQ=DAILY;BYHOUR=8,12,18"
    with unit.admin() as admin:
        new = {"name": "Thrice", "icalendar": stored}
        admin.post("/api/schedules", json=new).raise_for_status()
    expect(row(schedules, "Schedules", "Thrice")).to_contain_text("BYHOUR=8,12,18")
    choose(schedules, "Thrice", "Edit schedule")
    dialog = schedules.get_by_role("dialog")
    dialog.get_by_label("iCalendar").fill("DTSTART:yesterday")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("DTSTART must be like")).to_be_visible()
    assert text(unit, "Thrice") == stored
