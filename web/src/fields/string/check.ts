import type { KindOf } from '../../api/types';

export function check(value: string, kind: KindOf<'string' | 'password'>): string | null {
  if ([...value].length > kind.max_length) return `Use at most ${kind.max_length} characters.`;
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(value) ? 'Use one line of text without control characters.' : null;
}
