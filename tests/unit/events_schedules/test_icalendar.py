"""Schedules as clients write them."""

import pytest

from common.errors import InvalidValue
from daemons.events.schedules.factory import FACTORY
from daemons.events.schedules.icalendar import read

LUNCH = "DTSTART:20111212T060000\nDTEND:20111212T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


@pytest.mark.covers("M-RCP-24", part="texts of clients")
@pytest.mark.parametrize(
    "text",
    [
        LUNCH,
        LUNCH.replace("\n", "\r\n") + "\r\n",
        "DTSTART:20111212T06:00 DTEND:20111212T09:00 RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        " rrule:freq=weekly;byday=MO,TU,WE,TH,FR\ndtend:20111212T0900 dtstart:20111212t0600 ",
        LUNCH.replace("TU,WE", "TU,\r\n WE"),
    ],
)
def test_what_real_clients_send_is_one_schedule(text: str) -> None:
    """CRLF, LF or spaces, with and without colons and seconds, folded, in any order and case."""
    assert read(text).text == LUNCH


def test_what_is_kept_reads_back_as_itself() -> None:
    """Exceptions and additions included."""
    text = (
        "DTSTART:19700101T060000\nRRULE:FREQ=DAILY;UNTIL=20301231T235959\n"
        "RDATE:20260101T120000\nEXDATE:20260102T060000\nEXDATE;VALUE=DATE:20261224,20261225"
    )
    assert read(text).text == text
    assert read(text).pulse
    assert not read(LUNCH).pulse


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "needs DTSTART"),
        ("RRULE:FREQ=DAILY", "needs DTSTART"),
        ("tomorrow", "'tomorrow' is not understood"),
        ("DTSTART:20111212T060000 SUMMARY:Lunch", "'SUMMARY:Lunch' is not understood"),
        ("DTSTART:20111212T060000 DTSTART:20111212T060000", "one DTSTART only"),
        ("DTSTART:20111312T060000", "there is no time"),
        ("DTSTART:00011212T060000", "years 1900 to 2199"),
        ("DTSTART:20111212T060000Z", "local time, without Z"),
        ("DTSTART;TZID=Europe/Stockholm:20111212T060000", "leave TZID out"),
        ("DTSTART;X=1:20111212T060000", "cannot have X=1"),
        ("DTSTART:20111212T060000 DTEND:20111212T060000", "later than DTSTART"),
        ("DTSTART:20111212T060000 RRULE:BYDAY=MO", "needs FREQ"),
        ("DTSTART:20111212T060000 RRULE:FREQ=NOW", "FREQ cannot be 'NOW'"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;FREQ=DAILY", "FREQ twice"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;BYEASTER=1", "no part 'BYEASTER=1'"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL must be from 1"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;INTERVAL=x", "INTERVAL must be a number"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;BYHOUR=24", "BYHOUR must be from 0 to 23"),
        ("DTSTART:20111212T060000 RRULE:FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY must be"),
        ("DTSTART:20111212T060000 RRULE:FREQ=WEEKLY;BYDAY=1MO", "needs FREQ=MONTHLY"),
        ("DTSTART:20111212T060000 RRULE:FREQ=WEEKLY;BYDAY=XX", "BYDAY cannot be 'XX'"),
        ("DTSTART:20111212T060000 RRULE:FREQ=WEEKLY;BYMONTHDAY=1", "cannot be used with"),
        ("DTSTART:20111212T060000 RRULE:FREQ=SECONDLY;BYHOUR=1", "cannot be used with"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;BYSETPOS=1,2,3,4,5,6,7,8,9,10,11", "at most 10"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;COUNT=1;UNTIL=20121212", "not both"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;COUNT=1001", "at most; use UNTIL"),
        ("DTSTART:20111212T060000 RRULE:FREQ=YEARLY;COUNT=999", "goes too far"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;UNTIL=20121212T000000Z", "local time"),
        ("DTSTART:20111212T060000 RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never happens"),
        ("DTSTART:20111212T060000 RRULE:FREQ=DAILY;UNTIL=20111211", "never happens"),
        ("DTSTART:20111212T060000 EXDATE:20111212T060000", "never happens"),
        ("DTSTART:20111212T06 DTEND:20121214T060000 RRULE:FREQ=DAILY", "DTSTART must be like"),
        ("DTSTART:20111212T0600 DTEND:20130101T0600 RRULE:FREQ=DAILY", "366 days at most"),
        ("DTSTART:20111212T0600 DTEND:20111212T0700 RRULE:FREQ=HOURLY", "before it begins"),
        (
            "DTSTART:20111212T0600 DTEND:20111212T0700 RRULE:FREQ=DAILY;BYMINUTE=0,30",
            "before it begins",
        ),
        ("DTSTART:20111212T060000\n" * 400, "at most 8192 characters"),
        ("DTSTART:20111212T060000\nRDATE:" + "20270101," * 400, "at most 366 dates"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    """One reason, in words."""
    with pytest.raises(InvalidValue) as refused:
        read(text)
    assert why in refused.value.message


@pytest.mark.covers("M-RCP-24", part="factory schedules")
def test_the_factorys_schedules_are_those_of_the_reference() -> None:
    """Ids and names of VAPIX events page 3.2; each is kept as it is printed."""
    assert {each.id.rpartition(".")[2]: each.name for each in FACTORY} == {
        "weekdays": "Weekdays",
        "office_hours": "Office Hours",
        "after_hours": "After Hours",
        "weekends": "Weekends",
    }
    for each in FACTORY:
        assert read(each.icalendar).text == each.icalendar
