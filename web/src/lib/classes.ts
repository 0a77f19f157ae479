/** The classes of sound, the most urgent first, and what each does to the others. */

export const CLASSES = ['Emergency', 'Page', 'Announcement', 'Advertisement', 'Music'] as const;
export const HIGHEST_PRIORITY = 100;

export type ClassAction = 'silence' | 'duck' | 'mix';

export interface ClassRule {
  action: ClassAction;
  depthDb: number;
  rampMs: number;
}

/** How loud the others are heard beside a source of the class, as a part of their own loudness, 0 to 1. */
export function remaining(rule: ClassRule): number {
  if (rule.action === 'silence') return 0;
  return rule.action === 'mix' ? 1 : 10 ** (-rule.depthDb / 20);
}

/** What a class does, in one line. */
export function ruleWords(rule: ClassRule): string {
  if (rule.action === 'mix') return 'The others play along.';
  const ramp = rule.rampMs < 1000 ? `${rule.rampMs} ms` : `${Number((rule.rampMs / 1000).toFixed(2))} s`;
  return rule.action === 'silence'
    ? `The others fall silent within ${ramp}.`
    : `The others go down by ${rule.depthDb} dB within ${ramp}.`;
}
