import type { KindOf } from '../../api/types';

export function range(kind: { minimum: number | null; maximum: number | null }): string {
  const { minimum, maximum } = kind;
  if (minimum !== null && maximum !== null) return `from ${minimum} to ${maximum}`;
  if (minimum !== null) return `of at least ${minimum}`;
  return maximum === null ? '' : `of at most ${maximum}`;
}

export function check(value: string, kind: KindOf<'int'>): string | null {
  const words = `Enter a whole number ${range(kind)}`.trim();
  if (!/^[+-]?\d{1,18}$/.test(value)) return `${words}.`;
  const number = Number(value);
  const below = kind.minimum !== null && number < kind.minimum;
  const above = kind.maximum !== null && number > kind.maximum;
  return below || above ? `${words}.` : null;
}
