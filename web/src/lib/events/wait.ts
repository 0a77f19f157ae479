/** The time between two actions, as people write it: hh:mm:ss. */

/** 99:59:59. */
export const LONGEST_WAIT_S = 359_999;

export function waitText(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60].map(pad).join(':');
}

/** The seconds of "hh:mm:ss"; null when it is none. */
export function waitOf(text: string): number | null {
  const match = /^(\d{1,2}):([0-5]?\d):([0-5]?\d)$/.exec(text.trim());
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : null;
}

export function waitProblem(text: string): string | null {
  return waitOf(text) === null ? 'Enter hours, minutes and seconds, such as 00:05:00; at most 99:59:59.' : null;
}

/** "5 minutes", "1 hour 30 minutes": a time in words. */
export function waitWords(seconds: number): string {
  const units: [number, string][] = [
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  let rest = Math.round(seconds);
  const words: string[] = [];
  for (const [length, name] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return words.join(' ') || 'no time';
}
