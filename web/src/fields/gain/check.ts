import type { KindOf } from '../../api/types';

export const MUTE = 'mute';

export function check(value: string, kind: KindOf<'gain'>): string | null {
  if (value === MUTE) return null;
  const level = Number(value);
  if (value.trim() === '' || !Number.isFinite(level) || level < kind.minimum || level > kind.maximum) {
    return `Choose a level from ${kind.minimum} to ${kind.maximum} ${kind.unit}.`;
  }
  const steps = (level - kind.minimum) / kind.step;
  return Math.abs(steps - Math.round(steps)) < 1e-6
    ? null
    : `Choose a level in steps of ${kind.step} ${kind.unit}.`;
}
