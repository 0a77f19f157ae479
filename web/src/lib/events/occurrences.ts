/** When a schedule happens next, and what it says in words. */

import {
  DAY_MS,
  dateOf,
  daysInMonth,
  startOfDay,
  timeOf,
  wallTime,
  weekdayAt,
  WEEKDAY_NAMES,
  weekdayOf,
  WEEKDAYS,
} from './calendar';
import { byTheClock, endOf, nthOf, type ScheduleFields, stepOf } from './schedule';

/** Looked at until it is clear that nothing comes any more. */
const PATIENCE = 20_000;

export interface Occurrence {
  start: number;
  /** Null for a pulse. */
  end: number | null;
}

/** The next `most` times that are not over at `now`. */
export function occurrences(fields: ScheduleFields, now: number, most: number): Occurrence[] {
  const first = wallTime(fields.date, fields.from);
  if (first === null) return [];
  const end = endOf(fields);
  const length = end === null ? 0 : end - first;
  const last = fields.ends === 'until' ? (wallTime(fields.until, '23:59:59') ?? Infinity) : Infinity;
  const except = new Set(fields.except);
  const found: Occurrence[] = [];
  let counted = 0;
  for (const start of starts(fields, first, now - length)) {
    counted += 1;
    if (start > last || (fields.ends === 'count' && fields.frequency !== 'ONCE' && counted > fields.count)) break;
    if (start + length < now || except.has(dateOf(start))) continue;
    found.push({ start, end: end === null ? null : start + length });
    if (found.length === most) break;
  }
  return found;
}

/** Every start; those long gone are left out where nobody has to count them. */
function* starts(fields: ScheduleFields, first: number, from: number): Generator<number> {
  const skip = fields.ends !== 'count' && from > first;
  if (fields.frequency === 'ONCE') {
    yield first;
  } else if (byTheClock(fields) || fields.frequency === 'DAILY') {
    const step = Math.max(1, fields.interval) * stepOf(fields);
    let at = skip ? first + Math.floor((from - first) / step) * step : first;
    for (let round = 0; round < PATIENCE; round += 1, at += step) yield at;
  } else if (fields.frequency === 'WEEKLY') {
    yield* weekly(fields, first, skip ? from : first);
  } else {
    yield* monthly(fields, first);
  }
}

function* weekly(fields: ScheduleFields, first: number, from: number): Generator<number> {
  const step = Math.max(1, fields.interval) * 7 * DAY_MS;
  const clock = first - startOfDay(first);
  const monday = startOfDay(first) - weekdayOf(first) * DAY_MS;
  let week = monday + Math.max(0, Math.floor((from - monday) / step)) * step;
  for (let round = 0; round < PATIENCE; round += 1, week += step) {
    for (const [index, day] of WEEKDAYS.entries()) {
      const at = week + index * DAY_MS + clock;
      if (at >= first && fields.weekdays.includes(day)) yield at;
    }
  }
}

function* monthly(fields: ScheduleFields, first: number): Generator<number> {
  const begin = new Date(first);
  const yearly = fields.frequency === 'YEARLY';
  const step = Math.max(1, fields.interval);
  const months = yearly && fields.months.length > 0 ? fields.months.map((month) => month - 1) : [begin.getUTCMonth()];
  const [year, month] = [begin.getUTCFullYear(), begin.getUTCMonth()];
  for (let round = 0; round < PATIENCE / 20; round += 1) {
    const candidates = yearly
      ? [...months].sort((a, b) => a - b).map((one) => dayIn(fields, first, year + round * step, one))
      : [dayIn(fields, first, year, month + round * step)];
    for (const at of candidates) {
      if (at !== null && at >= first) yield at;
    }
  }
}

/** The one of a month; null when the month has none. */
function dayIn(fields: ScheduleFields, first: number, year: number, month: number): number | null {
  const start = Date.UTC(year, month, 1);
  const clock = first - startOfDay(first);
  const length = daysInMonth(year, month);
  const day = new Date(first).getUTCDate();
  if (fields.frequency === 'YEARLY' || fields.monthDay === 'number') {
    return day > length ? null : start + (day - 1) * DAY_MS + clock;
  }
  const offset = (weekdayOf(first) - weekdayOf(start) + 7) % 7;
  const count = fields.monthDay === 'last' ? Math.floor((length - 1 - offset) / 7) : nthOf(first) - 1;
  const number = offset + count * 7;
  return number < length ? start + number * DAY_MS + clock : null;
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];

/** "the second Tuesday", "the last Tuesday", "day 13". */
export function monthDayWords(date: string, kind: ScheduleFields['monthDay']): string {
  const at = wallTime(date, '00:00');
  if (at === null) return kind;
  const weekday = WEEKDAY_NAMES[weekdayAt(at)];
  if (kind === 'number') return `day ${new Date(at).getUTCDate()}`;
  return kind === 'last' ? `the last ${weekday}` : `the ${ORDINALS[nthOf(at) - 1] ?? 'first'} ${weekday}`;
}

/** "Every week on Monday and Friday, 08:00 to 17:00, but not on 2 days". */
export function scheduleWords(fields: ScheduleFields): string {
  const at = wallTime(fields.date, fields.from);
  if (at === null) return '';
  const later = fields.days === 0 ? '' : fields.days === 1 ? ' on the next day' : ` ${fields.days} days later`;
  const times = fields.pulse ? `at ${timeOf(at)}` : `${fields.from} to ${fields.to}${later}`;
  const end = endWords(fields);
  const except = fields.except.length;
  const without = except === 0 ? '' : `, but not on ${except} ${except === 1 ? 'day' : 'days'}`;
  return `${repetition(fields, at)}, ${times}${end}${without}`;
}

function endWords(fields: ScheduleFields): string {
  if (fields.frequency === 'ONCE' || fields.ends === 'never') return '';
  return fields.ends === 'until' ? `, until ${dayWords(fields.until)}` : `, ${fields.count} times`;
}

function repetition(fields: ScheduleFields, at: number): string {
  const every = (unit: string): string => (fields.interval === 1 ? `Every ${unit}` : `Every ${fields.interval} ${unit}s`);
  switch (fields.frequency) {
    case 'ONCE':
      return `Once, on ${dayWords(fields.date)}`;
    case 'MINUTELY':
      return `${every('minute')} from ${dayWords(fields.date)} on`;
    case 'HOURLY':
      return `${every('hour')} from ${dayWords(fields.date)} on`;
    case 'DAILY':
      return every('day');
    case 'WEEKLY':
      return `${every('week')} on ${weekdayWords(fields.weekdays)}`;
    case 'MONTHLY':
      return `${every('month')} on ${monthDayWords(fields.date, fields.monthDay)}`;
    case 'YEARLY':
      return `${every('year')} on day ${new Date(at).getUTCDate()} of ${monthWords(fields, at)}`;
  }
}

function weekdayWords(days: readonly (keyof typeof WEEKDAY_NAMES)[]): string {
  const key = days.join();
  if (key === 'MO,TU,WE,TH,FR') return 'weekdays';
  if (key === 'SA,SU') return 'Saturday and Sunday';
  if (days.length === 7) return 'all days';
  return listed(days.map((day) => WEEKDAY_NAMES[day]));
}

function monthWords(fields: ScheduleFields, at: number): string {
  const months = fields.months.length > 0 ? fields.months : [new Date(at).getUTCMonth() + 1];
  return listed(months.map(monthName));
}

/** "January", as the browser's language calls the month of that number. */
export function monthName(month: number): string {
  return new Date(Date.UTC(2026, month - 1, 1)).toLocaleDateString(undefined, { month: 'long', timeZone: 'UTC' });
}

export function dayWords(date: string): string {
  const at = wallTime(date, '00:00');
  if (at === null) return date;
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
