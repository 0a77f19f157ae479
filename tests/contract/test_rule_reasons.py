"""Why a rule acted or did not, what it would do, and what another would have done: over the unit's own API."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests import rules
from tests.suite import Unit, until

STOP = "com.axis.action.fixed.stop.audioclip"
PORT = "tns1:Device/tnsaxis:IO/Port"
INTERVAL = "tns1:UserAlarm/tnsaxis:Recurring/Interval"
EIGHT = """DTSTART:20240101T080000
DTEND:20240101T090000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"""


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """A client of the unit whose virtual inputs are at rest."""
    with unit.admin() as client:
        yield client
        for number in (1, 2):
            rules.virtual(client, number, on=False)


@pytest.fixture
def mornings(admin: httpx.Client) -> Iterator[str]:
    """A schedule from eight to nine on working days; its id."""
    answer = admin.post("/api/schedules", json={"name": "Mornings", "icalendar": EIGHT})
    assert answer.status_code == 201, answer.text
    id_ = str(answer.json()["id"])
    yield id_
    assert admin.delete("/api/schedules", params={"id": id_}).status_code == 200


def test_it_is_explained_which_condition_holds_and_since_when(admin: httpx.Client) -> None:
    """Each by itself, with the state that decides."""
    conditions = [rules.active(1), rules.active(2, invert=True)]
    with rules.stored(admin, "Why", STOP, {}, conditions=conditions) as rule:
        before = time.time()
        rules.virtual(admin, 1, on=True)
        until("the rule is active", lambda: rules.is_active(admin, rule))
        first, second = rules.explained(admin, rule)["reasons"]
        assert (first["met"], second["met"]) == (True, True)
        assert before <= first["since"] <= time.time()
        assert second["since"] <= first["since"]
        [state] = second["states"]
        assert (state["source"], state["data"]) == ({"port": "2"}, {"active": "0"})
        rules.virtual(admin, 2, on=True)
        until("it is not", lambda: not rules.is_active(admin, rule))
        explained = rules.explained(admin, rule)
        assert [reason["met"] for reason in explained["reasons"]] == [True, False]


def monday(unit: Unit, admin: httpx.Client, hour: int, minute: int) -> float:
    """Return a time of next Monday by the unit's clock, in seconds since 1970."""
    answer = admin.get("/axis-cgi/param.cgi?action=list&group=Time.POSIXTimeZone").text
    assert "GMT0" in answer or "UTC0" in answer, answer
    today = datetime.now(UTC)
    day = today + timedelta(days=(7 - today.weekday()) % 7 or 7)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp()


def fired(answer: httpx.Response, rule: int) -> list[tuple[str, float]]:
    """Return what becomes of a rule in a dry run, and when."""
    assert answer.status_code == 200, answer.text
    return [
        (one["outcome"], one["time"]) for one in answer.json()["evaluations"] if one["rule"] == rule
    ]


def test_it_is_tried_what_fires_on_monday_morning(
    unit: Unit, admin: httpx.Client, mornings: str
) -> None:
    """With the port closed it fires at eight, without it never, and nothing is done in earnest."""
    conditions = [
        rules.condition(INTERVAL, id=mornings, active="1"),
        rules.condition(PORT, port="0", state="1"),
    ]
    with rules.stored(admin, "Open up", STOP, {}, conditions=conditions) as rule:
        start, eight, end = (
            monday(unit, admin, hour, minute) for hour, minute in ((7, 50), (8, 0), (8, 10))
        )
        closed = {"topic": PORT, "source": {"port": "0"}, "data": {"state": "1"}}
        asked = {"start": start, "end": end, "states": [closed]}
        assert fired(admin.post("/api/rules/dry-run", json=asked), rule) == [("activated", eight)]
        opened = {**closed, "data": {"state": "0"}}
        asked = {**asked, "events": [[eight + 60, opened]]}
        assert fired(admin.post("/api/rules/dry-run", json=asked), rule) == [
            ("activated", eight),
            ("ended", eight + 60),
        ]
        asked = {"start": start, "end": end}
        assert fired(admin.post("/api/rules/dry-run", json=asked), rule) == []
        assert rules.outcomes(admin, rule) == []


def test_a_changed_rule_is_run_against_the_record(admin: httpx.Client) -> None:
    """The answer tells both what was and what would have been."""

    def reaches_back() -> bool:
        now = {"start": time.time(), "end": time.time(), "rules": []}
        return bool(admin.post("/api/rules/replay", json=now).json()["complete"])

    until("all states of the started unit are on record", reaches_back)
    start = time.time()
    with rules.stored(admin, "Was", STOP, {}, trigger=rules.active(1)) as rule:
        for number in (1, 2, 2):
            rules.virtual(admin, number, on=True, duration=0)
        rules.until_outcomes(admin, rule, ["activated"])
        stored = [one["rule"] for one in admin.get("/api/rules").json()]
        changed = [
            {**one, "trigger": rules.active(2)} if one["id"] == rule else one for one in stored
        ]
        asked = {"start": start, "end": time.time(), "rules": changed}
        answer = admin.post("/api/rules/replay", json=asked)
        assert answer.status_code == 200, answer.text
        replayed = answer.json()

    def count(side: str) -> int:
        return sum(one["rule"] == rule and one["outcome"] == "activated" for one in replayed[side])

    assert (count("stored"), count("changed")) == (1, 2)
    assert replayed["complete"] is True


@pytest.mark.parametrize("part", ["events"])
def test_the_record_outlasts_a_stop_of_its_daemon(
    unit: Unit, admin: httpx.Client, part: str
) -> None:
    """What was read once is still there after the next process has begun."""
    with rules.stored(admin, "Record me", STOP, {}, trigger=rules.active(1)) as rule:
        rules.virtual(admin, 1, on=True, duration=0)
        rules.until_outcomes(admin, rule, ["activated"])
        before = unit.processes()[part]
        unit.kill(part)
        until("another process", lambda: unit.processes().get(part, before) != before)

        def found() -> bool:
            answer = admin.get("/api/events/record?text=Record me&kinds=evaluation")
            return answer.status_code == 200 and bool(answer.json())

        until("it is on record", found)
        [entry] = rules.records(admin, text="Record me", kinds=["evaluation"])
        assert entry["evaluation"]["rule"] == rule


@pytest.mark.parametrize(
    "sent",
    [
        {"rule": {"name": "x", "action": 1, "conditions": [{"topic": "x" * 10_000_000}]}},
        {"rule": {"name": "x" * 1000, "action": 1, "conditions": [rules.active(1)]}},
        {"rule": {"name": "x", "action": 1, "conditions": [rules.active(1)] * 1000}},
        {"rule": {"name": "x", "action": 1, "conditions": [rules.active(1)], "wait_s": -1}},
        {"rule": {"name": "x", "action": 1, "conditions": [rules.active(1)], "wait_s": 1e300}},
        {"rule": {"name": "x", "action": 10**30, "conditions": [rules.active(1)]}},
        {"rule": {"name": "\0", "action": 1, "conditions": [rules.active(1)]}},
        {
            "rule": {
                "name": "x",
                "action": 1,
                "conditions": [{"topic": "tns1:a", "content": "(" * 999}],
            }
        },
        {"rule": {"name": "x", "action": 1, "conditions": "x"}},
        {"rule": None},
        [],
    ],
    ids=lambda sent: str(sent)[:60],
)
def test_a_rule_that_is_none_is_refused_and_changes_nothing(admin: httpx.Client, sent: Any) -> None:
    """Too long, too deep, too many, out of range: with a reason."""
    before = admin.get("/api/rules").json()
    answer = admin.post("/api/rules", json=sent)
    assert answer.status_code in (400, 404, 409, 413), answer.text
    assert answer.status_code == 413 or answer.json()["error"]["message"]
    assert admin.get("/api/rules").json() == before


@pytest.mark.covers("M-RCP-24")
def test_a_schedule_and_a_pulse_are_conditions(admin: httpx.Client, mornings: str) -> None:
    """A pulse every second starts a rule; a schedule that a rule names cannot be removed."""
    every_second = "DTSTART:20240101T000000\nRRULE:FREQ=SECONDLY"
    answer = admin.post("/api/schedules", json={"name": "Ticks", "icalendar": every_second})
    ticks = str(answer.json()["id"])
    try:
        trigger = rules.condition("tns1:UserAlarm/tnsaxis:Recurring/Pulse", id=ticks)
        conditions = [rules.condition(INTERVAL, id=mornings, active="1", invert=True)]
        with (
            rules.stored(admin, "Tick", STOP, {}, trigger=trigger) as tick,
            rules.stored(admin, "Not in the morning", STOP, {}, conditions=conditions) as not_then,
        ):
            until("it ticks", lambda: rules.outcomes(admin, tick).count("activated") >= 2)
            refused = admin.delete("/api/schedules", params={"id": mornings})
            assert refused.status_code == 409
            assert "Not in the morning" in refused.json()["error"]["message"]
            assert rules.explained(admin, not_then)["reasons"][0]["states"]
    finally:
        assert admin.delete("/api/schedules", params={"id": ticks}).status_code == 200
