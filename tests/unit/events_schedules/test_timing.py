"""When schedules hold: DST, exceptions, and what hostile texts cost."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.errors import InvalidValue
from daemons.events.schedules.local_time import LocalTime, posix_zone
from daemons.events.schedules.timing import Timing

POSIX = "CET-1CEST,M3.5.0,M10.5.0/3"
ZONE = posix_zone(POSIX)


def at(text: str) -> float:
    """Return a moment of local time; `+` at the end is the second one of an hour that comes twice."""
    return (
        datetime.fromisoformat(text.rstrip("+"))
        .replace(tzinfo=ZONE, fold=int(text.endswith("+")))
        .timestamp()
    )


def shown(moment: float) -> str:
    """Return local time with its offset, short."""
    return datetime.fromtimestamp(moment, ZONE).strftime("%d %H:%M %z")


def told(text: str, after: str, count: int = 4) -> list[str]:
    """Return what a schedule does next: `+` begins, `-` ends, `!` is a pulse."""
    marks = {True: "+", False: "-", None: "!"}
    changes = itertools.islice(Timing.of(text, ZONE).changes(at(after), None), count)
    return [f"{marks[change.active]}{shown(change.time)}" for change in changes]


@pytest.mark.covers("M-RCP-24", part="schedule")
def test_an_interval_begins_and_ends() -> None:
    """It holds from its begin on, and no longer at its end."""
    lunch = Timing.of(
        "DTSTART:20260105T1200 DTEND:20260105T1300 RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", ZONE
    )
    for moment, active in (("11:59:59", 0), ("12:00:00", 1), ("12:59:59", 1), ("13:00:00", 0)):
        assert lunch.active(at(f"2026-06-01T{moment}")) == active
    assert not lunch.active(at("2026-06-06T12:30"))
    assert not lunch.active(at("2025-06-02T12:30"))
    change = lunch.next_change(at("2026-06-05T12:30"))
    assert change is not None
    assert (change.time, change.active) == (at("2026-06-05T13:00"), False)
    change = lunch.next_change(change.time)
    assert change is not None
    assert (change.time, change.active) == (at("2026-06-08T12:00"), True)


@pytest.mark.covers("M-RCP-24", part="pulse")
def test_a_pulse_has_no_length() -> None:
    """Each VAPIX form of a recurrence."""
    for rule, expected in {
        "YEARLY;BYMONTH=1,6": ["!05 06:00 +0200", "!05 06:00 +0100"],
        "MONTHLY;BYDAY=1MO,-1FR,0SU": ["!03 06:00 +0200", "!04 06:00 +0200"],
        "WEEKLY;BYDAY=MO;INTERVAL=2": ["!11 06:00 +0200", "!25 06:00 +0200"],
        "DAILY;INTERVAL=3": ["!02 06:00 +0200", "!05 06:00 +0200"],
        "HOURLY;INTERVAL=5": ["!01 17:00 +0200", "!01 22:00 +0200"],
        "MINUTELY;INTERVAL=7": ["!01 12:05 +0200", "!01 12:12 +0200"],
        "SECONDLY;INTERVAL=86400": ["!02 06:00 +0200", "!03 06:00 +0200"],
    }.items():
        text = f"DTSTART:20260105T060000 RRULE:FREQ={rule}"
        assert not Timing.of(text, ZONE).active(at("2026-05-05T06:00"))
        assert told(text, "2026-05-01T12:00", 2) == expected, rule


DAILY_AT_HALF_PAST_TWO = "DTSTART:20260101T023000 RRULE:FREQ=DAILY"


def test_the_day_on_which_the_clock_is_put_forward() -> None:
    """A time that does not exist comes when the clock has passed it, and only once."""
    day = ["!28 02:30 +0100", "!29 03:00 +0200", "!30 02:30 +0200"]
    assert told(DAILY_AT_HALF_PAST_TWO, "2026-03-28T00:00", 3) == day
    twice = f"{DAILY_AT_HALF_PAST_TWO};BYMINUTE=10,30"
    assert told(twice, "2026-03-28T12:00", 2) == ["!29 03:00 +0200", "!30 02:10 +0200"]
    night = "DTSTART:20260101T220000 DTEND:20260102T060000 RRULE:FREQ=DAILY"
    assert told(night, "2026-03-28T12:00", 2) == ["+28 22:00 +0100", "-29 06:00 +0200"]
    within = "DTSTART:20260101T021000 DTEND:20260101T025000 RRULE:FREQ=DAILY"
    assert told(within, "2026-03-28T12:00", 1) == ["+30 02:10 +0200"]
    hourly = "DTSTART:20260101T003000 DTEND:20260101T004500 RRULE:FREQ=HOURLY"
    assert told(hourly, "2026-03-29T01:00") == [
        *("+29 01:30 +0100", "-29 01:45 +0100"),
        *("+29 03:30 +0200", "-29 03:45 +0200"),
    ]


def test_the_day_on_which_the_clock_is_put_back() -> None:
    """A time of the day comes once, the first time; every hour comes every hour."""
    day = ["!24 02:30 +0200", "!25 02:30 +0200", "!26 02:30 +0100"]
    assert told(DAILY_AT_HALF_PAST_TWO, "2026-10-24T00:00", 3) == day
    hours = told("DTSTART:20260101T003000 RRULE:FREQ=HOURLY", "2026-10-25T01:00")
    assert hours == ["!25 01:30 +0200", "!25 02:30 +0200", "!25 02:30 +0100", "!25 03:30 +0100"]
    half = Timing.of("DTSTART:20260101T021000 DTEND:20260101T025000 RRULE:FREQ=DAILY", ZONE)
    assert half.active(at("2026-10-25T02:30"))
    assert not half.active(at("2026-10-25T02:30+"))
    over = "DTSTART:20260101T010000 DTEND:20260101T040000 RRULE:FREQ=DAILY"
    assert told(over, "2026-10-25T00:00", 2) == ["+25 01:00 +0200", "-25 04:00 +0100"]


def test_holidays_are_left_out_and_extra_days_added() -> None:
    """EXDATE as a time and as a day, RDATE."""
    text = (
        "DTSTART:20261201T080000 DTEND:20261201T090000 RRULE:FREQ=DAILY;UNTIL=20261228\n"
        "EXDATE;VALUE=DATE:20261224,20261225,20261226 EXDATE:20261227T080000 RDATE:20261231T1000"
    )
    begins = [each for each in told(text, "2026-12-23T00:00", 9) if each.startswith("+")]
    assert begins == ["+23 08:00 +0100", "+28 08:00 +0100", "+31 10:00 +0100"]


def test_what_touches_is_one_interval() -> None:
    """Five whole days are a working week, and every day for a whole day has no end."""
    week = "DTSTART:20260105T000000 DTEND:20260106T000000 RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    assert told(week, "2026-06-03T12:00", 2) == ["-06 00:00 +0200", "+08 00:00 +0200"]
    always = Timing.of("DTSTART:20260105T000000 DTEND:20260106T000000 RRULE:FREQ=DAILY", ZONE)
    assert always.active(at("2026-06-03T12:00"))
    assert always.next_change(at("2026-06-03T12:00")) is None


def test_once_is_once_and_a_count_is_counted() -> None:
    """Without RRULE; with COUNT, from DTSTART on."""
    assert told("DTSTART:20260601T1000 DTEND:20260603T1000", "2026-06-02T00:00") == [
        "-03 10:00 +0200"
    ]
    assert told("DTSTART:20260601T1000 RRULE:FREQ=DAILY;COUNT=3", "2026-06-02T12:00") == [
        "!03 10:00 +0200"
    ]


def test_a_zone_is_what_posix_says() -> None:
    """The same as the zone's own rules, without daylight saving time if that is off, or an error."""
    own = ZoneInfo("Europe/Stockholm")
    for hour in range(0, 24 * 365, 5):
        moment = at("2026-01-01T00:00") + hour * 3600
        assert LocalTime(ZONE).offset(moment) == LocalTime(own).offset(moment)
    winter = LocalTime(posix_zone(POSIX, daylight_saving=False))
    assert winter.offset(at("2026-07-01T00:00")) == timedelta(hours=1)
    assert LocalTime(posix_zone("UTC0")).offset(0.0) == timedelta()
    assert LocalTime(posix_zone("<+0545>-5:45")).offset(0.0) == timedelta(hours=5, minutes=45)
    without_rule = LocalTime(posix_zone("EST5EDT"))
    assert without_rule.offset(at("2026-07-01T00:00")) == timedelta(hours=-4)
    for wrong in (
        "",
        "Europe/Stockholm",
        "CET",
        "CET-1CEST,nonsense",
        "CET-1,M3.5.0,M10.5.0",
        "CET-99",
        "é",
    ):
        with pytest.raises(InvalidValue):
            posix_zone(wrong)
    with pytest.raises(InvalidValue):
        LocalTime(ZONE).wall(1e12)


RULES = st.builds(
    ";".join,
    st.tuples(
        st.sampled_from(
            [
                "FREQ=YEARLY",
                "FREQ=MONTHLY",
                "FREQ=WEEKLY",
                "FREQ=DAILY",
                "FREQ=HOURLY",
                "FREQ=MINUTELY",
                "FREQ=SECONDLY",
            ]
        ),
        st.integers(1, 100_000).map("INTERVAL={}".format),
    ).flatmap(
        lambda base: st.dictionaries(
            st.sampled_from(
                [
                    ("BYMONTH", 1, 12),
                    ("BYMONTHDAY", -31, 31),
                    ("BYYEARDAY", -366, 366),
                    ("BYWEEKNO", -53, 53),
                    ("BYHOUR", 0, 23),
                    ("BYMINUTE", 0, 59),
                    ("BYSECOND", 0, 59),
                    ("BYSETPOS", -366, 366),
                ]
            ),
            st.lists(st.integers(0, 800), min_size=1, max_size=12),
            max_size=4,
        ).map(
            lambda parts: [
                *base,
                *(
                    f"{name}=" + ",".join(str(low + value % (high - low + 1)) for value in values)
                    for (name, low, high), values in parts.items()
                ),
            ]
        )
    ),
)


def cost_ms(text: str, moment: float) -> float:
    """Return what it costs to read a schedule and to ask it each question once; refused is an answer, too."""
    begin = time.process_time()
    try:
        timing = Timing.of(text, ZONE)
        timing.active(moment)
        timing.next_change(moment)
    except InvalidValue:
        pass
    return (time.process_time() - begin) * 1000


@settings(max_examples=150, deadline=None)
@given(RULES, st.sampled_from(["", " DTEND:19700101T060030", " DTEND:19700102T060000"]))
@example("FREQ=SECONDLY", "")
@example("FREQ=SECONDLY;INTERVAL=2", " DTEND:19700101T060001")
@example("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "")
@example("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "")
@example("FREQ=YEARLY;BYWEEKNO=53;INTERVAL=7;BYSETPOS=-366", "")
@example("FREQ=YEARLY;BYYEARDAY=366;COUNT=1000", "")
@example("FREQ=YEARLY;BYDAY=53MO,1TU;BYMONTHDAY=5", "")
@example("FREQ=YEARLY;BYDAY=53MO;BYMONTH=12", "")
@example("FREQ=DAILY;COUNT=1000", " DTEND:19700102T060000")
def test_no_text_costs_much(rule: str, end: str) -> None:
    """Whatever it says: from 1970, half a century ahead. Refused is an answer, too."""
    text = f"DTSTART:19700101T060000{end} RRULE:{rule}"
    # Best of some: the machine may be busy with something else.
    assert min(cost_ms(text, at("2026-03-28T12:00")) for _ in range(3)) < 300, text


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.text("DTSAREN;:=,0129Z \r\n", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """And nothing else."""
    try:
        Timing.of(text, ZONE)
    except InvalidValue:
        return
    assert Timing.of(text, ZONE).text


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [
            "FREQ=YEARLY;INTERVAL={n}",
            "FREQ=YEARLY;BYMONTH=2,7;INTERVAL={n}",
            "FREQ=YEARLY;BYDAY=20MO,-1FR",
            "FREQ=MONTHLY;INTERVAL={n}",
            "FREQ=MONTHLY;BYDAY=2TU,-1SU;INTERVAL={n}",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;INTERVAL={n}",
            "FREQ=WEEKLY;BYDAY=SU,WE;INTERVAL={n};WKST=SU",
            "FREQ=DAILY;INTERVAL={n};BYHOUR=3,17;BYMINUTE=5",
            "FREQ=HOURLY;INTERVAL={n};BYDAY=TU",
            "FREQ=MINUTELY;INTERVAL=53;BYHOUR=5,6",
        ]
    ),
    st.integers(1, 7),
    st.integers(0, 900),
)
def test_beginning_late_finds_the_same(rule: str, interval: int, days: int) -> None:
    """What is found from the middle on is what dateutil finds walking all the way from DTSTART."""
    start = "DTSTART:20200131T101500"
    rule = rule.format(n=interval)
    middle = datetime.fromisoformat("2020-01-31T11:00") + timedelta(days=days)
    walked = rrulestr(f"{start}\nRRULE:{rule}" + ("" if "WKST" in rule else ";WKST=MO"))
    expected = list(itertools.islice(walked.xafter(middle, count=5), 5))
    timing = Timing.of(f"{start}\nRRULE:{rule}", UTC)
    found = itertools.islice(timing.changes(middle.replace(tzinfo=UTC).timestamp(), None), 5)
    assert [
        datetime.fromtimestamp(each.time, UTC).replace(tzinfo=None) for each in found
    ] == expected
