/** What fields of the SIP pages have in common: checks, attributes, and which field an answer is about. */

import { ApiError } from '../../api/client';
import type { Attribute } from '../../api/sip';
import { capital } from '../format';

export function numberProblem(text: string, low: number, high: number): string | null {
  const number = Number(text);
  const right = /^\d+$/.test(text.trim()) && number >= low && number <= high;
  return right ? null : `Enter a whole number from ${low} to ${high}.`;
}

/** `host` or `host:port`; an IPv6 address with a port stands in brackets. */
export function serverProblem(text: string): string | null {
  const server = text.trim();
  if (server === '') return 'Enter a host name or an IP address.';
  if (/[\s/@;<>"]/.test(server) || /^sips?:/i.test(server)) return 'Enter it as host or host:port.';
  const port = /^(?:[^:[\]]+|\[[^\]]+\]):([^:]*)$/.exec(server)?.[1];
  return port === undefined || numberProblem(port, 1, 65535) === null ? null : 'Enter a port from 1 to 65535.';
}

/** What the lines or a list with commas have in them. */
export function listed(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

export function attributeOf(attributes: readonly Attribute[], name: string, without: string): string {
  return attributes.find((one) => one.Name === name)?.Value ?? without;
}

export const isTrue = (value: string): boolean => ['true', '1', 'yes'].includes(value.toLowerCase());

/** The fields of `wanted` that are other than before. */
export function differing<T extends object>(wanted: T, before: T): Partial<T> {
  const same = new Map(Object.entries(before).map(([name, value]) => [name, JSON.stringify(value)]));
  const changed = Object.entries(wanted).filter(([name, value]) => same.get(name) !== JSON.stringify(value));
  return Object.fromEntries(changed) as Partial<T>;
}

/** Only the problems there are. */
export function found<Name extends string>(all: Partial<Record<Name, string | null>>): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(all).filter(([, problem]) => problem)) as Partial<
    Record<Name, string>
  >;
}

/** The field that the unit refused, by the name that begins its reason, and the reason without it. */
export function refusedField<Name extends string>(
  error: unknown,
  names: Readonly<Record<string, Name>>,
): { field: Name; reason: string } | null {
  if (!(error instanceof ApiError)) return null;
  const [, path, reason] = /^([A-Za-z][\w.]*): (.+)$/s.exec(error.message) ?? [];
  if (path === undefined || reason === undefined) return null;
  const field = names[path] ?? path.split('.').map((part) => names[part]).find((name) => name !== undefined);
  return field === undefined ? null : { field, reason: sentence(reason) };
}

/** "Words that end." */
export function sentence(words: string): string {
  return words === '' ? '' : `${capital(words).replace(/[.\s]+$/, '')}.`;
}
