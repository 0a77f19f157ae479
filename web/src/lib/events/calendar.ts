/** Days and times by the clock on the wall, which have no zone: kept as UTC so that no zone of the browser meddles. */

export const DAY_MS = 86_400_000;
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export const WEEKDAY_NAMES: Readonly<Record<Weekday, string>> = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
};

/** The milliseconds of "2026-01-31" and "06:30:00"; null when there is no such day or time. */
export function wallTime(date: string, time: string): number | null {
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date);
  const clock = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(time);
  if (!day || !clock) return null;
  const [year, month, dayOfMonth] = [Number(day[1]), Number(day[2]), Number(day[3])];
  const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const at = Date.UTC(year, month - 1, dayOfMonth, hours, minutes, seconds);
  return dateOf(at) === date ? at : null;
}

export const dateOf = (wall: number): string => new Date(wall).toISOString().slice(0, 10);

/** "06:30", or "06:30:15" where the seconds are not zero. */
export function timeOf(wall: number): string {
  const text = new Date(wall).toISOString().slice(11, 19);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}

export const startOfDay = (wall: number): number => Math.floor(wall / DAY_MS) * DAY_MS;

/** The weekday, 0 for Monday. */
export const weekdayOf = (wall: number): number => (new Date(wall).getUTCDay() + 6) % 7;

export const weekdayAt = (wall: number): Weekday => WEEKDAYS[weekdayOf(wall)] ?? 'MO';

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

/** "Mon 5 Jan 2026, 08:00", as the browser's language writes it. */
export function wallWords(wall: number): string {
  const day = new Date(wall).toLocaleDateString(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return `${day}, ${timeOf(wall)}`;
}

/** "20260131T063000". */
export function calendarText(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, '');
}

/** The moment of "20260131T063000", "20111212T06:00" or "20260131"; null when it is none. */
export function calendarTime(text: string): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?)?$/i.exec(text);
  if (!match) return null;
  const [, year, month, day, hours = '00', minutes = '00', seconds = '00'] = match;
  return wallTime(`${year}-${month}-${day}`, `${hours}:${minutes}:${seconds}`);
}

/** Now, by the clock on the wall of the browser. */
export function wallNow(): number {
  const now = new Date();
  return Math.floor((now.getTime() - now.getTimezoneOffset() * 60_000) / 1000) * 1000;
}
