import type { KindOf } from '../../api/types';

export function check(value: string, kind: KindOf<'bool'>): string | null {
  return value === kind.true || value === kind.false ? null : `Choose ${kind.true} or ${kind.false}.`;
}
