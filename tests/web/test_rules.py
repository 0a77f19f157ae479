"""The page System > Events > Rules: made by somebody who has never read a manual of events."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.suite import ROOT_PASSWORD, Unit, until
from tests.web.conftest import open_page, sign_in, silent
from tests.web.events import (
    INPUT,
    MANUAL_TRIGGER,
    VIRTUAL_INPUT,
    choose,
    content,
    events_as_they_come,
    listed,
    open_rules,
    put_rule,
    row,
    rule,
)


@pytest.fixture
def rules(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The page, with the rules that the unit came with before and after."""
    silent(unit)
    with events_as_they_come(unit):
        open_rules(signed_in, unit)
        yield signed_in


def virtual_input(unit: Unit, number: int, what: str) -> None:
    """Activate or deactivate a virtual input, as another system would."""
    with unit.admin() as admin:
        query = {"schemaversion": "1", "port": str(number)}
        admin.get(f"/axis-cgi/virtualinput/{what}.cgi", params=query).raise_for_status()


def whole_years() -> str:
    """Return the text of a schedule that holds now, whenever that is."""
    return "DTSTART:20200101T000000\nDTEND:21900101T000000"


@pytest.mark.covers("M-EVT-02", "M-EVT-04", "M-EVT-06", "M-EVT-09", part="the page")
@pytest.mark.covers("M-HOW-03", part="play an audio clip on a schedule")
def test_a_clip_plays_on_a_schedule(rules: Page, unit: Unit) -> None:
    """The manual's first example: name, condition, action, save; and it plays at once, because it is time."""
    with unit.admin() as admin:
        new = {"name": "All day", "icalendar": whole_years()}
        admin.post("/api/schedules", json=new).raise_for_status()
    rules.reload()
    rules.get_by_role("button", name="Add a rule").click()
    rules.get_by_label("Name", exact=True).fill("Background")
    rules.get_by_label("Condition", exact=True).select_option(label="Schedule")
    rules.locator("[id^=condition-][id$=-id]").select_option(label="All day")
    rules.get_by_label("Action", exact=True).select_option(
        label="Play audio clip while the rule is active"
    )
    rules.get_by_label("Clip", exact=True).select_option(label="Birds chirping")
    expect(
        rules.get_by_text("While it is time for “All day”: play audio clip “Birds chirping”.")
    ).to_be_visible()
    rules.get_by_role("button", name="Add rule").click()
    expect(row(rules, "Rules", "Background").get_by_text("Active", exact=True)).to_be_visible()
    expect(row(rules, "Rules", "Background")).to_contain_text("It is time for “All day”")

    def playing() -> bool:
        with unit.admin() as admin:
            return [one["what"] for one in admin.get("/api/playing").json()] == ["Birds chirping"]

    until("the clip plays", playing)
    rules.get_by_role("switch", name="Enable Background").press("Space")
    expect(row(rules, "Rules", "Background").get_by_text("Disabled")).to_be_visible()
    until("it is silent", lambda: not playing())


@pytest.mark.covers("M-EVT-05", "M-EVT-07", "M-EVT-08", part="the page")
def test_a_trigger_is_inverted_and_another_condition_added(rules: Page, unit: Unit) -> None:
    """The manual's second example: after a clip has ended, while something else holds."""
    rules.get_by_role("button", name="Add a rule").click()
    rules.get_by_label("Name", exact=True).fill("After the tone")
    rules.get_by_label("Condition", exact=True).select_option(label="Audio clip playing")
    rules.get_by_text("Use this condition as a trigger").click()
    rules.get_by_text("Invert this condition").click()
    rules.get_by_role("button", name="Add a condition").click()
    rules.get_by_label("Condition 2").select_option(label="Virtual input")
    rules.get_by_label("Port number").select_option(label="5")
    rules.get_by_label("Action", exact=True).select_option(label="Play audio clip")
    rules.get_by_label("Clip", exact=True).select_option(label="Alarm")
    expect(
        rules.get_by_text(
            "When no audio clip is playing, while virtual input 5 is active: play audio clip “Alarm”."
        )
    ).to_be_visible()
    rules.get_by_role("button", name="Add rule").click()
    expect(row(rules, "Rules", "After the tone")).to_be_visible()
    stored = rule(unit, "After the tone")["rule"]
    assert (stored["trigger"]["topic"], stored["trigger"]["invert"]) == (
        "tnsaxis:MediaClip/Playing",
        True,
    )
    assert stored["conditions"] == [
        {"topic": VIRTUAL_INPUT, "content": content({"active": "1", "port": "5"}), "invert": False}
    ]

    choose(rules, "After the tone", "Edit rule")
    expect(rules.get_by_label("Use this condition as a trigger")).to_be_checked()
    expect(rules.get_by_label("Invert this condition").first).to_be_checked()
    expect(rules.get_by_label("Port number")).to_have_value("5")


@pytest.mark.covers("M-EVT-03", part="the page")
def test_what_is_missing_is_said_where_it_is(rules: Page, unit: Unit) -> None:
    """Nothing is stored; the wait is read as hours, minutes and seconds."""
    before = len(listed(unit, "rules"))
    rules.get_by_role("button", name="Add a rule").click()
    wait = rules.get_by_label("Wait between actions")
    wait.fill("soon")
    rules.get_by_role("button", name="Add rule").click()
    for words in (
        "Enter a name.",
        "Enter hours, minutes",
        "Choose a condition.",
        "Choose an action.",
    ):
        expect(rules.get_by_text(words)).to_be_visible()
    assert len(listed(unit, "rules")) == before
    rules.get_by_label("Name", exact=True).fill("Calm")
    wait.fill("01:30:05")
    rules.get_by_label("Condition", exact=True).select_option(label="Manual trigger")
    rules.get_by_label("Action", exact=True).select_option(label="Stop playing audio clip")
    rules.get_by_role("button", name="Add rule").click()
    expect(row(rules, "Rules", "Calm")).to_be_visible()
    assert rule(unit, "Calm")["rule"]["wait_s"] == 5405


@pytest.mark.covers("M-EVT-11", part="what this unit lacks is listed with the reason")
def test_an_action_that_cannot_be_done_says_why(rules: Page) -> None:
    """It is in the list, and cannot be chosen."""
    rules.get_by_role("button", name="Add a rule").click()
    option = rules.get_by_label("Action", exact=True).locator("option", has_text="Send SNMP trap:")
    expect(option).to_have_text("Send SNMP trap: this unit has no SNMP")
    expect(option).to_be_disabled()


def test_an_expression_is_kept_as_it_is(rules: Page, unit: Unit) -> None:
    """What no field can show is shown as text, and survives the form."""
    expression = {
        "topic": "tns1:Device/tnsaxis:IO//.",
        "content": f"not({content({'state': '0'})})",
        "invert": False,
    }
    put_rule(unit, "Strange", expression)
    expect(row(rules, "Rules", "Strange")).to_contain_text("tns1:Device/tnsaxis:IO//.")
    choose(rules, "Strange", "Edit rule")
    expect(rules.get_by_label("Topic expression")).to_have_value("tns1:Device/tnsaxis:IO//.")
    rules.get_by_label("Name", exact=True).fill("Stranger")
    rules.get_by_role("button", name="Save").click()
    expect(row(rules, "Rules", "Stranger")).to_be_visible()
    assert rule(unit, "Stranger")["rule"]["conditions"] == [expression]


def test_a_rule_says_why(rules: Page, unit: Unit) -> None:
    """Each condition with met or not met; and it follows what happens."""
    held = {"topic": VIRTUAL_INPUT, "content": content({"port": "9", "active": "1"})}
    other = {"topic": MANUAL_TRIGGER, "content": content({"state": "1"}), "invert": True}
    put_rule(unit, "Doubtful", held, other)
    rules.get_by_role("button", name="Why? Doubtful").click()
    why = rules.get_by_role("region", name="Why? Doubtful")
    expect(why).to_contain_text("it needs that virtual input 9 is active")
    expect(why).to_contain_text("Not met: Virtual input 9 is active")
    expect(why).to_contain_text("Met: The manual trigger is not active")
    virtual_input(unit, 9, "activate")
    try:
        expect(why).to_contain_text("Everything is met: the rule is active.")
        expect(why).to_contain_text("Now: Virtual input 9 is active")
    finally:
        virtual_input(unit, 9, "deactivate")
    expect(why.get_by_text("Ended")).to_be_visible()


def test_a_rule_is_tried_before_it_is_trusted(rules: Page, unit: Unit) -> None:
    """A dry run with something assumed is drawn as a timeline, and nothing is done."""
    put_rule(unit, "Tried", {"topic": INPUT, "content": content({"port": "0", "state": "1"})})
    choose(rules, "Tried", "Edit rule")
    region = rules.get_by_role("region", name="Try it")
    region.get_by_role("button", name="Run").click()
    expect(region.get_by_text("Nothing would happen in that time.")).to_be_visible()
    region.get_by_role("button", name="Assume that something happens").click()
    region.get_by_label("Assume that").select_option(label="Digital input port")
    region.get_by_label("Port", exact=True).select_option(label="Port 1")
    region.get_by_role("button", name="Run").click()
    expect(region.get_by_role("img", name="What would happen")).to_contain_text("Tried")
    region.get_by_text("would happen", exact=False).last.click()
    expect(region.get_by_text("Tried: activated")).to_be_visible()
    assert not rule(unit, "Tried")["active"]


def test_a_changed_rule_shows_what_the_last_day_would_have_been(rules: Page, unit: Unit) -> None:
    """The record is run against the rule as it is edited; the difference is told and drawn."""
    put_rule(
        unit,
        "Replayed",
        {"topic": VIRTUAL_INPUT, "content": content({"port": "11", "active": "1"})},
    )
    virtual_input(unit, 12, "activate")
    virtual_input(unit, 12, "deactivate")
    choose(rules, "Replayed", "Edit rule")
    rules.get_by_label("Port number").select_option(label="12")
    region = rules.get_by_role("region", name="What would it have done?")
    region.get_by_role("button", name="Show").click()
    expect(region).to_contain_text(
        re.compile("It acted never; with your change it would have acted")
    )
    expect(region.get_by_role("img")).to_contain_text("As it is here")


@pytest.mark.covers("M-EVT-01", part="the page")
def test_a_rule_is_found_among_many(rules: Page, unit: Unit) -> None:
    """By its name, or by what it waits for; the page says how many there can be."""
    count = len(listed(unit, "rules"))
    for number in range(1, 10 - count + 1):
        held = {"topic": VIRTUAL_INPUT, "content": content({"port": str(number), "active": "1"})}
        put_rule(unit, f"Many {number}", held)
    expect(rules.get_by_text("10 of 256 rules")).to_be_visible()
    entries = rules.get_by_role("list", name="Rules", exact=True).get_by_role("listitem")
    rules.get_by_role("searchbox").fill("virtual input 2")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("Many 2")
    rules.get_by_role("searchbox").fill("no such rule")
    expect(rules.get_by_text("No rule fits.")).to_be_visible()


def test_a_rule_is_deleted_with_its_action(rules: Page, unit: Unit) -> None:
    """The action was made for it, and nothing else uses it."""
    with unit.admin() as admin:
        before = admin.get("/api/actions").json()
        put_rule(unit, "Short", {"topic": MANUAL_TRIGGER, "content": content({"state": "1"})})
        choose(rules, "Short", "Delete rule")
        rules.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
        expect(row(rules, "Rules", "Short")).to_have_count(0)
        assert admin.get("/api/actions").json() == before


def test_operators_read_and_viewers_have_only_the_trigger(page: Page, unit: Unit) -> None:
    """Who may not change a rule sees no way to."""
    with unit.admin() as admin:
        for user, groups in (("olga", "operator:viewer:ptz"), ("vito", "viewer")):
            account = {"action": "add", "user": user, "pwd": "a word", "grp": "users"}
            admin.post("/axis-cgi/pwdgrp.cgi", data={**account, "sgrp": groups})
    try:
        sign_in(page, unit, "olga", "a word")
        open_rules(page, unit)
        expect(page.get_by_text("Only administrators can change rules.")).to_be_visible()
        expect(page.get_by_role("button", name="Add a rule")).to_have_count(0)
        page.context.clear_cookies()
        page.reload()
        sign_in(page, unit, "vito", "a word")
        expect(page.get_by_role("link", name="Rules", exact=True)).to_have_count(0)
        open_page(page, unit, "/system/events/manual-triggers", "Manual triggers")
        expect(page.get_by_role("button", name="Trigger", exact=True)).to_be_enabled()
    finally:
        with unit.admin() as admin:
            for user in ("olga", "vito"):
                admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": user})


@pytest.mark.covers("M-HOW-04", part="the recipient and the rule on the device that tells")
def test_a_device_that_notices_something_lets_a_speaker_play(rules: Page, unit: Unit) -> None:
    """The manual's recipe: a clip's link as HTTP recipient, and a rule that notifies it; both ends are this unit."""
    open_page(rules, unit, "/system/events/recipients", "Recipients")
    rules.get_by_role("button", name="Add a recipient").click()
    dialog = rules.get_by_role("dialog", name="Add a recipient")
    dialog.get_by_label("Name", exact=True).fill("Speaker")
    dialog.get_by_label("Type", exact=True).select_option(label="HTTP")
    link = f"{unit.http_url}/axis-cgi/playclip.cgi?location=alarm.mp3&repeat=3&volume=50"
    dialog.get_by_label("URL", exact=True).fill(link)
    dialog.get_by_label("Username (optional)", exact=True).fill("root")
    dialog.get_by_label("Password (optional)", exact=True).fill(ROOT_PASSWORD)
    dialog.get_by_role("button", name="Save").click()
    expect(row(rules, "Recipients", "Speaker")).to_be_visible()

    open_rules(rules, unit)
    rules.get_by_role("button", name="Add a rule").click()
    rules.get_by_label("Name", exact=True).fill("Play clip")
    rules.get_by_label("Condition", exact=True).select_option(label="Virtual input")
    rules.get_by_label("Port number").select_option(label="17")
    rules.get_by_label("Action", exact=True).select_option(label="Send notification through HTTP")
    rules.get_by_label("Recipient", exact=True).select_option(label="Speaker")
    rules.get_by_role("button", name="Add rule").click()
    expect(row(rules, "Rules", "Play clip")).to_contain_text(
        "Send notification through HTTP to “Speaker”"
    )
    virtual_input(unit, 17, "activate")
    try:
        with unit.admin() as admin:
            until("the clip plays", lambda: admin.get("/api/playing").json())
    finally:
        virtual_input(unit, 17, "deactivate")
