import { expect, test } from 'vitest';

import { wallTime } from './calendar';
import { occurrences, scheduleWords } from './occurrences';
import { fieldsOf, icalendarOf, newSchedule, scheduleProblems, type ScheduleFields } from './schedule';

const fields = (rest: Partial<ScheduleFields>): ScheduleFields => ({ ...newSchedule('2026-01-05'), ...rest });
const wall = (date: string, time = '00:00'): number => wallTime(date, time) ?? NaN;
const starts = (one: ScheduleFields, from: string, most = 4): string[] =>
  occurrences(one, wall(from), most).map(({ start }) => new Date(start).toISOString().slice(0, 16));

test('working hours are written as calendars do', () => {
  expect(icalendarOf(fields({ except: ['2026-12-25', '2026-01-06'] }))).toBe(
    'DTSTART:20260105T080000\nDTEND:20260105T170000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\n' +
      'EXDATE;VALUE=DATE:20260106,20261225',
  );
});

test.each([
  fields({}),
  fields({ pulse: true, from: '06:30:15', to: '06:30:15' }),
  fields({ frequency: 'ONCE', weekdays: ['MO'] }),
  fields({ frequency: 'HOURLY', to: '08:10', interval: 3, weekdays: ['MO'] }),
  fields({ frequency: 'MINUTELY', to: '08:01', interval: 15, weekdays: ['MO'] }),
  fields({ frequency: 'DAILY', from: '22:00', to: '06:00', days: 1, weekdays: ['MO'], ends: 'count', count: 5 }),
  fields({ frequency: 'MONTHLY', monthDay: 'last', weekdays: ['MO'], ends: 'until', until: '2027-01-01' }),
  fields({ frequency: 'MONTHLY', monthDay: 'nth', weekdays: ['MO'] }),
  fields({ frequency: 'YEARLY', months: [1, 7], weekdays: ['MO'], except: ['2026-07-05'] }),
])('what was written is read back: %#', (one) => {
  const back = fieldsOf(icalendarOf(one));
  const until = one.ends === 'until' ? one.until : one.date;
  const count = one.ends === 'count' ? one.count : 10;
  expect(back).toEqual({ ...one, until, count });
});

test('what other clients send is read', () => {
  const text = 'DTSTART:20111212T06:00 DTEND:20111212T09:00 RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR';
  expect(fieldsOf(text)).toMatchObject({ date: '2011-12-12', from: '06:00', to: '09:00', frequency: 'WEEKLY' });
  expect(fieldsOf('DTSTART:19700101T060000\r\nRRULE:FREQ=DAILY')).toMatchObject({ pulse: true, frequency: 'DAILY' });
});

test.each([
  'DTSTART:20260105T080000 RRULE:FREQ=DAILY;BYHOUR=8,12',
  'DTSTART:20260105T080000 RRULE:FREQ=SECONDLY',
  'DTSTART:20260105T080000 RRULE:FREQ=MONTHLY;BYDAY=MO,TU',
  'DTSTART:20260105T080000 RRULE:FREQ=MONTHLY;BYDAY=2MO',
  'DTSTART:20260105T080000 RDATE:20260107T080000',
  'DTSTART:20260105T080000 RRULE:FREQ=DAILY EXDATE:20260107T090000',
  'gibberish',
  '',
])('what the form cannot show is left as text: %s', (text) => {
  expect(fieldsOf(text)).toBeNull();
});

test('the next times are counted out', () => {
  expect(starts(fields({ except: ['2026-01-07'] }), '2026-01-06')).toEqual([
    '2026-01-06T08:00',
    '2026-01-08T08:00',
    '2026-01-09T08:00',
    '2026-01-12T08:00',
  ]);
  expect(starts(fields({ interval: 2, weekdays: ['MO'] }), '2030-01-01', 2)).toEqual([
    '2030-01-14T08:00',
    '2030-01-28T08:00',
  ]);
  expect(starts(fields({ frequency: 'MONTHLY', date: '2026-01-31' }), '2026-02-01', 2)).toEqual([
    '2026-03-31T08:00',
    '2026-05-31T08:00',
  ]);
  expect(starts(fields({ frequency: 'MONTHLY', monthDay: 'last' }), '2026-02-01', 2)).toEqual([
    '2026-02-23T08:00',
    '2026-03-30T08:00',
  ]);
  expect(starts(fields({ frequency: 'YEARLY', date: '2024-02-29' }), '2026-01-01', 1)).toEqual(['2028-02-29T08:00']);
  expect(starts(fields({ frequency: 'DAILY', ends: 'count', count: 3 }), '2026-01-06')).toHaveLength(2);
  expect(starts(fields({ frequency: 'DAILY', ends: 'until', until: '2026-01-07' }), '2026-01-06')).toHaveLength(2);
  expect(starts(fields({ frequency: 'MINUTELY', to: '08:01', interval: 15 }), '2026-01-06', 2)).toEqual([
    '2026-01-06T00:00',
    '2026-01-06T00:15',
  ]);
  expect(starts(fields({ frequency: 'ONCE' }), '2026-02-01')).toEqual([]);
  expect(starts(fields({ frequency: 'HOURLY', to: '08:30' }), '2126-01-05', 1)).toEqual(['2126-01-05T00:00']);
});

test('an interval under way is among the next', () => {
  expect(occurrences(fields({}), wall('2026-01-06', '12:00'), 1)).toEqual([
    { start: wall('2026-01-06', '08:00'), end: wall('2026-01-06', '17:00') },
  ]);
});

test('a schedule is told in words', () => {
  expect(scheduleWords(fields({}))).toBe('Every week on weekdays, 08:00 to 17:00');
  expect(scheduleWords(fields({ frequency: 'DAILY', pulse: true, interval: 2, except: ['2026-01-07'] }))).toBe(
    'Every 2 days, at 08:00, but not on 1 day',
  );
  expect(scheduleWords(fields({ frequency: 'MONTHLY', monthDay: 'nth', days: 1, to: '06:00' }))).toBe(
    'Every month on the first Monday, 08:00 to 06:00 on the next day',
  );
});

test('what cannot be is said', () => {
  const none = { date: null, from: null, to: null, interval: null, weekdays: null, until: null, count: null };
  expect(scheduleProblems(fields({}))).toEqual(none);
  expect(scheduleProblems(fields({ to: '07:00' })).to).toMatch(/end after/);
  expect(scheduleProblems(fields({ to: '07:00', days: 1 })).to).toBeNull();
  expect(scheduleProblems(fields({ date: '2026-02-30' })).date).toMatch(/day/);
  expect(scheduleProblems(fields({ weekdays: [] })).weekdays).toMatch(/at least one/);
  expect(scheduleProblems(fields({ ends: 'count', count: 0 })).count).toMatch(/whole number/);
  expect(scheduleProblems(fields({ frequency: 'HOURLY', to: '09:30' })).to).toMatch(/next time/);
});
