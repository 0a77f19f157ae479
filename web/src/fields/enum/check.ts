import type { KindOf } from '../../api/types';

export function check(value: string, kind: KindOf<'enum'>): string | null {
  return kind.choices.some((choice) => choice.value === value) ? null : 'Choose one of the list.';
}
