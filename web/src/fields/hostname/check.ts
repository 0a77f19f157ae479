import type { KindOf } from '../../api/types';
import { isIp } from '../ip/check';

const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export function check(value: string, kind: KindOf<'hostname'>): string | null {
  if (value === '' || isIp(value)) return null;
  const labels = value.replace(/\.$/, '').split('.');
  return value.length <= kind.max_length && labels.every((label) => LABEL.test(label))
    ? null
    : 'Enter a host name: letters A-Z, digits and hyphens, with dots between its parts.';
}
