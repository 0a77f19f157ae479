"""Schedules and pulses as conditions, on the whole unit (M-RCP-24)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests import rules
from tests.heard import sweep
from tests.playing import clips, is_silent, parameters, quiet_unit, wait_until_played
from tests.suite import Unit, until

ONCE = "com.axis.action.fixed.play.audioclip"
STOP = "com.axis.action.fixed.stop.audioclip"
INTERVAL = "tns1:UserAlarm/tnsaxis:Recurring/Interval"
PULSE = "tns1:UserAlarm/tnsaxis:Recurring/Pulse"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """A client of a quiet unit."""
    with quiet_unit(unit) as client:
        yield client


@contextmanager
def schedule(admin: httpx.Client, name: str, icalendar: str) -> Iterator[str]:
    """Have a schedule for as long as the block runs; yields its id."""
    answer = admin.post("/api/schedules", json={"name": name, "icalendar": icalendar})
    assert answer.status_code == 201, answer.text
    id_ = str(answer.json()["id"])
    try:
        yield id_
    finally:
        assert admin.delete("/api/schedules", params={"id": id_}).status_code == 200


def soon(begin_s: float, end_s: float) -> str:
    """Return a schedule that begins and ends in so many seconds; the unit's zone is UTC from the factory."""
    now = datetime.now(UTC)
    begin, end = (f"{now + timedelta(seconds=each):%Y%m%dT%H%M%S}" for each in (begin_s, end_s))
    return f"DTSTART:{begin} DTEND:{end} RRULE:FREQ=DAILY"


@pytest.mark.covers("M-RCP-24", "M-HOW-03", part="a clip on schedule")
@pytest.mark.covers("M-EVT-10", part="schedule/pulse")
def test_a_schedule_plays_a_clip(unit: Unit, admin: httpx.Client) -> None:
    """From the text of a schedule to the loudspeaker."""
    with clips(admin, bell=sweep(1.0)) as numbers, schedule(admin, "Lunch", soon(4, 7)) as id_:
        sound = {"location": f"%2Fetc%2Faudioclips%2FMediaClip.M{numbers['bell']}.wav"}
        condition = rules.condition(INTERVAL, id=id_, active="1")
        with rules.stored(admin, "Lunch", ONCE, sound, conditions=[condition]) as rule:
            (found,) = [
                each for each in admin.get("/api/schedules").json() if each["schedule"]["id"] == id_
            ]
            assert not found["pulse"]
            refused = admin.delete("/api/schedules", params={"id": id_})
            assert refused.status_code == 409, refused.text
            until("the clip plays", lambda: not is_silent(admin))
            wait_until_played(unit, admin)
            rules.until_outcomes(admin, rule, ["activated", "ended"])


@pytest.mark.covers("M-RCP-24", "M-EVT-10", part="pulse")
def test_a_pulse_starts_a_rule_each_time(unit: Unit, admin: httpx.Client) -> None:
    """As the reference's clients write it."""
    text = "DTSTART:19700101T060000\r\nRRULE:FREQ=SECONDLY;INTERVAL=2"
    with clips(admin, bell=sweep(0.2)) as numbers, schedule(admin, "Bell", text) as id_:
        sound = {"location": f"%2Fetc%2Faudioclips%2FMediaClip.M{numbers['bell']}.wav"}
        pulse = rules.condition(PULSE, id=id_)
        with rules.stored(admin, "Bell", ONCE, sound, trigger=pulse) as rule:
            until("three pulses", lambda: rules.outcomes(admin, rule).count("activated") >= 3)


@pytest.mark.parametrize(("zone", "fired"), [("UTC0", ["activated"]), ("XYZ-6", [])])
def test_a_daemon_that_starts_anew_fires_no_rule_by_its_schedule(
    unit: Unit, admin: httpx.Client, zone: str, fired: list[str]
) -> None:
    """Not once more while it goes on, and not by the time of another zone than the unit's."""
    with (
        parameters(admin, {"Time.POSIXTimeZone": zone}),
        schedule(admin, "Now", soon(-3600, 3600)) as id_,
        rules.stored(
            admin, "Now", STOP, {}, conditions=[rules.condition(INTERVAL, id=id_, active="1")]
        ) as rule,
    ):
        rules.until_outcomes(admin, rule, fired)
        before = unit.processes()["events"]
        unit.kill("events")
        until("another process", lambda: unit.processes().get("events", before) != before)
        until("the rules answer", lambda: admin.get("/api/rules").status_code == 200)
        assert rules.is_active(admin, rule) == bool(fired)
        assert rules.outcomes(admin, rule) == fired
