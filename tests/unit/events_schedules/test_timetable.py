"""The schedules at work, under clocks that jump."""

import asyncio
from datetime import UTC, datetime

import pytest

from common.clock import ManualClock
from common.rules import Schedule
from common.topics import Event
from daemons.events.schedules.factory import FACTORY
from daemons.events.schedules.local_time import posix_zone
from daemons.events.schedules.timetable import LOOK_INTERVAL_S, Standing, Timetable
from daemons.events.topics import SCHEDULE_INTERVAL, SCHEDULE_PULSE

ALARM = Schedule("Alarm", "DTSTART:20260101T060000 RRULE:FREQ=DAILY", "alarm")
MINUTES = Schedule("Minutes", "DTSTART:20260101T000000 RRULE:FREQ=MINUTELY", "minutes")
NOON = Schedule("Noon", "DTSTART:20260101T120000 DTEND:20260101T130000 RRULE:FREQ=DAILY", "noon")


def at(text: str) -> float:
    """Return a moment in UTC of 2026-06-01, or of another day."""
    day = "" if "-" in text else "2026-06-01T"
    return datetime.fromisoformat(f"{day}{text}").replace(tzinfo=UTC).timestamp()


class Desk:
    """A timetable under a clock that somebody sets."""

    def __init__(self, start: str, *schedules: Schedule, until: str | None = None) -> None:
        self.clock = ManualClock(at(start))
        self.told: list[str] = []
        self.others = 0
        self.remembered: list[float] = []
        self.table = Timetable(
            self.clock,
            UTC,
            self._tell,
            other_states=self._count,
            pulses_until=None if until is None else at(until),
            remember=self.remembered.append,
        )
        self.table.set(schedules)
        self.table.look()

    def _count(self) -> None:
        self.others += 1

    def _tell(self, event: Event, when: float) -> None:
        mark = {SCHEDULE_PULSE.name: "!"}.get(event.topic) or "-+"[int(event.data["active"])]
        time = datetime.fromtimestamp(when, UTC).strftime("%H:%M:%S")
        self.told.append(f"{time} {mark}{event.source['id']}")

    def set_clock(self, text: str) -> list[str]:
        """Set the clock, as somebody does, and look; returns what is told."""
        self.clock.advance(at(text) - self.clock.time())
        return self.go(0.0)

    def go(self, seconds: float) -> list[str]:
        """Let time pass, looking as often as the timetable wants; returns what is told."""
        self.told = []
        end = self.clock.time() + seconds
        while True:
            wait_s = self.table.look()
            if self.clock.time() >= end:
                return self.told
            self.clock.advance(min(max(wait_s, 0.001), end - self.clock.time()))


@pytest.mark.covers("M-RCP-24", part="schedules and pulses happen")
@pytest.mark.covers("M-EVT-10", part="schedule/pulse")
def test_intervals_and_pulses_come_when_they_are_due() -> None:
    """Each once, at its time."""
    desk = Desk("05:59:58", ALARM, NOON)
    assert [event.data for event in desk.table.events()] == [{"active": "0"}]
    assert desk.go(5) == ["06:00:00 !alarm"]
    desk.set_clock("11:59:58")
    assert desk.go(3) == ["12:00:00 +noon"]
    assert [event.data for event in desk.table.events()] == [{"active": "1"}]
    desk.set_clock("12:59:58")
    assert desk.go(3) == ["13:00:00 -noon"]


def test_a_look_that_comes_late_misses_nothing() -> None:
    """A busy unit: everything of the last minute comes, in order, with its own time."""
    seconds = Schedule(
        "S", "DTSTART:20260601T120000 DTEND:20260601T120001 RRULE:FREQ=SECONDLY;INTERVAL=2", "s"
    )
    desk = Desk("11:59:59.5", MINUTES, seconds)
    desk.clock.advance(4)
    assert desk.go(0) == [
        *("12:00:00 +s", "12:00:01 -s", "12:00:02 +s", "12:00:03 -s"),
        "12:00:00 !minutes",
    ]


@pytest.mark.parametrize(
    ("jump", "told"),
    [
        ("06:59", ["06:59:00 !alarm", "06:59:00 !minutes"]),  # one each, and no storm
        ("08:58", ["08:58:00 !alarm", "08:58:00 !minutes"]),
        ("09:02", ["09:02:00 +nine"]),  # a correction: nothing is made up for
        ("2036-06-01T07:00", []),
        ("2036-06-01T09:30", ["09:30:00 +nine"]),
    ],
)
def test_a_clock_that_jumps_forward(jump: str, told: list[str]) -> None:
    """By up to three hours a pulse is made up for, by more it is not; an interval is as the new time says."""
    text = "DTSTART:20260101T090000 DTEND:20260101T100000 RRULE:FREQ=DAILY"
    nine = Schedule("Nine", text, "nine")
    desk = Desk("05:59:30", ALARM, MINUTES, nine)
    assert desk.set_clock(jump) == told
    assert desk.go(30) == []


def test_a_clock_that_is_put_back() -> None:
    """What has come does not come again; every minute goes on; intervals are as the new time says."""
    desk = Desk("05:59:30", ALARM, MINUTES, NOON)
    assert desk.go(45) == ["06:00:00 !alarm", "06:00:00 !minutes"]
    assert desk.set_clock("05:59:45") == []
    assert desk.go(70) == []  # the minute of 06:00 has come
    assert desk.go(10) == ["06:01:00 !minutes"]
    assert desk.set_clock("05:30") == []
    assert [each for each in desk.go(3600) if "alarm" in each] == []
    assert len([each for each in desk.go(300) if "minutes" in each]) == 5
    desk.set_clock("12:30")
    assert [event.data["active"] for event in desk.table.events()] == ["1"]
    assert "05:00:00 -noon" in desk.set_clock("05:00")
    assert "06:00:00 !alarm" in desk.go(3700)  # more than three hours: another time


def test_a_unit_that_starts_in_1970_makes_up_for_nothing() -> None:
    """The clock is put right by half a century."""
    desk = Desk("1970-01-01T00:00:30", ALARM, MINUTES, NOON, *FACTORY)
    assert desk.set_clock("2026-06-01T12:30:10") == [
        "12:30:10 +noon",
        "12:30:10 +com.axis.schedules.office_hours",
        "12:30:10 +com.axis.schedules.weekdays",
    ]


def test_a_killed_daemon_loses_no_pulse_and_repeats_none() -> None:
    """By what it has noted before it told them."""
    assert Desk("06:00:01", ALARM, until="05:59:59").told == ["06:00:00 !alarm"]
    assert Desk("06:00:01", ALARM, until="06:00:00").told == []
    assert Desk("06:00:01", ALARM).told == []
    desk = Desk("05:59:59", ALARM)
    desk.go(2)
    assert desk.remembered[-1] >= at("06:00:00")


def test_a_zone_that_is_known_late_loses_no_pulse() -> None:
    """The schedules are read first, the parameters a moment later, and then it begins."""
    clock = ManualClock(at("05:00:01"))
    told: list[float] = []
    table = Timetable(
        clock,
        UTC,
        lambda _event, when: told.append(when),
        other_states=lambda: None,
        pulses_until=at("04:59:59"),
    )
    table.set([ALARM])
    table.set([ALARM], posix_zone("CET-1"))
    table.look()
    assert told == [at("05:00:00")]
    clock.advance(1)
    table.set([ALARM], posix_zone("CET-1CEST"))
    table.look()
    assert told == [at("05:00:00")]


def test_an_end_that_is_years_ahead_comes() -> None:
    """Farther than is looked at once: every day, for five years."""
    text = "DTSTART:20260101T000000 DTEND:20260102T000000 RRULE:FREQ=DAILY;UNTIL=20301231"
    desk = Desk("12:00:00", Schedule("Years", text, "years"))
    standing = desk.table.standing("years")
    assert standing == Standing(False, True, None)
    told = []
    while desk.clock.time() < at("2031-01-02T00:00"):
        desk.clock.advance(30 * 86_400)
        desk.told = []
        desk.table.look()
        told += desk.told
    assert [each.rpartition(" ")[2] for each in told] == ["-years"]


def test_changed_schedules_take_effect_and_the_others_go_on() -> None:
    """A new one missed nothing; one that is gone has no state."""
    desk = Desk("06:00:30", MINUTES, NOON)
    assert desk.others == 1
    desk.table.set([MINUTES, NOON])
    assert desk.others == 1
    late = Schedule("Late", "DTSTART:20260101T060020 RRULE:FREQ=DAILY", "late")
    desk.table.set([MINUTES, late])
    assert desk.others == 2
    assert desk.table.events() == []
    assert desk.go(31) == ["06:01:00 !minutes"]
    assert desk.table.standing("noon") is None
    assert desk.table.standing("late") == Standing(True, False, at("2026-06-02T06:00:20"))
    assert desk.table.names() == {
        SCHEDULE_INTERVAL.name: {},
        SCHEDULE_PULSE.name: {"minutes": "Minutes", "late": "Late"},
    }
    desk.table.set([late], posix_zone("CET-1"))
    assert desk.table.standing("late") == Standing(True, False, at("2026-06-02T05:00:20"))


def test_what_cannot_be_read_is_left_out() -> None:
    """As it may be after an update; the others run."""
    desk = Desk("06:00:30", Schedule("Bad", "DTSTART:x", "bad"), NOON)
    assert [event.source["id"] for event in desk.table.events()] == ["noon"]


def test_what_will_happen_is_known_without_waiting() -> None:
    """For a dry run: the states at the start, and all changes in order."""
    table = Desk("06:00:30", ALARM, NOON).table
    assert [event.data["active"] for event in table.states_at(at("12:30"))] == ["1"]
    found = [
        (datetime.fromtimestamp(time, UTC).strftime("%d %H:%M"), event.source["id"])
        for time, event in table.between(at("12:30"), at("2026-06-02T12:00"))
    ]
    assert found == [("01 13:00", "noon"), ("02 06:00", "alarm"), ("02 12:00", "noon")]


async def test_it_runs_by_itself_and_is_woken_by_a_change() -> None:
    """One task."""
    desk = Desk("05:00:00", NOON)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(desk.table.run(), name="timetable")
        await asyncio.sleep(0)
        desk.clock.advance(at("12:00:01") - desk.clock.time())
        desk.table.set([NOON, ALARM])
        while not desk.told:
            await asyncio.sleep(LOOK_INTERVAL_S / 100)
        assert desk.told == ["12:00:00 +noon"]
        running.cancel()
