import type { Gesture, LedCause, LedColour, LedStep } from '../api/types';
import { capital } from './format';

export interface LedMoment {
  colour: LedColour;
  /** How long this colour stays; null when it stays until the pattern changes. */
  remainingMs: number | null;
}

/** Which colour a pattern shows `elapsedMs` after it began. */
export function ledAt(pattern: readonly LedStep[], elapsedMs: number): LedMoment {
  const total = pattern.reduce((sum, step) => sum + step.duration_ms, 0);
  const steady = pattern.find((step) => step.duration_ms === 0);
  if (pattern.length === 0) return { colour: 'off', remainingMs: null };
  if (steady || total <= 0) {
    return { colour: (steady ?? pattern[0])?.colour ?? 'off', remainingMs: null };
  }
  let rest = ((elapsedMs % total) + total) % total;
  for (const step of pattern) {
    if (rest < step.duration_ms) return { colour: step.colour, remainingMs: step.duration_ms - rest };
    rest -= step.duration_ms;
  }
  return { colour: pattern[0]?.colour ?? 'off', remainingMs: total };
}

const STATUS_MEANINGS: Record<string, string> = {
  green: 'Normal operation',
  amber: 'Starting up',
  'amber off': 'Upgrading or resetting to factory default',
  'amber red': 'No network connection',
  'red off': 'Upgrade failed',
  'green red': 'Locate device is on',
  'green off': 'Normal operation, set to flash; or connecting to the cloud service',
  off: 'No power, or turned off',
};

const SPEAKER_MEANINGS: Record<string, string> = {
  green: 'Normal operation',
  'green off': 'Impedance not calibrated',
  'red off': 'Overcurrent protection tripped',
  red: 'Overcurrent protection tripped',
  off: 'Off',
};

/** The colours of a pattern, each once, light ones first in the alphabet's order. */
export function coloursOf(pattern: readonly LedStep[]): LedColour[] {
  const colours = [...new Set(pattern.map((step) => step.colour))];
  return colours.sort((a, b) => Number(a === 'off') - Number(b === 'off') || a.localeCompare(b));
}

/** The manual's words for what a LED shows. */
export function ledMeaning(led: 'status' | 'speaker', pattern: readonly LedStep[]): string {
  const key = coloursOf(pattern).join(' ') || 'off';
  return (led === 'status' ? STATUS_MEANINGS : SPEAKER_MEANINGS)[key] ?? '';
}

/** "Green, steady" or "Red and green, flashing", for those who cannot see the colour. */
export function ledDescription(pattern: readonly LedStep[]): string {
  const colours = coloursOf(pattern);
  const lit = colours.filter((colour) => colour !== 'off');
  if (lit.length === 0) return 'Off';
  const names = capital(lit.join(' and '));
  return colours.length > 1 ? `${names}, flashing` : `${names}, steady`;
}

const FAST_MS = 250;
const SLOW_MS = 1000;

/** How a pattern looks as people tell it, its rhythm included: "Red, flashing slowly". */
export function ledLook(pattern: readonly LedStep[]): string {
  const words = ledDescription(pattern);
  const flashes = pattern.filter((step) => step.colour !== 'off').length;
  if (pattern.length > 2 && flashes === 2) return words.replace('flashing', 'two short flashes and a long pause');
  const longest = Math.max(0, ...pattern.map((step) => step.duration_ms));
  if (longest >= SLOW_MS) return words.replace('flashing', 'flashing slowly');
  return longest <= FAST_MS ? words.replace('flashing', 'flashing fast') : words;
}

export interface LedRow {
  key: string;
  led: string;
  shows: string;
  meanings: string[];
}

/** The table of causes as people look something up: each look once, with all that it can mean. */
export function ledRows(table: readonly LedCause[]): LedRow[] {
  const rows = new Map<string, LedRow>();
  for (const { led, pattern, meaning } of table) {
    const shows = ledLook(pattern);
    const key = `${led} ${shows}`;
    const row = rows.get(key) ?? { key, led: led === 'status' ? 'Status' : 'SPK', shows, meanings: [] };
    row.meanings.push(meaning);
    rows.set(key, row);
  }
  return [...rows.values()];
}

/** What one does with the control button, in a word or two. */
export function gestureWords(gesture: Pick<Gesture, 'hold_s' | 'at_power_up'>): string {
  if (gesture.at_power_up) return 'Hold at power-up';
  return gesture.hold_s > 0 ? 'Press and hold' : 'Press';
}
