/** "0:07", "12:30", "1:02:03": a duration as players show it. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(whole % 60)}`
    : `${minutes}:${pad(whole % 60)}`;
}

/** "0.4 s" below ten seconds, where the clock form says too little; else the clock form. */
export function duration(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : clock(seconds);
}

/** "912 B", "48 kB", "1.3 MB". */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${Math.round(count / 1000)} kB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}

/** "44.1 kHz", "8 kHz". */
export function kilohertz(hertz: number): string {
  return `${Number((hertz / 1000).toFixed(2))} kHz`;
}

/** "3 days, 4 hours": the two largest units of a long time. */
export function uptime(seconds: number): string {
  const units: [number, string][] = [
    [86400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(seconds));
  for (const [length, name] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(', ') || 'just started';
}

/** A moment, in seconds since 1970, as the browser's language writes it. */
export function momentOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** How a moment among others is marked on an axis: by its day, or by its time when all are of one day. */
export function markOf(seconds: number, among: readonly number[]): string {
  const day = (one: number): string => new Date(one * 1000).toDateString();
  const date = new Date(seconds * 1000);
  return among.every((one) => day(one) === day(seconds))
    ? date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

/** A text of the unit with the moments in it as the browser's language writes them. */
export function withMoments(text: string): string {
  return text.replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, (moment) => momentOf(Date.parse(moment) / 1000));
}

/** "Locate device": words that begin a line. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
