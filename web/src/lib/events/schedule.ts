/** A schedule as fields of a form, and its iCalendar text. */

import { calendarText, calendarTime, DAY_MS, dateOf, timeOf, wallTime, type Weekday, weekdayAt, WEEKDAYS } from './calendar';

export const FREQUENCIES = ['ONCE', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** On which day of a month: its number, or the weekday of the first day, counted from either end. */
export type MonthDay = 'number' | 'nth' | 'last';

export interface ScheduleFields {
  pulse: boolean;
  /** The first day, "2026-01-31". */
  date: string;
  /** "06:30". */
  from: string;
  to: string;
  /** How many days after it began it ends. */
  days: number;
  frequency: Frequency;
  interval: number;
  weekdays: Weekday[];
  monthDay: MonthDay;
  /** The months of a yearly one; none for that of the first day. */
  months: number[];
  ends: 'never' | 'until' | 'count';
  until: string;
  count: number;
  /** Days on which it does not happen. */
  except: string[];
}

export const MOST_EXCEPTIONS = 366;
const MOST_COUNT = 1000;
const MOST_INTERVAL = 1000;

export function newSchedule(today: string): ScheduleFields {
  return {
    pulse: false,
    date: today,
    from: '08:00',
    to: '17:00',
    days: 0,
    frequency: 'WEEKLY',
    interval: 1,
    weekdays: ['MO', 'TU', 'WE', 'TH', 'FR'],
    monthDay: 'number',
    months: [],
    ends: 'never',
    until: today,
    count: 10,
    except: [],
  };
}

/** Whether it happens within a day, again and again. */
export const byTheClock = (fields: ScheduleFields): boolean =>
  fields.frequency === 'MINUTELY' || fields.frequency === 'HOURLY';

/** The milliseconds from one to the next of what happens in equal steps. */
export function stepOf(fields: ScheduleFields): number {
  return fields.frequency === 'MINUTELY' ? 60_000 : fields.frequency === 'HOURLY' ? 3_600_000 : DAY_MS;
}

/** Which one of its weekday in its month a day is, from 1. */
export const nthOf = (wall: number): number => Math.ceil(new Date(wall).getUTCDate() / 7);

export function icalendarOf(fields: ScheduleFields): string {
  const start = wallTime(fields.date, fields.from) ?? 0;
  const lines = [`DTSTART:${calendarText(start)}`];
  const end = endOf(fields);
  if (end !== null) lines.push(`DTEND:${calendarText(end)}`);
  if (fields.frequency !== 'ONCE') lines.push(`RRULE:${ruleText(fields, start)}`);
  if (fields.except.length > 0) {
    const days = [...fields.except].sort().map((day) => day.replaceAll('-', ''));
    lines.push(`EXDATE;VALUE=DATE:${days.join(',')}`);
  }
  return lines.join('\n');
}

/** When the first one ends; null for a pulse. */
export function endOf(fields: ScheduleFields): number | null {
  const end = wallTime(fields.date, fields.to);
  return fields.pulse || end === null ? null : end + fields.days * DAY_MS;
}

function ruleText(fields: ScheduleFields, start: number): string {
  const parts = [`FREQ=${fields.frequency}`];
  if (fields.interval > 1) parts.push(`INTERVAL=${fields.interval}`);
  if (fields.frequency === 'YEARLY' && fields.months.length > 0) {
    parts.push(`BYMONTH=${[...fields.months].sort((a, b) => a - b).join(',')}`);
  }
  if (fields.frequency === 'WEEKLY') parts.push(`BYDAY=${inOrder(fields.weekdays).join(',')}`);
  if (fields.frequency === 'MONTHLY' && fields.monthDay !== 'number') {
    const which = fields.monthDay === 'last' ? '-1' : String(nthOf(start));
    parts.push(`BYDAY=${which}${weekdayAt(start)}`);
  }
  if (fields.ends === 'count') parts.push(`COUNT=${fields.count}`);
  if (fields.ends === 'until') parts.push(`UNTIL=${fields.until.replaceAll('-', '')}T235959`);
  return parts.join(';');
}

const inOrder = (days: readonly Weekday[]): Weekday[] => WEEKDAYS.filter((day) => days.includes(day));

/** The fields of an iCalendar text; null when it says more than they can. */
export function fieldsOf(text: string): ScheduleFields | null {
  const lines = linesOf(text);
  if (!lines) return null;
  const start = calendarTime(lines.get('DTSTART') ?? '');
  if (start === null || lines.has('RDATE')) return null;
  const fields: ScheduleFields = { ...newSchedule(dateOf(start)), from: timeOf(start), frequency: 'ONCE', weekdays: [] };
  fields.weekdays = [weekdayAt(start)];
  const ended = lines.get('DTEND');
  if (ended === undefined) {
    fields.pulse = true;
    fields.to = fields.from;
  } else {
    const end = calendarTime(ended);
    if (end === null || end <= start) return null;
    fields.to = timeOf(end);
    fields.days = Math.round(((wallTime(dateOf(end), '00:00') ?? 0) - (wallTime(fields.date, '00:00') ?? 0)) / DAY_MS);
  }
  const rule = lines.get('RRULE');
  if (rule !== undefined && !takeRule(fields, rule, start)) return null;
  return takeExceptions(fields, lines.get('EXDATE') ?? '') ? fields : null;
}

function linesOf(text: string): Map<string, string> | null {
  const lines = new Map<string, string>();
  for (const word of text.trim().split(/\s+/)) {
    const match = /^([A-Z]+)((?:;VALUE=DATE(?:-TIME)?)?):(.*)$/i.exec(word);
    if (!match) return null;
    const name = (match[1] ?? '').toUpperCase();
    const before = lines.get(name);
    if (before !== undefined && name !== 'EXDATE') return null;
    lines.set(name, before === undefined ? (match[3] ?? '') : `${before},${match[3] ?? ''}`);
  }
  return lines;
}

function takeRule(fields: ScheduleFields, rule: string, start: number): boolean {
  const parts = new Map(
    rule
      .toUpperCase()
      .split(';')
      .filter(Boolean)
      .map((part): [string, string] => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']),
  );
  const frequency = FREQUENCIES.find((one) => one === parts.get('FREQ') && one !== 'ONCE');
  if (!frequency) return false;
  fields.frequency = frequency;
  parts.delete('FREQ');
  for (const [name, value] of parts) {
    if (!takePart(fields, name, value, start)) return false;
  }
  return true;
}

function takePart(fields: ScheduleFields, name: string, value: string, start: number): boolean {
  switch (name) {
    case 'INTERVAL':
      fields.interval = Number(value);
      return Number.isInteger(fields.interval) && fields.interval >= 1;
    case 'COUNT':
      fields.ends = 'count';
      fields.count = Number(value);
      return Number.isInteger(fields.count) && fields.count >= 1;
    case 'UNTIL': {
      const last = calendarTime(value);
      if (last === null || (value.includes('T') && !value.endsWith('T235959'))) return false;
      fields.ends = 'until';
      fields.until = dateOf(last);
      return true;
    }
    case 'WKST':
      return value === 'MO';
    case 'BYDAY':
      return takeDays(fields, value.split(','), start);
    case 'BYMONTHDAY':
      return fields.frequency === 'MONTHLY' && Number(value) === new Date(start).getUTCDate();
    case 'BYMONTH':
      fields.months = value.split(',').map(Number);
      return fields.frequency === 'YEARLY' && fields.months.every((month) => month >= 1 && month <= 12);
    default:
      return false;
  }
}

function takeDays(fields: ScheduleFields, days: string[], start: number): boolean {
  if (fields.frequency === 'WEEKLY') {
    fields.weekdays = inOrder(days.map((day) => day.replace(/^0/, '')) as Weekday[]);
    return fields.weekdays.length === days.length;
  }
  if (fields.frequency !== 'MONTHLY' || days.length !== 1) return false;
  const match = /^(-1|[1-5])([A-Z]{2})$/.exec(days[0] ?? '');
  if (match?.[2] !== weekdayAt(start)) return false;
  if (match[1] === '-1') fields.monthDay = 'last';
  else if (Number(match[1]) === nthOf(start)) fields.monthDay = 'nth';
  else return false;
  return true;
}

function takeExceptions(fields: ScheduleFields, value: string): boolean {
  for (const word of value.split(',').filter(Boolean)) {
    const at = calendarTime(word);
    if (at === null) return false;
    // One time of a day is the whole day when it happens once a day.
    if (/T/i.test(word) && (byTheClock(fields) || timeOf(at) !== fields.from)) return false;
    fields.except.push(dateOf(at));
  }
  fields.except = [...new Set(fields.except)].sort();
  return true;
}

export interface ScheduleProblems {
  date: string | null;
  from: string | null;
  to: string | null;
  interval: string | null;
  weekdays: string | null;
  until: string | null;
  count: string | null;
}

export function scheduleProblems(fields: ScheduleFields): ScheduleProblems {
  const start = wallTime(fields.date, fields.from);
  const end = endOf(fields);
  const whole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most;
  const repeats = fields.frequency !== 'ONCE';
  const untilWrong = wallTime(fields.until, '00:00') === null || fields.until < fields.date;
  return {
    date: wallTime(fields.date, '00:00') === null ? 'Enter a day, such as 2026-01-31.' : null,
    from: wallTime('2026-01-01', fields.from) === null ? 'Enter a time, such as 08:00.' : null,
    to: fields.pulse ? null : endProblem(fields, start, end),
    interval: repeats && !whole(fields.interval, MOST_INTERVAL) ? `Enter a whole number from 1 to ${MOST_INTERVAL}.` : null,
    weekdays: fields.frequency === 'WEEKLY' && fields.weekdays.length === 0 ? 'Choose at least one day.' : null,
    until: repeats && fields.ends === 'until' && untilWrong ? 'Enter a day that is not before the first day.' : null,
    count: repeats && fields.ends === 'count' && !whole(fields.count, MOST_COUNT) ? `Enter a whole number from 1 to ${MOST_COUNT}.` : null,
  };
}

function endProblem(fields: ScheduleFields, start: number | null, end: number | null): string | null {
  if (end === null) return 'Enter a time, such as 17:00.';
  if (start === null) return null;
  if (end <= start) return 'It must end after it begins: enter a later time, or let it end on a later day.';
  if (byTheClock(fields) && end - start >= fields.interval * stepOf(fields)) return 'It must end before it begins the next time.';
  return null;
}
